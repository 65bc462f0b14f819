import { LabError } from '../../shared/errors.ts'
import type { Environment, Study } from '../../shared/records.ts'
import { readsReceivedText } from '../../shared/received-text.ts'
import { parseStudy, type StudySpec } from '../../shared/study.ts'
import type { History } from '../history/history.ts'
import { checkStudy } from '../services/check-study.ts'
import { twinsOf } from '../services/same-training.ts'
import { eventsOf, type Bundle, type BundledRun } from './bundle.ts'

/**
 * Takes a bundle's study and runs into the history, as a new study; where that fails, what is there of it is the caller's to remove.
 * Runs that were not trained to their end, and those that the bundle does not hold, stand still until someone resumes them.
 * @param unknown what stands for the environment of a run that has none @param named told of the study before others can see it in the history
 * @throws LabError `bad-bundle`, InputError for a study that is not usable, and those of the history
 */
export async function takeBundle(
  history: History,
  bundle: Bundle,
  unknown: Environment,
  name: string,
  named: (studyId: string) => void,
): Promise<Study> {
  const spec = parseStudy(bundle.study, name)
  // Nothing is looked at where the text lies on another machine: nobody here has chosen that path.
  if (!readsReceivedText(spec.task)) checkStudy(spec)
  checkRuns(bundle.runs, spec, name)
  const study = history.together(() => {
    const trained = new Set(bundle.runs.map(({ planId }) => planId))
    const added = history.studies.add(spec, () => new Set([...twinsOf(spec).keys()].filter(plan => !trained.has(plan))))
    for (const run of history.runs.list({ studies: [added.id] })) history.runs.cancel(run.id)
    if (bundle.note) history.studies.describe(added.id, { note: bundle.note })
    named(added.id)
    return added
  })
  const ids = new Map(
    history.runs.list({ studies: [study.id] }).map(({ id, planId, seed }) => [`${planId} ${seed}`, id]),
  )
  for (const run of bundle.runs) {
    takeRun(history, ids.get(`${run.planId} ${run.seed}`)!, run, unknown)
    await new Promise(resolve => setImmediate(resolve))
  }
  if (bundle.createdAt !== undefined) history.studies.backdate(study.id, bundle.createdAt)
  return history.studies.get(study.id)
}

function checkRuns(runs: readonly BundledRun[], { plans, seeds }: StudySpec, name: string): void {
  const expected = new Set(plans.flatMap(plan => seeds.map(seed => `${plan.id} ${seed}`)))
  for (const { planId, seed } of runs) {
    if (!expected.delete(`${planId} ${seed}`))
      throw new LabError(
        'bad-bundle',
        `${name} cannot be taken in: its run of ${planId} with seed ${seed} is not one of its study’s, or there twice.`,
      )
  }
}

function takeRun(history: History, id: string, run: BundledRun, unknown: Environment): void {
  const { starred, archived, note, tags } = run
  if (run.start) {
    history.runs.claim(id, { environment: run.environment ?? unknown, from: 'start' })
    history.recordAll(eventsOf(run).map(event => ({ runId: id, event })))
    if (history.runs.get(id).status === 'running') history.runs.release(id, 'cancelled')
  }
  if (run.times) {
    const checkpoints = run.checkpoints.flatMap(({ which, createdAt }) =>
      createdAt === undefined ? [] : [{ which, createdAt }],
    )
    history.runs.backdate(id, { ...run.times, attempts: run.attempts, checkpoints, snapshots: run.snapshots })
  }
  history.runs.describe(id, { starred, archived, note, tags })
}
