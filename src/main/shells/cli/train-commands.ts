import { InputError, LabError } from '../../../shared/errors.ts'
import type { Environment, RunStatus, RunSummary, Study } from '../../../shared/records.ts'
import type { StudySpec } from '../../../shared/study.ts'
import type { Lab } from '../../compose.ts'
import { checkDevice, readStudies } from '../../services/check-study.ts'
import { count } from '../../services/comparison/words.ts'
import { OVER, requeue, RESUMABLE } from '../../services/runs.ts'
import { sameTexts, twinsOf } from '../../services/same-training.ts'
import { takeStudies } from '../../services/studies.ts'
import { withHistory, withLab, type Cli } from './context.ts'
import { signalExit } from '../../stop-signals.ts'
import { EXIT } from './exit-codes.ts'
import { findRunOrStudy } from './find.ts'
import { studyBytes } from './study-input.ts'
import { trainUntilDone, type TrainingEnd } from './train-until-done.ts'
import { trainView, type TrainView } from './train-view.ts'
import { plain, quoted } from './words.ts'

const DEFAULT_DEVICE = 'wasm'

export interface TrainFlags {
  readonly home?: string
  readonly device?: string
  readonly workers?: number
  readonly checkpointEvery?: number
  readonly portable?: boolean
  readonly json?: boolean
  /** All tables at the end, not the answer alone. */
  readonly full?: boolean
}

/** Trains the studies of a file, as far as they are not yet trained, and compares their plans. @returns the exit code */
export async function run(
  cli: Cli,
  file: string,
  { again = false, text, ...flags }: TrainFlags & { again?: boolean; text?: string },
): Promise<number> {
  const specs = await studiesIn(file, text)
  const device = await checkDevice(flags.device ?? DEFAULT_DEVICE, '--device')
  return withLab(cli, flags, async lab => {
    const view = trainView(cli.terminal, flags)
    const before = new Set(lab.history.studies.list({ archived: 'any' }).map(({ id }) => id))
    const studies = [...new Map(takeStudies(lab.history, specs, { again }).map(study => [study.id, study])).values()]
    const runs = studies.flatMap(({ id }) => lab.history.runs.list({ studies: [id], archived: 'any' }))
    checkCheckpoints(lab, runs)
    for (const study of studies) view.note(announcement(study, !before.has(study.id)))
    return train(cli, lab, { studies, runs, view, flags, device })
  })
}

/** Goes on with runs that stopped before their end: all, or those named by run or study. @returns the exit code */
export async function resume(
  cli: Cli,
  names: readonly string[],
  { fromStart = false, ...flags }: TrainFlags & { fromStart?: boolean },
): Promise<number> {
  if (fromStart && names.length === 0)
    throw new InputError(
      'RUN or STUDY',
      undefined,
      'with --from-start, the runs or studies to train again: resume RUN --from-start',
    )
  const device = await checkDevice(flags.device ?? DEFAULT_DEVICE, '--device')
  return withHistory(cli, flags, async lab => {
    const view = trainView(cli.terminal, flags)
    const runs = lab ? runsToResume(lab, names, fromStart) : refuseNames(names)
    if (lab === null || runs.length === 0) {
      view.note('There is nothing to go on with.')
      return EXIT.ok
    }
    if (fromStart) lab.history.runs.restart(runs.map(({ id }) => id))
    else checkCheckpoints(lab, runs)
    const studies = [...new Set(runs.map(({ studyId }) => studyId))].map(id => lab.history.studies.get(id))
    for (const { id, name } of studies)
      view.note(
        `Going on with ${count(runs.filter(({ studyId }) => studyId === id).length, 'run')} of study ${id} "${plain(name)}".`,
      )
    return train(cli, lab, { studies, runs, view, flags, device })
  })
}

interface Work {
  readonly studies: readonly Study[]
  readonly runs: readonly RunSummary[]
  readonly view: TrainView
  readonly flags: TrainFlags
  readonly device: Environment['device']
}

async function train(cli: Cli, lab: Lab, { studies, runs, view, flags, device }: Work): Promise<number> {
  for (const { id, status } of runs) if (RESUMABLE.includes(status)) requeue(lab.history, id)
  view.begin(
    studies,
    runs.map(({ id }) => lab.history.runs.get(id)),
  )
  const training = lab.training({
    device,
    always: flags.device !== undefined,
    portable: flags.portable,
    workers: flags.workers === undefined ? undefined : () => flags.workers!,
    checkpointEverySeconds: flags.checkpointEvery,
  })
  const end = await trainUntilDone(
    { history: lab.history, training },
    runs.map(({ id }) => id),
    view,
  )
  view.end()
  report(cli, end, { studies, view, flags })
  for (const study of studies) await compareIfAny(lab, study, view, studies.length === 1)
  return exitCode(end)
}

function report(
  cli: Cli,
  { signal, failures, blocked, runs }: TrainingEnd,
  { studies, view, flags }: Pick<Work, 'studies' | 'view' | 'flags'>,
): void {
  if (blocked) view.note(`The history cannot be used any more: ${blocked.message}`)
  for (const [id, { message }] of failures) view.note(`Run ${id} failed: ${plain(message)}`)
  const open = runs.filter(({ status }) => !OVER.includes(status))
  if (open.length === 0 && !blocked) return
  const elsewhere = signal === null && failures.size === 0 && !blocked
  if (elsewhere)
    view.note(
      `${open.length} of ${runs.length} runs were stopped by another process: ${open.map(({ id, status }) => `${id} ${status}`).join(', ')}.`,
    )
  view.note(`To go on: ${resumeLine(cli, studies, flags)}`)
}

/** The command that goes on with these studies. */
function resumeLine(
  { terminal: { env }, script }: Cli,
  studies: readonly Study[],
  { home, device }: TrainFlags,
): string {
  const start = ['permafrost', 'study'].includes(env.npm_lifecycle_event ?? '')
    ? 'npm run permafrost --'
    : `node ${quoted(script)}`
  return [
    start,
    'resume',
    ...studies.map(({ id }) => id),
    ...(home === undefined ? [] : ['--home', quoted(home)]),
    ...(device === undefined ? [] : ['--device', device]),
  ].join(' ')
}

async function compareIfAny(lab: Lab, study: Study, view: TrainView, alone: boolean): Promise<void> {
  if (lab.history.runs.count({ studies: [study.id], statuses: OVER }) === 0) return
  const comparison = await lab.compare(study.id)
  if (alone) view.comparison(study, comparison)
  else
    view.note(`${study.id} "${plain(study.name)}": ${comparison.headline} (\`compare ${study.id}\` shows the tables)`)
}

function exitCode({ signal, failures, blocked, runs }: TrainingEnd): number {
  if (signal !== null) return signalExit(signal)
  return failures.size > 0 || blocked !== null || runs.some(({ status }) => !OVER.includes(status))
    ? EXIT.failed
    : EXIT.ok
}

function announcement({ id, name, spec, runs }: Study, isNew: boolean): string {
  const total = Object.values(runs).reduce((sum, n) => sum + n, 0)
  if (isNew) {
    const twins = twinsOf(spec)
    const product = `${count(spec.plans.length - twins.size, 'plan')} × ${count(spec.seeds.length, 'seed')} = ${count(total, 'run')}.`
    return [`Study ${id} "${plain(name)}": ${product}`, ...sameTexts(spec, twins)].join(' ')
  }
  const done = OVER.reduce((sum, status) => sum + (runs[status] ?? 0), 0)
  const rest = done === total ? 'nothing is left to train' : `going on with the other ${total - done}`
  return `Study ${id} "${plain(name)}" is in the history already: ${done} of ${total} runs are done; ${rest}. (--again trains it anew.)`
}

function refuseNames([name]: readonly string[]): [] {
  if (name !== undefined) throw new InputError('RUN or STUDY', name, 'nothing yet: there is no history here')
  return []
}

function runsToResume({ history }: Lab, names: readonly string[], fromStart: boolean): RunSummary[] {
  const statuses: readonly RunStatus[] = fromStart ? [...RESUMABLE, ...OVER, 'queued'] : [...RESUMABLE, 'queued']
  if (names.length === 0) return history.runs.list({ statuses })
  const found = names.flatMap(name => {
    const one = findRunOrStudy(history, name)
    return 'run' in one ? [one.run] : history.runs.list({ studies: [one.study.id], archived: 'any' })
  })
  return [...new Map(found.map(run => [run.id, run])).values()].filter(({ status }) => statuses.includes(status))
}

/** Sees that what the runs go on from is whole, before anything is changed. @throws LabError `checkpoint-damaged` */
function checkCheckpoints({ history }: Lab, runs: readonly RunSummary[]): void {
  for (const { id, status } of runs) {
    if (OVER.includes(status) || status === 'running') continue
    try {
      for (const which of ['last', 'best'] as const) history.checkpoints.read(id, which)
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== 'checkpoint-damaged') throw error
      throw new LabError(
        error.code,
        `${error.message} Allowed: the file as it was stored, or \`resume ${id} --from-start\`, which trains the run anew.`,
        { cause: error },
      )
    }
  }
}

async function studiesIn(file: string, text: string | undefined): Promise<StudySpec[]> {
  const bytes = await studyBytes(file)
  try {
    const name = file === '-' ? 'The standard input' : file
    return readStudies(bytes, name, text === undefined ? undefined : { path: text, field: '--text' })
  } catch (error) {
    if (text !== undefined || !(error instanceof InputError) || !error.field.endsWith('task.path')) throw error
    throw new LabError(error.code, `${error.message}; or --text PATH, which says where the text is`, { cause: error })
  }
}
