import { Worker, workerData, type WorkerOptions } from 'node:worker_threads'
import type { Threads } from '../../engine/devices/device.ts'

/** Options of a worker thread whose runs may have helper threads. @param helper the file of `helper.ts` */
export const helpedBy = (helper: string): WorkerOptions => ({ workerData: { helper } })

/**
 * The threads that a run may use, this one and helpers: as many as stand at index 1 of the memory that it shares with the host. Undefined
 * where the host shares no such number, or did not say what a helper runs.
 */
export function threadsOf(shared: Int32Array<SharedArrayBuffer>): Threads | undefined {
  const { helper } = (workerData as { helper?: string } | null) ?? {}
  if (helper === undefined || shared.length < 2) return undefined
  return {
    most: () => Atomics.load(shared, 1),
    start() {
      const worker = new Worker(helper)
      worker.unref()
      return worker
    },
  }
}
