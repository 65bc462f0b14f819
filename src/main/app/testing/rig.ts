import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { contract, type LabClient } from '../../../shared/contract/index.ts'
import { channelPair } from '../../../shared/rpc/channel.ts'
import { connect } from '../../../shared/rpc/connect.ts'
import type { StudyInfo } from '../../../shared/contract/index.ts'
import { composeLab, type Lab } from '../../compose.ts'
import { createApp, type App, type AppOptions } from '../app.ts'

const MEMORY = '/dev/shm'

export function freshHome(): string {
  return mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'permafrost-app-'))
}

export interface Rig {
  readonly lab: Lab
  readonly app: App
  readonly client: LabClient
  readonly home: string
  close(): Promise<void>
}

const APP = { version: '1.2.3', commit: null, lockHash: null }

/** A whole app over a real history, with real threads, and a client over an in-process channel. */
export function openRig(home = freshHome(), options: Partial<AppOptions> = {}): Rig {
  const startWorker = (): Worker => new Worker(new URL('../../training/worker.ts', import.meta.url))
  const lab = composeLab({
    home,
    app: APP,
    startWorker,
    startIsolated: startWorker,
    onProblem: error => {
      throw error
    },
  })
  const app = createApp({
    lab,
    app: APP,
    presets: [],
    shell: 'none',
    startAnalysis: () => new Worker(new URL('../../analysis/worker.ts', import.meta.url)),
    ...options,
  })
  const [host, page] = channelPair()
  app.answer(host)
  const connection = connect(contract)
  connection.attach(page)
  return { lab, app, client: connection.client, home, close: () => app.close() }
}

export async function withRig<T>(use: (rig: Rig) => Promise<T>, options?: Partial<AppOptions>): Promise<T> {
  const rig = openRig(freshHome(), options)
  try {
    return await use(rig)
  } finally {
    await rig.close()
    rmSync(rig.home, { recursive: true, force: true })
  }
}

/** Trains in about a second. */
export const TINY = {
  name: 'Tiny',
  task: { id: 'marked-reversal' },
  model: { controller: { id: 'lstm', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
  plans: ['full', 'frozen-memory'],
  seeds: [1, 2],
  data: { train: { strings: 40, lengths: [3, 9] }, validation: { strings: 10, lengths: [3, 9] } },
  evaluation: {
    bins: [
      { name: 'short', lengths: [3, 9], perLength: 4 },
      { name: 'long', lengths: [11, 17], perLength: 4, seed: 1 },
    ],
  },
  training: { batch: 10, epochs: 2, learningRate: 0.01 },
}

/** Starts the studies in `content`, opens the queue, and waits until none of their runs is queued or running. */
export async function trained(
  { client }: Pick<Rig, 'client'>,
  content: unknown = TINY,
  milliseconds?: number,
): Promise<StudyInfo> {
  const [study] = await client.studies.start({ content })
  await client.queue.open()
  await until(async () => {
    const { running, waitingCount } = await client.queue.get()
    return running.length + waitingCount === 0
  }, milliseconds)
  return (await client.studies.list()).find(({ id }) => id === study!.id)!
}

export async function until(holds: () => Promise<boolean> | boolean, milliseconds = 100_000): Promise<void> {
  for (const deadline = performance.now() + milliseconds; !(await holds());) {
    if (performance.now() > deadline) throw new Error('it did not come to hold in time')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
