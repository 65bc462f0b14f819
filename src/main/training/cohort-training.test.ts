import { describe, expect, it, vi } from 'vitest'
import type { findDevice } from '../devices/index.ts'
import { WasmExecutor } from '../../engine/devices/wasm/executor.ts'
import { trainRun } from '../../engine/train/train.ts'
import type { RunStatus, RunSummary } from '../../shared/records.ts'
import { parseStudy, type StudySpec } from '../../shared/study.ts'
import { openHistory, type History } from '../history/history.ts'
import { withHome } from '../history/testing/fixtures.ts'
import { languageOf, modelOf } from '../services/check-study.ts'
import { FakeCohorts } from './testing/fake-cohorts.ts'
import { InThread } from './testing/in-thread.ts'
import { Training, type TrainingEvent } from './training.ts'

const study = parseStudy({
  name: 'Cohort',
  task: { id: 'marked-reversal' },
  model: { controller: { id: 'elman', units: 3 }, memory: { id: 'none' } },
  plans: ['full', { id: 'later', freeze: [{ what: 'controller', from: { epoch: 1 } }] }],
  seeds: [1, 2, 3],
  data: { train: { strings: 30, lengths: [3, 7] }, validation: { strings: 4, lengths: [3, 7] } },
  evaluation: { bins: [{ name: 'long', lengths: [9, 9], perLength: 2 }] },
  training: { batch: 5, epochs: 3, learningRate: 0.02, earlyStop: null },
})
const LONG = { ...study, training: { ...study.training, epochs: 2_000 } }
/** Steps in an epoch of the study. */
const STEPS = 6
const APP = { version: '1.2.3', commit: null, lockHash: null }

interface Example {
  history: History
  device: FakeCohorts
  threads: InThread[]
  told: TrainingEvent[]
  training: Training
  list(): RunSummary[]
}

function example(
  options: { studies?: StudySpec[]; capacity?: number; workers?: number; checkpointEverySeconds?: number },
  use: (example: Example) => Promise<void>,
): Promise<void> {
  const { studies = [study], capacity = 4, workers = 2, checkpointEverySeconds } = options
  return withHome(async home => {
    const history = openHistory({ home })
    for (const one of studies) history.studies.add(one)
    const device = new FakeCohorts(capacity)
    const threads: InThread[] = []
    const startWorker = (): InThread => {
      threads.push(new InThread((() => device) as typeof findDevice))
      return threads.at(-1)!
    }
    const training = new Training({
      history,
      startWorker,
      app: APP,
      device: { id: 'fake', note: '' },
      workers: () => workers,
      together: 64,
      checkpointEverySeconds,
    })
    const told: TrainingEvent[] = []
    training.subscribe(event => told.push(event))
    try {
      await use({ history, device, threads, told, training, list: () => history.runs.list() })
    } finally {
      device.release()
      device.lose()
      await training.close()
      history.close()
    }
  })
}

const statuses = (runs: readonly RunSummary[]): RunStatus[] => runs.map(({ status }) => status)
const until = (condition: () => boolean): Promise<unknown> => vi.waitUntil(condition, { timeout: 100_000, interval: 5 })
const over = ({ list }: Example): Promise<unknown> =>
  until(() => statuses(list()).every(status => !['queued', 'running'].includes(status)))
/** How far a run has come in what is stored. */
const stepOf = ({ history }: Example, id: string): number => history.runs.get(id).step

/** Losses and weights, to the bit, epoch by epoch. */
async function alone({ planId, seed }: Pick<RunSummary, 'planId' | 'seed'>, of: StudySpec): Promise<unknown[]> {
  const plan = of.plans.find(({ id }) => id === planId)!
  const found: unknown[] = []
  for await (const event of trainRun({
    study: of,
    plan,
    seed,
    language: languageOf(of),
    executor: new WasmExecutor(modelOf(of), of.training.optimizer),
  })) {
    if (event.kind === 'epoch')
      found.push({ trainLoss: event.trainLoss, validation: event.validation, hashes: event.hashes })
  }
  return found
}

const recorded = (history: History, id: string): unknown[] =>
  history.epochs.list(id).map(({ trainLoss, validation, hashes }) => ({ trainLoss, validation, hashes }))

describe('a cohort', () => {
  it('trains as many runs together as there is room for, and lets waiting ones in when others have ended, each as if it were alone', () =>
    example({}, async at => {
      const { history, device, training, threads, told, list } = at
      training.start()
      await until(() => training.running().length === 4)
      expect(training.crews()).toEqual([
        list()
          .slice(0, 4)
          .map(({ id }) => id),
      ])
      await over(at)
      expect(statuses(list())).toEqual(Array(6).fill('finished'))
      expect([threads.length, Math.max(...device.rounds)]).toEqual([1, 4])
      expect(told.flatMap(event => (event.kind === 'begun' ? [event.run.id] : []))).toEqual(list().map(({ id }) => id))
      for (const run of list())
        expect(recorded(history, run.id), `${run.planId} ${run.seed}`).toEqual(await alone(run, study))
      for (const { id } of list()) {
        const said = told.flatMap(event => (event.kind === 'stored' && event.runId === id ? event.events : []))
        expect([said[0]!.kind, said.at(-1)!.kind]).toEqual(['start', 'done'])
        expect(said.flatMap(event => (event.kind === 'epoch' ? [event.epoch] : []))).toEqual([0, 1, 2])
        const steps = said.flatMap(event => ('step' in event ? [event.step] : []))
        expect(steps).toEqual(steps.toSorted((a, b) => a - b))
      }
      expect(device.cohorts.every(({ size, isDisposed }) => size === 0 && isDisposed)).toBe(true)
    }))

  it('is on record with its size, for the runs that were in company', () =>
    example({}, async at => {
      at.training.start()
      await over(at)
      const cohorts = at
        .list()
        .map(({ id }) => at.history.runs.attempts(id).map(({ environment: { device } }) => device.cohort))
      expect(cohorts.slice(0, 4)).toEqual([[4], [4], [4], [4]])
    }))

  it('is shared by studies of one model and optimizer; another model has a thread of its own', () => {
    const alike = {
      ...LONG,
      name: 'Alike',
      seeds: [9],
      plans: [LONG.plans[0]!],
      training: { ...LONG.training, learningRate: 0.001, batch: 4 },
    }
    const other = { ...alike, name: 'Other', model: { ...LONG.model, controller: { id: 'elman', units: 4 } } }
    return example({ studies: [LONG, alike, other], capacity: 20 }, async ({ training, device, list }) => {
      training.start()
      await until(() => training.running().length === 8 && device.cohorts.length === 2)
      expect(training.crews().map(({ length }) => length)).toEqual([7, 1])
      expect(device.cohorts.map(({ capacity }) => capacity)).toEqual([7, 1])
      expect(statuses(list())).toEqual(Array(8).fill('running'))
    })
  })

  it('leaves runs of another kind waiting when all threads are taken, and those behind them too', () => {
    const other = { ...LONG, name: 'Other', model: { ...LONG.model, controller: { id: 'elman', units: 4 } } }
    return example(
      { studies: [{ ...LONG, seeds: [1] }, other, { ...LONG, name: 'Again', seeds: [7] }], capacity: 3, workers: 1 },
      async ({ training, list }) => {
        training.start()
        await until(() => training.running().length === 2)
        expect(statuses(list())).toEqual(['running', 'running', ...Array(8).fill('queued')])
      },
    )
  })
})

describe('in a cohort, a run', () => {
  it('that fails leaves the others going', () =>
    example({}, async at => {
      const { device, training, list } = at
      let steps = 0
      device.beforeStep = member => {
        if (member === 2 && ++steps === 8) throw new Error('a batch that cannot be computed')
      }
      training.start()
      await over(at)
      expect(statuses(list())).toEqual(['finished', 'failed', 'finished', 'finished', 'finished', 'finished'])
      expect(list()[1]).toMatchObject({ error: { code: 'unexpected', message: 'a batch that cannot be computed' } })
      expect(device.cohorts).toHaveLength(1)
    }))

  it('that cannot be stored leaves the others going', () =>
    example({}, async at => {
      const { history, training, list } = at
      const [, second] = list()
      const { recordAll } = history
      vi.spyOn(history, 'recordAll').mockImplementation(entries => {
        const refused = entries.find(({ runId, event }) => runId === second!.id && event.kind === 'epoch')
        // As when another process has taken it over.
        if (refused) history.runs.release(second!.id, 'paused')
        recordAll(entries)
      })
      training.start()
      await over(at)
      expect(statuses(list())).toEqual(['finished', 'failed', 'finished', 'finished', 'finished', 'finished'])
    }))

  it.each(['paused', 'cancelled'] as const)(
    'that is %s leaves the others going, and makes room; taken up again it ends as if nothing had happened',
    how => {
      const some = { ...study, training: { ...study.training, epochs: 5 } }
      return example({ studies: [some] }, async at => {
        const { history, device, training, list } = at
        device.holdAt = 4 * (2 * STEPS + 2)
        training.start()
        const { id } = list()[1]!
        await until(() => device.isHeld)
        const stopped = training.stop(id, how)
        device.release()
        await stopped
        expect(history.runs.get(id)).toMatchObject({ status: how, epochsDone: 2 })
        expect(history.checkpoints.read(id, 'last')).toMatchObject({ step: stepOf(at, id) })
        await until(() => list().every(run => run.id === id || run.status === 'finished'))
        history.runs.queue(id)
        training.start()
        await over(at)
        for (const run of list())
          expect(recorded(history, run.id), `${run.planId} ${run.seed}`).toEqual(await alone(run, some))
        expect(history.runs.attempts(id).at(-1)!.fromStep).toBeGreaterThan(2 * STEPS)
      })
    },
  )
})

describe('when', () => {
  const some = { ...study, training: { ...study.training, epochs: 5 } }

  it.each<[string, string, (at: Example) => void]>([
    ['the device is lost', 'device-lost', ({ device }) => device.lose()],
    [
      'the thread crashes',
      'worker-crashed',
      ({ device, threads }) => {
        threads[0]!.crash('boom')
        device.lose()
      },
    ],
  ])(
    '%s, the runs in the cohort fail and those that wait are trained in a new one; all can be resumed, and end as if nothing had happened',
    (_, code, harm) =>
      example({ studies: [some], checkpointEverySeconds: 0 }, async at => {
        const { history, training, list, device } = at
        device.holdAt = 4 * (2 * STEPS + 2)
        training.start()
        await until(
          () =>
            device.isHeld &&
            list()
              .slice(0, 4)
              .every(({ epochsDone }) => epochsDone === 2),
        )
        harm(at)
        device.release()
        await over(at)
        expect(statuses(list())).toEqual(['failed', 'failed', 'failed', 'failed', 'finished', 'finished'])
        expect(
          list()
            .slice(0, 4)
            .map(({ error }) => error!.code),
        ).toEqual(Array(4).fill(code))
        expect(device.cohorts).toHaveLength(2)
        for (const { id } of list().slice(0, 4)) history.runs.queue(id)
        training.start()
        await over(at)
        for (const run of list()) {
          expect(recorded(history, run.id), `${run.planId} ${run.seed}`).toEqual(await alone(run, some))
          const [first, second] = history.runs.attempts(run.id)
          if (second) expect(second.fromStep).toBeGreaterThanOrEqual(2 * STEPS)
          else expect(first!.outcome).toBe('finished')
        }
      }),
  )

  it('all is stopped, each run leaves a checkpoint and none is left behind', () =>
    example({ studies: [LONG] }, async at => {
      const { history, training, list } = at
      training.start()
      await until(
        () =>
          training.running().length === 4 &&
          list()
            .slice(0, 4)
            .every(({ id }) => stepOf(at, id) > 0),
      )
      await training.stopAll('interrupted')
      expect(statuses(list())).toEqual([...Array(4).fill('interrupted'), 'queued', 'queued'])
      for (const { id } of list().slice(0, 4))
        expect(history.checkpoints.read(id, 'last')).toMatchObject({ step: stepOf(at, id) })
    }))
})
