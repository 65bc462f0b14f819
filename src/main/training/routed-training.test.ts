import { describe, expect, it, vi } from 'vitest'
import { LabError } from '../../shared/errors.ts'
import { openHistory, type History } from '../history/history.ts'
import { start } from '../history/testing/events.ts'
import { study, withHome } from '../history/testing/fixtures.ts'
import { RoutedTraining, type RoutedTrainingOptions } from './routed-training.ts'
import { FakeWorker } from './testing/fake-worker.ts'
import { Training, type TrainingEvent } from './training.ts'

const APP = { version: '1.2.3', commit: null, lockHash: null }
const CANCELLED = { kind: 'done', reason: 'cancelled', epochs: 1, bestEpoch: 0 } as const

interface Example {
  history: History
  routed: RoutedTraining
  told: TrainingEvent[]
  workers: { device: string; worker: FakeWorker }[]
  begun(): string[]
}

/** A study of four runs on fake workers: one thread on `gpu`, any number on others. */
function example(
  { together = 1, ...options }: Partial<RoutedTrainingOptions> & { together?: number },
  use: (example: Example) => Promise<void>,
): Promise<void> {
  return withHome(async home => {
    const history = openHistory({ home })
    history.studies.add(study())
    const workers: Example['workers'] = []
    const routed = new RoutedTraining({
      history,
      workers: () => 3,
      routesFor: async () => ['gpu', 'wasm'].map(id => ({ device: { id, note: '' }, most: null })),
      open: (device, room) =>
        new Training({
          history,
          app: APP,
          device,
          workers: () => Math.min(room(), device.id === 'gpu' ? 1 : 9),
          together: device.id === 'gpu' ? together : 1,
          startWorker() {
            workers.push({ device: device.id, worker: new FakeWorker() })
            return workers.at(-1)!.worker
          },
        }),
      ...options,
    })
    const told: TrainingEvent[] = []
    routed.subscribe(event => told.push(event))
    try {
      await use({
        history,
        routed,
        told,
        workers,
        begun: () => workers.map(({ device, worker }) => `${device} ${worker.job.device}`),
      })
    } finally {
      routed.hold()
      for (const { worker } of workers) worker.endAll()
      await routed.close()
      history.close()
    }
  })
}

describe('runs of one study', () => {
  it('are shared by its devices, the fastest first, as many at a time as are asked for', () =>
    example({}, async ({ history, routed, begun }) => {
      routed.start()
      await expect.poll(begun).toEqual(['gpu gpu', 'wasm wasm', 'wasm wasm'])
      expect(routed.running()).toHaveLength(3)
      expect(history.runs.list().map(({ status }) => status)).toEqual(['running', 'running', 'running', 'queued'])
    }))

  it('go to a cohort as far as its share goes, and to the others for the rest; a cohort takes one thread', () => {
    const routesFor: RoutedTrainingOptions['routesFor'] = async () => [
      { device: { id: 'gpu', note: '' }, most: 2 },
      { device: { id: 'wasm', note: '' }, most: null },
    ]
    return example({ together: 64, workers: () => 2, routesFor }, async ({ history, routed, workers, begun }) => {
      routed.start()
      await expect.poll(begun).toEqual(['gpu gpu', 'wasm wasm'])
      workers[0]!.worker.room(4)
      const ids = history.runs.list().map(({ id }) => id)
      expect(routed.crews()).toEqual([[ids[0], ids[2]], [ids[1]]])
      expect(history.runs.list().map(({ status }) => status)).toEqual(['running', 'running', 'running', 'queued'])
      workers[0]!.worker.end({ code: 'device-failed', message: 'gone' }, ids[0])
      expect(routed.crews()).toEqual([[ids[2], ids[3]], [ids[1]]])
    })
  })

  it('say which device made their numbers', () =>
    example({}, async ({ history, routed, workers }) => {
      routed.start()
      await expect.poll(() => workers).toHaveLength(3)
      for (const { worker } of workers) worker.say(start())
      const made = history.runs
        .list()
        .slice(0, 3)
        .map(({ id }) => history.runRecord(id).attempts.map(({ environment }) => environment.device.id))
      expect(made).toEqual([['gpu'], ['wasm'], ['wasm']])
    }))

  it('are found devices for once', () => {
    const routesFor = vi.fn(async () => [{ device: { id: 'wasm', note: '' }, most: null }])
    return example({ routesFor }, async ({ routed, begun }) => {
      routed.start()
      routed.start()
      await expect.poll(begun).toHaveLength(3)
      expect(routesFor).toHaveBeenCalledTimes(1)
    })
  })

  it('fail with the reason where the device is not to be had', () =>
    example(
      { routesFor: () => Promise.reject(new LabError('no-device', 'gone')) },
      async ({ history, routed, told }) => {
        routed.start()
        await expect.poll(() => told).toHaveLength(4)
        expect(history.runs.list().map(({ status, error }) => [status, error])).toEqual(
          Array(4).fill(['failed', { code: 'no-device', message: 'gone' }]),
        )
      },
    ))

  it('are stopped wherever they are', () =>
    example({}, async ({ history, routed, workers }) => {
      routed.start()
      await expect.poll(() => workers).toHaveLength(3)
      const ids = history.runs.list().map(({ id }) => id)
      await routed.stop(ids[3]!, 'paused')
      const stopped = routed.stop(ids[0]!, 'cancelled')
      expect(workers[0]!.worker.cancelled).toBe(true)
      workers[0]!.worker.say(start(), CANCELLED)
      workers[0]!.worker.end()
      await stopped
      expect([ids[0]!, ids[3]!].map(id => history.runs.get(id).status)).toEqual(['cancelled', 'paused'])
    }))

  it('are not taken up while they are held', () =>
    example({}, async ({ routed, workers }) => {
      routed.start()
      routed.hold()
      await new Promise(resolve => setTimeout(resolve, 50))
      expect(workers).toHaveLength(0)
    }))
})
