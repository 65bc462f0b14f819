import { LabError } from '../../shared/errors.ts'
import type { RunFilter, RunStatus, RunSummary } from '../../shared/records.ts'
import type { History } from '../history/history.ts'

/** How a run can stop before its end, other than by a person's will. */
export const STOPPED: readonly RunStatus[] = ['paused', 'interrupted', 'failed']

/** The same, or because a person wanted it to. */
export const RESUMABLE: readonly RunStatus[] = [...STOPPED, 'cancelled']

/** Trained to their end. */
export const OVER: readonly RunStatus[] = ['finished', 'stopped-early', 'diverged']

/**
 * Queues the runs that stopped before their end, to go on from their last checkpoints.
 * @param filter which of them; `statuses` may name `cancelled` too, which is left alone otherwise
 * @returns these runs, as they are now
 */
export function queueStopped(history: Pick<History, 'runs'>, filter: RunFilter = {}): RunSummary[] {
  return history.runs.list({ statuses: STOPPED, ...filter }).map(({ id }) => {
    requeue(history, id)
    return history.runs.get(id)
  })
}

/** Queues a run that stopped before its end. One that another process has taken up meanwhile is left to it. */
export function requeue({ runs }: Pick<History, 'runs'>, id: string): void {
  try {
    runs.queue(id)
  } catch (error) {
    if (!(error instanceof LabError) || (error.code !== 'run-taken' && error.code !== 'run-over')) throw error
  }
}
