import { LabError } from '../../../shared/errors.ts'
import type { RunStatus, RunSummary } from '../../../shared/records.ts'
import type { RunEvent } from '../../../shared/run-events.ts'
import type { History } from '../../history/history.ts'
import { queueStopped } from '../../services/runs.ts'
import type { Failure } from '../../training/protocol.ts'
import type { Trainer } from '../../training/routed-training.ts'
import { SIGNAL_EXIT, type StopSignal } from './exit-codes.ts'
import type { TrainView } from './train-view.ts'

export interface TrainingEnd {
  /** The signal that ended it early. */
  readonly signal: StopSignal | null
  /** The runs that failed here, with the reason. */
  readonly failures: ReadonlyMap<string, Failure>
  /** Why the history could not be used any more. */
  readonly blocked: Failure | null
  readonly runs: readonly RunSummary[]
}

const POLL_MS = 1_000
const OPEN: readonly RunStatus[] = ['queued', 'running']

/** A resumed run does not repeat to the bit what it would have done where the processor rounds in another way. */
function warnOfMix(view: TrainView, runId: string, event: RunEvent): void {
  if (event.kind !== 'start' || event.arithmeticBefore === undefined) return
  view.note(
    `Run ${runId} goes on ${event.arithmetic ?? 'on a device that always rounds alike'} from a checkpoint that was computed ${event.arithmeticBefore}: it will not equal, in its last bits, what either would have given.`,
  )
}

/**
 * Trains runs until each of them has ended, those that other processes train too; the runs of one that dies are gone on with here.
 * The first signal stops them with a checkpoint each; the second one ends the process.
 */
export async function trainUntilDone(
  { history, training }: { history: History; training: Trainer },
  ids: readonly string[],
  view: TrainView,
): Promise<TrainingEnd> {
  const scope = new Set(ids)
  const studies = [...new Set(ids.map(id => history.runs.get(id).studyId))]
  const runs = (): RunSummary[] => history.runs.list({ studies, archived: 'any' }).filter(({ id }) => scope.has(id))
  const failures = new Map<string, Failure>()
  let blocked: Failure | null = null
  let signal: StopSignal | null = null
  let wake = (): void => {}

  const unsubscribe = training.subscribe(event => {
    if (event.kind === 'begun') failures.delete(event.run.id)
    if (event.kind === 'ended' && event.failure) failures.set(event.run.id, event.failure)
    if (event.kind === 'blocked') {
      blocked = event.failure
      void training.stopAll('interrupted')
    }
    view.event(event)
    if (event.kind === 'stored') for (const one of event.events) warnOfMix(view, event.runId, one)
    if (event.kind !== 'stored') wake()
  })
  const release = onSignals((received, times) => {
    if (times > 1) process.exit(SIGNAL_EXIT[received])
    signal = received
    view.note(
      `Stopping with a checkpoint of each run. ${received === 'SIGINT' ? 'Ctrl-C again stops at once.' : ''}`.trim(),
    )
    void training.stopAll('cancelled')
  })
  const isOver = (now: readonly RunSummary[]): boolean =>
    training.running().length === 0 &&
    (signal !== null || blocked !== null || !now.some(({ status }) => OPEN.includes(status)))
  try {
    training.start(({ id }) => scope.has(id))
    for (let now = runs(); !isOver(now); now = runs()) {
      view.update(now)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, POLL_MS)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      if (signal === null && blocked === null) queueStopped(history, { studies, statuses: ['interrupted'] })
    }
    return { signal, failures, blocked, runs: runs() }
  } catch (error) {
    if (!(error instanceof LabError)) throw error
    return { signal, failures, blocked: { code: error.code, message: error.message }, runs: [] }
  } finally {
    unsubscribe()
    release()
  }
}

function onSignals(listener: (signal: StopSignal, times: number) => void): () => void {
  let times = 0
  const handlers = (Object.keys(SIGNAL_EXIT) as StopSignal[]).map(
    signal => [signal, () => listener(signal, ++times)] as const,
  )
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}
