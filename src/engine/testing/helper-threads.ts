import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Threads } from '../devices/device.ts'
import type { WasmExecutor } from '../devices/wasm/executor.ts'

/** Threads for tests, and the workers that were started. */
export interface TestThreads extends Threads {
  readonly workers: readonly Worker[]
}

/** @param file what a helper runs */
export function testThreads(most: number | (() => number), file = 'helper.ts'): TestThreads {
  const workers: Worker[] = []
  return {
    most: typeof most === 'number' ? () => most : most,
    start() {
      const worker = new Worker(new URL(file, import.meta.url))
      worker.unref()
      workers.push(worker)
      return worker
    },
    workers,
  }
}

/** Starts the helpers of an executor, and waits until they are there. */
export async function withHelpers(executor: WasmExecutor, { workers }: TestThreads): Promise<WasmExecutor> {
  const { reads, inputs } = executor.model
  executor.evaluate({
    size: 1,
    length: 1,
    symbols: Int32Array.of(inputs - 1),
    ...(reads === 'text' ? { next: Int32Array.of(0) } : {}),
  })
  await Promise.all(workers.map(worker => once(worker, 'message')))
  return executor
}
