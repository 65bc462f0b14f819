import { describe, expect, it, vi } from 'vitest'
import { Worker } from 'node:worker_threads'
import { LabError } from '../../shared/errors.ts'
import { openHistory, type History } from '../history/history.ts'
import { checkpoint, ENVIRONMENT, epoch, progress, start } from '../history/testing/events.ts'
import { study, withHome } from '../history/testing/fixtures.ts'
import { FakeWorker } from './testing/fake-worker.ts'
import { Training, type TrainingEvent, type TrainingOptions } from './training.ts'

const APP = { version: '1.2.3', commit: null, lockHash: null }
const FINISHED = { kind: 'done', reason: 'finished', epochs: 1, bestEpoch: 0 } as const
const CANCELLED = { kind: 'done', reason: 'cancelled', epochs: 1, bestEpoch: 0 } as const
const wholeRun = [start(), progress(3), epoch(0), checkpoint('best', 10), checkpoint('last', 10), FINISHED] as const

interface Example {
  history: History
  training: Training
  workers: FakeWorker[]
  told: TrainingEvent[]
  ids: string[]
  statuses(): string[]
}

/** A history with a study of four runs, and the training of its runs by fake workers, two at a time. */
function example(
  use: (example: Example) => Promise<void> | void,
  options: Partial<TrainingOptions> = {},
): Promise<void> {
  return withHome(async home => {
    const history = openHistory({ home })
    history.studies.add(study())
    const workers: FakeWorker[] = []
    const startWorker = (): FakeWorker => {
      workers.push(new FakeWorker())
      return workers.at(-1)!
    }
    const training = new Training({
      history,
      startWorker,
      app: APP,
      device: ENVIRONMENT.device,
      workers: () => 2,
      ...options,
    })
    const told: TrainingEvent[] = []
    training.subscribe(event => told.push(event))
    try {
      await use({
        history,
        training,
        workers,
        told,
        ids: history.runs.list().map(({ id }) => id),
        statuses: () => history.runs.list().map(({ status }) => status),
      })
    } finally {
      training.hold()
      for (const worker of workers) worker.endAll()
      await training.close()
      history.close()
    }
  })
}

/** Runs are taken up once in a turn of the process. */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** Does a worker's job to its end. */
function finish(worker: FakeWorker): void {
  worker.say(...wholeRun)
  worker.end()
}

const endings = (told: readonly TrainingEvent[]): [string, string, string | undefined][] =>
  told.flatMap(event =>
    event.kind === 'ended'
      ? [[event.run.id, event.run.status, event.failure?.code] as [string, string, string | undefined]]
      : [],
  )

describe('the queue', () => {
  it('is looked at once in a turn of the process, however fast its runs are', () =>
    example(async ({ training, workers, statuses }) => {
      training.start()
      finish(workers[0]!)
      finish(workers[1]!)
      expect(statuses()).toEqual(['finished', 'finished', 'running', 'queued'])
      await turn()
      expect(statuses()).toEqual(['finished', 'finished', 'running', 'running'])
    }))

  it('is trained in its order, one run a thread, and the threads are used again', () =>
    example(async ({ training, workers, ids, statuses, told }) => {
      expect(statuses()).toEqual(['queued', 'queued', 'queued', 'queued'])
      training.start()
      expect(statuses()).toEqual(['running', 'running', 'queued', 'queued'])
      expect(workers.map(({ job }) => [job.planId, job.seed, job.resume, job.device])).toEqual([
        ['full', 1, null, 'wasm'],
        ['frozen-memory', 1, null, 'wasm'],
      ])
      finish(workers[1]!)
      expect(statuses()).toEqual(['running', 'finished', 'running', 'queued'])
      expect([workers.length, workers[1]!.job.planId, workers[1]!.job.seed]).toEqual([2, 'full', 2])
      await turn()
      finish(workers[1]!)
      await turn()
      finish(workers[0]!)
      await turn()
      finish(workers[1]!)
      await turn()
      expect(statuses()).toEqual(['finished', 'finished', 'finished', 'finished'])
      expect(workers.map(({ terminated }) => terminated)).toEqual([true, true])
      expect(endings(told)).toEqual([1, 2, 0, 3].map(i => [ids[i], 'finished', undefined]))
    }))

  it('shares out the threads among the runs that are trained: the last ones may use more', () =>
    example(
      async ({ training, workers }) => {
        const threads = (): number[] => workers.map(({ job }) => Atomics.load(job.cancel, 1))
        training.start()
        expect(threads()).toEqual([1, 1, 1])
        finish(workers[1]!)
        await turn()
        expect(threads()).toEqual([1, 1, 1])
        finish(workers[2]!)
        await turn()
        expect(threads().slice(0, 2)).toEqual([1, 1])
        finish(workers[0]!)
        await turn()
        expect(threads()[1]).toBe(3)
      },
      { workers: () => 3 },
    ))

  it('takes up nothing outside of its scope, and nothing while it is held', () =>
    example(({ training, statuses, workers }) => {
      training.start(({ planId }) => planId === 'frozen-memory')
      expect(statuses()).toEqual(['queued', 'running', 'queued', 'running'])
      training.hold()
      finish(workers[0]!)
      expect(statuses()).toEqual(['queued', 'finished', 'queued', 'running'])
      training.start()
      expect(statuses()).toEqual(['running', 'finished', 'queued', 'running'])
    }))

  it('is shared with another process: no run is trained twice', () =>
    example(({ training, history, statuses, ids }) => {
      const other = openHistory({ home: history.home })
      other.runs.claim(ids[0]!, { environment: ENVIRONMENT })
      training.start()
      expect(statuses()).toEqual(['running', 'running', 'running', 'queued'])
      expect(training.running()).toEqual([ids[1], ids[2]])
      other.close()
    }))

  it('takes up what is queued later', () =>
    example(async ({ training, history, ids, statuses }) => {
      for (const id of ids) history.runs.pause(id)
      training.start()
      expect(statuses()).toEqual(['paused', 'paused', 'paused', 'paused'])
      history.runs.queue(ids[2]!)
      await expect.poll(() => statuses()).toEqual(['paused', 'paused', 'running', 'paused'])
    }))
})

describe('what a run says', () => {
  it('is told and acknowledged only once it is stored', () =>
    example(async ({ training, workers, told, history, ids }) => {
      training.start()
      const seen: number[] = []
      training.subscribe(event => {
        if (event.kind === 'stored') seen.push(history.epochs.list(event.runId).length)
      })
      workers[0]!.say(start(), progress(3), epoch(0), checkpoint('last', 10))
      expect([workers[0]!.stored, told.some(({ kind }) => kind === 'stored')]).toEqual([0, false])
      await expect.poll(() => workers[0]!.stored).toBe(4)
      expect(seen).toEqual([1])
      expect(history.checkpoints.read(ids[0]!, 'last')?.step).toBe(10)
    }))

  it('carries on from the last checkpoint in the next attempt', () =>
    example(async ({ training, workers, history, ids }) => {
      training.start(({ id }) => id === ids[0])
      workers[0]!.say(...wholeRun.slice(0, -1))
      workers[0]!.crash('out of memory')
      expect(history.runs.get(ids[0]!).status).toBe('failed')
      history.runs.queue(ids[0]!)
      training.start(({ id }) => id === ids[0])
      const { resume } = workers[1]!.job
      expect([Buffer.from(resume!.last).toString(), Buffer.from(resume!.best!).toString()]).toEqual([
        'last 10',
        'best 10',
      ])
    }))
})

describe('a run that cannot go on', () => {
  it('fails with the reason that its thread gives; the others go on', () =>
    example(({ training, workers, statuses, told, history, ids }) => {
      training.start()
      workers[0]!.end({ code: 'device-failed', message: 'no such luck' })
      expect(statuses()).toEqual(['failed', 'running', 'running', 'queued'])
      expect(history.runs.get(ids[0]!).error).toEqual({ code: 'device-failed', message: 'no such luck' })
      expect(endings(told)).toEqual([[ids[0], 'failed', 'device-failed']])
    }))

  it('fails when its thread crashes, and a new thread takes its place', () =>
    example(async ({ training, workers, statuses, history, ids }) => {
      training.start()
      workers[0]!.say(start(), progress(3))
      workers[0]!.crash('boom')
      expect(statuses()).toEqual(['failed', 'running', 'running', 'queued'])
      expect(history.runs.get(ids[0]!).error).toEqual({
        code: 'worker-crashed',
        message: 'The worker thread crashed: boom',
      })
      expect([...history.metrics.series(ids[0]!).loss!.steps]).toEqual([3])
      expect(workers.length).toBe(3)
      await turn()
      finish(workers[2]!)
      expect(statuses()).toEqual(['failed', 'running', 'finished', 'running'])
    }))

  it('fails when a real thread throws', () =>
    example(
      async ({ training, statuses, history, ids }) => {
        training.start(({ id }) => id === ids[0])
        await expect.poll(() => statuses()[0]).toBe('failed')
        expect(history.runs.get(ids[0]!).error).toMatchObject({
          code: 'worker-crashed',
          message: 'The worker thread crashed: from inside',
        })
      },
      { startWorker: () => new Worker('throw new Error("from inside")', { eval: true }) },
    ))

  it('is stopped when it cannot be stored, without harm to the others', () =>
    example(async ({ training, workers, history, ids, told }) => {
      training.start()
      workers[0]!.say(start())
      workers[1]!.say(start())
      await expect.poll(() => workers[1]!.stored).toBe(1)
      workers[0]!.say(start({ parameters: [] }))
      workers[1]!.say(progress(1))
      await expect.poll(() => workers[0]!.cancelled).toBe(true)
      workers[0]!.say(CANCELLED)
      workers[0]!.end()
      expect(endings(told)).toEqual([[ids[0], 'failed', 'run-mismatch']])
      expect(history.runs.get(ids[1]!).status).toBe('running')
      expect(workers[1]!.stored).toBe(2)
    }))

  it('fails alone when it is trained together with others', () =>
    example(
      async ({ training, workers, statuses, ids, history, told }) => {
        training.start()
        workers[0]!.room(3)
        expect([workers.length, training.crews()]).toEqual([1, [ids.slice(0, 3)]])
        expect(workers[0]!.jobs.map(({ runId, together }) => [runId, together])).toEqual([
          [ids[0], 4],
          [ids[1], 4],
          [ids[2], 4],
        ])
        for (const id of ids.slice(0, 3)) workers[0]!.sayOf(id!, start())
        workers[0]!.sayOf(ids[1]!, start({ parameters: [] }))
        await expect.poll(() => workers[0]!.jobs.map(({ cancel }) => cancel[0])).toEqual([0, 1, 0])
        workers[0]!.sayOf(ids[1]!, CANCELLED)
        workers[0]!.end(null, ids[1])
        expect(endings(told)).toEqual([[ids[1], 'failed', 'run-mismatch']])
        expect(statuses()).toEqual(['running', 'failed', 'running', 'running'])
        expect(training.crews()).toEqual([[ids[0], ids[2], ids[3]]])
        expect(history.runs.get(ids[0]!).error).toBeNull()
        workers[0]!.crash('boom')
        expect(statuses()).toEqual(Array(4).fill('failed'))
        expect(
          endings(told)
            .slice(1)
            .map(([id, , code]) => [id, code]),
        ).toEqual([ids[0], ids[2], ids[3]].map(id => [id, 'worker-crashed']))
      },
      { together: 64 },
    ))

  it('whose checkpoint is damaged is not begun', () =>
    example(async ({ training, history, ids, told, statuses }) => {
      const damaged = new LabError('checkpoint-damaged', 'gone')
      vi.spyOn(history.runs, 'claim').mockImplementationOnce(() => {
        throw damaged
      })
      training.start()
      expect(statuses()).toEqual(['failed', 'running', 'running', 'queued'])
      expect(endings(told)).toEqual([[ids[0], 'failed', 'checkpoint-damaged']])
    }))

  it.each([
    ['ended', null],
    ['failed', { code: 'unexpected', message: 'broken' }],
  ])('that is no longer in the history and %s is told so, and the others go on', (_, failure) =>
    example(async ({ training, workers, history, ids, told }) => {
      training.start()
      const stopped = training.stop(ids[1]!, 'paused')
      history.runs.release(ids[1]!, 'cancelled')
      history.runs.remove(ids[1]!)
      workers[1]!.say(CANCELLED)
      expect(() => workers[1]!.end(failure)).not.toThrow()
      await stopped
      expect(endings(told)).toEqual([[ids[1], 'failed', 'unknown-run']])
      expect(told.some(({ kind }) => kind === 'blocked')).toBe(false)
      expect(training.running()).toEqual([ids[0], ids[2]])
    }),
  )

  it('removed before it could be begun does not hold up the queue', () =>
    example(async ({ training, history, ids, statuses, told }) => {
      const { claim } = history.runs
      vi.spyOn(history.runs, 'claim').mockImplementationOnce((id, options) => {
        history.runs.remove(id)
        return claim(id, options)
      })
      training.start()
      expect(statuses()).toEqual(['running', 'running', 'queued'])
      expect(told.map(event => (event.kind === 'begun' ? event.run.id : event.kind))).toEqual([ids[1], ids[2]])
    }))

  it('holds the queue when it is the history that fails', () =>
    example(({ training, history, told, statuses }) => {
      vi.spyOn(history.runs, 'claim').mockImplementation(() => {
        throw new LabError('disk-full', 'full')
      })
      training.start()
      expect(told).toEqual([{ kind: 'blocked', failure: { code: 'disk-full', message: 'full' } }])
      expect(statuses()).toEqual(['queued', 'queued', 'queued', 'queued'])
    }))
})

describe('stopping', () => {
  it.each(['cancelled', 'paused'] as const)('a run that is being trained leaves it %s, with its checkpoint', how =>
    example(async ({ training, workers, history, ids }) => {
      training.start()
      const stopped = training.stop(ids[0]!, how)
      expect([workers[0]!.cancelled, workers[1]!.cancelled]).toEqual([true, false])
      workers[0]!.say(start(), progress(4), checkpoint('last', 4), CANCELLED)
      workers[0]!.end()
      await stopped
      expect(history.runs.get(ids[0]!)).toMatchObject({ status: how, step: 4 })
      expect(history.checkpoints.read(ids[0]!, 'last')?.step).toBe(4)
      expect(training.running()).toEqual([ids[1], ids[2]])
    }),
  )

  it.each(['cancelled', 'paused'] as const)('a queued run leaves it %s', how =>
    example(async ({ training, history, ids }) => {
      await training.stop(ids[3]!, how)
      expect(history.runs.get(ids[3]!).status).toBe(how)
    }),
  )

  it('comes too late for a run that has just finished', () =>
    example(async ({ training, workers, history, ids }) => {
      training.start()
      const stopped = training.stop(ids[0]!, 'paused')
      finish(workers[0]!)
      await stopped
      expect(history.runs.get(ids[0]!).status).toBe('finished')
    }))

  it('all: nothing further is taken up, and closing leaves runs to be resumed', () =>
    example(async ({ training, workers, statuses }) => {
      training.start()
      const closed = training.close()
      for (const worker of workers) {
        worker.say(start(), checkpoint('last', 0), CANCELLED)
        worker.end()
      }
      await closed
      expect(statuses()).toEqual(['interrupted', 'interrupted', 'queued', 'queued'])
      expect(workers.every(({ terminated }) => terminated)).toBe(true)
    }))
})
