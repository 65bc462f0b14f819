import type { RunFilter, RunStatus, RunSummary } from '../../shared/records.ts'
import type { History } from '../history/history.ts'

/** How a run can stop before its end, other than by a person's will. */
const STOPPED: readonly RunStatus[] = ['paused', 'interrupted', 'failed']

/**
 * Queues the runs that stopped before their end, to go on from their last checkpoints.
 * @param filter which of them; `statuses` may name `cancelled` too, which is left alone otherwise
 * @returns these runs, as they are now
 */
export function queueStopped(history: Pick<History, 'runs'>, filter: RunFilter = {}): RunSummary[] {
  return history.runs.list({ statuses: STOPPED, ...filter }).map(({ id }) => {
    history.runs.queue(id)
    return history.runs.get(id)
  })
}
