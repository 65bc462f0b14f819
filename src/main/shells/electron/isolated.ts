import { lockedNode } from '../../locked-node.ts'
import { forked } from '../../training/fork.ts'
import type { StartWorker } from '../../training/thread.ts'
import { inUtilityProcess } from './utility-process.ts'

/**
 * Starts training processes with the Node that the app's sources bring along, in which every native library works, or else with Electron.
 * @param entry the built `training-process.ts` @param worker the built `worker.ts`
 */
export function isolated(entry: string, worker: string): StartWorker {
  const node = lockedNode()
  return node === undefined ? inUtilityProcess(entry, worker) : forked(entry, worker, node)
}
