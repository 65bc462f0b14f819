import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { median, summary, type Summary } from './measure.ts'
import type { WorkerSetting } from './worker.ts'

export interface TwoWorkers {
  readonly title: string
  /** Milliseconds for the same number of steps: in one worker alone, and in each of two at once until both are done. */
  readonly one: Summary
  readonly two: Summary
  /** Median over rounds of two / one. */
  readonly ratio: number
}

const WARM_UP_STEPS = 400

export async function twoWorkers(
  title: string,
  setting: WorkerSetting,
  { rounds, milliseconds }: { rounds: number; milliseconds: number },
): Promise<TwoWorkers> {
  const workers = [await start(setting), await start(setting)] as const
  try {
    for (const worker of workers) await time([worker], WARM_UP_STEPS)
    const steps = Math.max(1, Math.round(milliseconds / ((await time([workers[0]], WARM_UP_STEPS)) / WARM_UP_STEPS)))
    const one: number[] = [],
      two: number[] = []
    for (let round = 0; round < rounds; round++) {
      one.push(await time([workers[round % 2]!], steps))
      two.push(await time(workers, steps))
    }
    return { title, one: summary(one), two: summary(two), ratio: median(two.map((both, round) => both / one[round]!)) }
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}

async function start(setting: WorkerSetting): Promise<Worker> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: setting })
  await once(worker, 'message')
  return worker
}

/** Milliseconds until each of the workers has done `steps` steps. */
async function time(workers: readonly Worker[], steps: number): Promise<number> {
  const start = performance.now()
  const done = workers.map(worker => once(worker, 'message'))
  for (const worker of workers) worker.postMessage(steps)
  await Promise.all(done)
  return performance.now() - start
}
