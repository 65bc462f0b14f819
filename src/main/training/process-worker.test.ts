import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { parseStudy } from '../../shared/study.ts'
import { openHistory, type History } from '../history/history.ts'
import { withHome } from '../history/testing/fixtures.ts'
import { LONG, SMALL } from '../shells/cli/testing/studies.ts'
import { forked } from './fork.ts'
import { Training, type TrainingEvent } from './training.ts'

const APP = { version: '1.2.3', commit: null, lockHash: null }
/** Not over before it is stopped, however fast it trains. */
const ENDLESS = { ...LONG, training: { ...LONG.training, epochs: 100_000 } }
const isolated = (worker: string) =>
  forked(join(import.meta.dirname, 'training-process.ts'), join(import.meta.dirname, worker))

interface Given {
  history: History
  train(worker: string): { training: Training; told: TrainingEvent[] }
}

/** A history with two runs, and trainings of them, one after the other. */
async function withRuns(study: object, use: (given: Given) => Promise<void>): Promise<void> {
  await withHome(async home => {
    const history = openHistory({ home })
    history.studies.add(parseStudy({ ...study, plans: ['full'], seeds: [1, 2] }))
    const trainings: Training[] = []
    try {
      await use({
        history,
        train(worker) {
          const training = new Training({
            history,
            startWorker: isolated(worker),
            app: APP,
            device: { id: 'wasm', note: '' },
            workers: () => 1,
          })
          trainings.push(training)
          const told: TrainingEvent[] = []
          training.subscribe(event => told.push(event))
          training.start(({ seed }) => seed === 1)
          return { training, told }
        },
      })
    } finally {
      await Promise.all(trainings.map(training => training.close()))
      history.close()
    }
  })
}

const first = <K extends TrainingEvent['kind']>(
  told: readonly TrainingEvent[],
  kind: K,
): Promise<Extract<TrainingEvent, { kind: K }>> =>
  vi.waitUntil(() => told.find((event): event is Extract<TrainingEvent, { kind: K }> => event.kind === kind), {
    timeout: 100_000,
    interval: 10,
  })

describe('training in a process of its own', () => {
  it('trains a run to its end, checkpoints included', () =>
    withRuns(SMALL, async ({ history, train }) => {
      const { run } = await first(train('worker.ts').told, 'ended')
      expect(run).toMatchObject({ status: 'finished', epochsDone: 4 })
      expect(history.checkpoints.read(run.id, 'last')).toMatchObject({ step: run.step })
    }))

  it('is paused within a step, with a checkpoint', () =>
    withRuns(ENDLESS, async ({ history, train }) => {
      const { training, told } = train('worker.ts')
      const { runId } = await first(told, 'stored')
      await training.stop(runId, 'paused')
      const run = history.runs.get(runId)
      expect(run).toMatchObject({ status: 'paused' })
      expect(history.checkpoints.read(runId, 'last')).toMatchObject({ step: run.step })
    }))

  it('that crashes fails its run alone, which goes on from its last checkpoint', () =>
    withRuns(ENDLESS, async ({ history, train }) => {
      const { failure, run } = await first(train('testing/crashing-worker.ts').told, 'ended')
      expect(failure).toEqual({
        code: 'worker-crashed',
        message: 'The worker thread crashed: its process ended with SIGSEGV',
      })
      expect(history.runs.list().map(({ status }) => status)).toEqual(['failed', 'queued'])
      history.runs.queue(run.id)
      const again = train('worker.ts')
      const begun = await first(again.told, 'begun')
      expect(begun.run.id).toBe(run.id)
      expect(begun.resume!.step).toBeGreaterThan(0)
      await again.training.stop(run.id, 'paused')
      expect(history.runs.get(run.id).status).toBe('paused')
    }))

  it('says what its thread threw', () =>
    withRuns(SMALL, async ({ train }) => {
      const { failure } = await first(train('testing/throwing-worker.ts').told, 'ended')
      expect(failure).toEqual({ code: 'worker-crashed', message: 'The worker thread crashed: from inside' })
    }))

  it('shows that it lives while its thread is at its first step', async () => {
    const worker = isolated('testing/silent-worker.ts')()
    let beats = 0
    worker.on('message', ({ kind }) => {
      if (kind === 'beat') beats++
    })
    worker.postMessage({ kind: 'stored', runId: 'run', events: 0 })
    await expect.poll(() => beats).toBeGreaterThanOrEqual(2)
    await worker.terminate()
  })
})
