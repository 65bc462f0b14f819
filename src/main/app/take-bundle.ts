import { LabError } from '../../shared/errors.ts'
import type { Environment, RunStatus, RunSummary, Study } from '../../shared/records.ts'
import { readsReceivedText } from '../../shared/received-text.ts'
import { parseStudy, type StudySpec } from '../../shared/study.ts'
import { checkpointPosition } from '../../engine/train/checkpoint-position.ts'
import type { History } from '../history/history.ts'
import { checkStudy } from '../services/check-study.ts'
import { twinsOf } from '../services/same-training.ts'
import { eventsOf, type Bundle, type BundledRun } from './bundle.ts'

const OVER: readonly RunStatus[] = ['finished', 'stopped-early', 'diverged']

/**
 * Takes a bundle's study with the runs that the bundle holds into the history; where that fails, what is there of a new study is the
 * caller's to remove. A study that is there already, from an earlier bundle or because it was made here, is filled in: runs that it lacks,
 * or has not trained to their end, come from the bundle. Runs that were not trained to their end stand still until someone resumes them.
 * @param unknown what stands for the environment of a run that has none @param named told of a new study before others can see it in the history @param isHidden of studies in the trash, which stay as they are
 * @throws LabError `bad-bundle`, InputError for a study that is not usable, and those of the history
 */
export async function takeBundle(
  history: History,
  bundle: Bundle,
  unknown: Environment,
  name: string,
  named: (studyId: string) => void,
  isHidden: (studyId: string) => boolean = () => false,
): Promise<Study> {
  const spec = parseStudy(bundle.study, name)
  // Nothing is looked at where the text lies on another machine: nobody here has chosen that path.
  if (!readsReceivedText(spec.task)) checkStudy(spec)
  checkRuns(bundle.runs, spec, name)
  const known = history.studies
    .withSpec(spec)
    .find(({ id, createdAt }) => createdAt === bundle.createdAt && !isHidden(id))
  const study = known ?? begin(history, spec, bundle, named)
  const there = new Map(
    history.runs.list({ studies: [study.id], archived: 'any' }).map(run => [keyOf(run), run] as const),
  )
  for (const run of bundle.runs) {
    const own = there.get(keyOf(run))
    if (own && known && !isFurther(run, own)) continue
    const id = own?.id ?? history.studies.addRun(study.id, run.planId, run.seed)
    if (own && known) history.runs.restart([id])
    takeRun(history, id, run, unknown)
    await new Promise(resolve => setImmediate(resolve))
  }
  if (known) return history.studies.get(known.id)
  const held = new Set(bundle.runs.map(keyOf))
  for (const [key, { id }] of there) if (!held.has(key)) history.runs.remove(id)
  history.studies.describe(study.id, { note: noteOf(bundle, there.size, name) })
  if (bundle.createdAt !== undefined) history.studies.backdate(study.id, bundle.createdAt)
  return history.studies.get(study.id)
}

const keyOf = ({ planId, seed }: { planId: string; seed: number }): string => `${planId} ${seed}`

/** Whether a bundle's run has what the history's own lacks. */
const isFurther = (run: BundledRun, own: RunSummary): boolean =>
  own.status !== 'running' &&
  !OVER.includes(own.status) &&
  (OVER.includes(run.status) || run.epochs.length > own.epochsDone)

function begin(history: History, spec: StudySpec, { runs }: Bundle, named: (studyId: string) => void): Study {
  return history.together(() => {
    const trained = new Set(runs.map(({ planId }) => planId))
    const added = history.studies.add(spec, () => new Set([...twinsOf(spec).keys()].filter(plan => !trained.has(plan))))
    for (const run of history.runs.list({ studies: [added.id] })) history.runs.pause(run.id)
    named(added.id)
    return added
  })
}

/** What a person reads of where a study is from. */
function noteOf({ note, runs }: Bundle, planned: number, name: string): string {
  const missing = runs.length < planned ? `; ${planned - runs.length} of its ${planned} runs are not in the bundle` : ''
  return [note, `Imported from ${name}${missing}.`].filter(Boolean).join('\n\n')
}

function checkRuns(runs: readonly BundledRun[], { plans, seeds }: StudySpec, name: string): void {
  const expected = new Set(plans.flatMap(plan => seeds.map(seed => `${plan.id} ${seed}`)))
  for (const run of runs) {
    const { planId, seed } = run
    if (!expected.delete(`${planId} ${seed}`))
      throw new LabError(
        'bad-bundle',
        `${name} cannot be taken in: its run of ${planId} with seed ${seed} is not one of its study’s, or there twice.`,
      )
    checkWeights(run, name)
  }
}

/** Weights are of the run that they come with, and of the moment that the bundle says. @throws LabError `bad-bundle` */
function checkWeights({ planId, seed, start, checkpoints }: BundledRun, name: string): void {
  for (const { which, step, bytes } of checkpoints) {
    const at = checkpointPosition(bytes)
    const own = at?.which === which && at.planId === planId && at.seed === seed
    const epochs = at && (which === 'best' ? at.epoch + 1 : at.epoch)
    if (!own || !start || epochs! * start.stepsPerEpoch + at.position !== step)
      throw new LabError(
        'bad-bundle',
        `${name} cannot be taken in: the ${which} checkpoint of ${planId} with seed ${seed} is damaged, of another run or of another step.`,
      )
  }
}

function takeRun(history: History, id: string, run: BundledRun, unknown: Environment): void {
  const { starred, archived, note, tags } = run
  if (run.start) {
    history.runs.claim(id, { environment: run.environment ?? unknown, from: 'start' })
    history.recordAll(eventsOf(run).map(event => ({ runId: id, event })))
    if (history.runs.get(id).status === 'running')
      history.runs.release(id, run.status === 'cancelled' ? 'cancelled' : 'paused')
  }
  if (run.times) {
    const checkpoints = run.checkpoints.flatMap(({ which, createdAt }) =>
      createdAt === undefined ? [] : [{ which, createdAt }],
    )
    history.runs.backdate(id, { ...run.times, attempts: run.attempts, checkpoints, snapshots: run.snapshots })
  }
  history.runs.describe(id, { starred, archived, note, tags })
}
