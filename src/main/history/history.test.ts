import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../shared/errors.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import { scored } from '../../shared/score.ts'
import { openHistory } from './history.ts'
import type { History } from './history.ts'
import {
  PARAMETERS,
  STEPS_PER_EPOCH,
  ENVIRONMENT,
  checkpoint,
  epoch,
  freeze,
  progress,
  score,
  start,
} from './testing/events.ts'
import { codeOf, study, withHome } from './testing/fixtures.ts'

const claim = (history: History, runId: string) => history.runs.claim(runId, { environment: ENVIRONMENT })

/** A history with one study, its first run claimed. */
function withRun<T>(use: (history: History, runId: string) => T | Promise<T>): Promise<T> {
  return withHome(async home => {
    let time = 1_000_000
    let passed = 0
    const history = openHistory({ home, now: () => (time += 500), steady: () => (passed += 500) })
    try {
      history.studies.add(study())
      const { id } = history.runs.list()[0]!
      claim(history, id)
      return await use(history, id)
    } finally {
      history.close()
    }
  })
}

describe('studies', () => {
  it('come back as they were added, with their runs queued: plans of the first seed, then of the next', () =>
    withHome(home => {
      const history = openHistory({ home, now: () => 42 })
      const spec = study()
      const added = history.studies.add(spec)
      expect(added).toMatchObject({ name: 'Copying', note: '', archived: false, createdAt: 42, runs: { queued: 4 } })
      history.close()
      const again = openHistory({ home })
      expect(again.studies.list()).toEqual([added])
      expect(again.studies.get(added.id).spec).toEqual(spec)
      expect(again.runs.list().map(run => [run.planId, run.seed, run.status, run.planTitle])).toEqual([
        ['full', 1, 'queued', 'Full training'],
        ['frozen-memory', 1, 'queued', 'Memory frozen'],
        ['full', 2, 'queued', 'Full training'],
        ['frozen-memory', 2, 'queued', 'Memory frozen'],
      ])
      again.close()
    }))

  it('are found by what their spec says, in whatever order its keys are', () =>
    withHome(home => {
      const history = openHistory({ home })
      const { training, ...rest } = study()
      const first = history.studies.add({ training, ...rest })
      const second = history.studies.add({ ...rest, training })
      history.studies.add(study({ seeds: [1, 3] }))
      expect(history.studies.withSpec(study()).map(({ id }) => id)).toEqual([first.id, second.id])
      history.close()
    }))

  it('are noted, archived and removed with their runs and checkpoints', () =>
    withRun((history, runId) => {
      history.record(runId, checkpoint('last', 5))
      const { studyId } = history.runs.get(runId)
      expect(history.studies.describe(studyId, { note: 'first try', archived: true })).toMatchObject({
        note: 'first try',
        archived: true,
      })
      expect([
        history.studies.list(),
        history.studies.list({ archived: true }).length,
        history.studies.list({ archived: 'any' }).length,
      ]).toEqual([[], 1, 1])
      expect(codeOf(() => history.studies.remove(studyId))).toBe('run-taken')
      expect(history.runs.count()).toBe(4)
      history.runs.release(runId, 'paused')
      const { file } = history.checkpoints.read(runId, 'last')!
      history.studies.remove(studyId)
      expect([
        history.runs.count(),
        existsSync(file),
        codeOf(() => history.studies.get(studyId)),
        codeOf(() => history.runs.get(runId)),
      ]).toEqual([0, false, 'unknown-study', 'unknown-run'])
    }))

  it('are added together or not at all', () =>
    withHome(home => {
      const history = openHistory({ home })
      const broken = { ...study(), name: null } as unknown as ReturnType<typeof study>
      expect(() => history.studies.addAll([study(), broken])).toThrow()
      expect(history.studies.list()).toEqual([])
      history.close()
    }))
})

describe('a run', () => {
  const scores = [score('short', 4), score('short', 6), score('long', 12, { nats: NaN }), score('long', 13)]
  const WHOLE: RunEvent[] = [
    start(),
    freeze(0),
    ...Array.from({ length: STEPS_PER_EPOCH }, (_, i) => progress(i + 1)),
    epoch(0),
    checkpoint('best', 10),
    checkpoint('last', 10),
    freeze(1, 'release'),
    progress(14),
    epoch(1, {
      best: false,
      frozen: [],
      frozenHash: null,
      trainLoss: NaN,
      gradientNorm: { controller: NaN, memory: Infinity },
    }),
    checkpoint('last', 20),
    { kind: 'evaluation', which: 'last', scores },
    { kind: 'evaluation', which: 'best', scores: scores.slice(0, 1) },
    { kind: 'done', reason: 'finished', epochs: 2, bestEpoch: 0 },
  ]

  it('comes back as it was recorded', () =>
    withRun((history, runId) => {
      for (const event of WHOLE) history.record(runId, event)
      const { run, ...record } = history.runRecord(runId)
      expect(run).toMatchObject({
        id: runId,
        status: 'finished',
        error: null,
        learningRate: 0.005,
        epochs: 4,
        stepsPerEpoch: 10,
        epochsDone: 2,
        step: 20,
        bestEpoch: 0,
        bestLoss: 0.5,
        trainLoss: null,
        frozenIntact: true,
      })
      const plain = ({ kind: _kind, ...rest }: RunEvent) => rest
      expect(record.plan).toEqual({ id: 'full', title: 'Full training', freeze: [] })
      expect(record.parameters).toEqual(PARAMETERS)
      expect(record.freezes).toEqual(WHOLE.filter(({ kind }) => kind === 'freeze').map(plain))
      expect(record.epochs).toEqual(WHOLE.filter(({ kind }) => kind === 'epoch').map(plain))
      expect([...record.series.loss!.steps]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14])
      expect([...record.series.loss!.values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14].map(step => 1 / step))
      expect(Object.keys(record.series).sort()).toEqual([
        'epoch',
        'gradientNorm.controller',
        'gradientNorm.memory',
        'loss',
        'stepsPerSecond',
      ])
      expect(record.scores).toEqual({ last: scores, best: scores.slice(0, 1) })
      expect(record.checkpoints).toMatchObject([
        { which: 'best', epoch: 1, step: 10, bytes: 7 },
        { which: 'last', epoch: 2, step: 20, bytes: 7 },
      ])
      expect(record.attempts).toMatchObject([
        { attempt: 1, environment: ENVIRONMENT, fromStep: 0, outcome: 'finished' },
      ])
      expect(record.study.runs).toEqual({ finished: 1, queued: 3 })
    }))

  it('is the same when every event comes twice', async () => {
    const strip = (history: History, runId: string) => {
      const { run, ...record } = history.runRecord(runId)
      return {
        ...record,
        run: { ...run, id: '', studyId: '', startedAt: 0, endedAt: 0, seconds: 0 },
        study: null,
        attempts: null,
        checkpoints: record.checkpoints.map(row => ({ ...row, createdAt: 0 })),
      }
    }
    const once = await withRun((history, runId) => {
      for (const event of WHOLE) history.record(runId, event)
      return strip(history, runId)
    })
    const twice = await withRun((history, runId) => {
      for (const event of WHOLE) {
        history.record(runId, event)
        history.record(runId, event)
      }
      return strip(history, runId)
    })
    expect(twice).toEqual(once)
  })

  it('is the same when its events come in one piece, and none of them is stored when one is refused', () =>
    withRun((history, runId) => {
      const other = history.runs.list()[1]!.id
      expect(
        codeOf(() =>
          history.recordAll([...WHOLE.slice(0, 5).map(event => ({ runId, event })), { runId: other, event: start() }]),
        ),
      ).toBe('run-not-claimed')
      expect(history.runRecord(runId)).toMatchObject({ parameters: [], freezes: [], series: {} })
      history.recordAll(WHOLE.map(event => ({ runId, event })))
      expect(history.runs.get(runId)).toMatchObject({ status: 'finished', step: 20, epochsDone: 2 })
      expect(history.runRecord(runId).series.loss!.steps.length).toBe(11)
    }))

  it('counts its parameters by component', () =>
    withRun((history, runId) => {
      history.record(runId, start())
      expect(history.runs.parameterCounts(runId)).toEqual({ controller: 24, memory: 6, classifier: 1 })
    }))

  it('sums its scores by bin; a sum with an unknown term is unknown', () =>
    withRun((history, runId) => {
      history.record(runId, { kind: 'evaluation', which: 'last', scores })
      history.record(runId, { kind: 'evaluation', which: 'best', scores: [score('short', 4)] })
      expect(history.evaluations.byBin()).toEqual([
        {
          runId,
          which: 'best',
          bin: 'short',
          ...scored({ strings: 2, symbols: 10, nats: 3, correct: 4, boundNats: 2, lengthNats: 2 * Math.LN2 }),
        },
        {
          runId,
          which: 'last',
          bin: 'short',
          ...scored({ strings: 4, symbols: 24, nats: 7.5, correct: 10, boundNats: 5, lengthNats: 4 * Math.LN2 }),
        },
        {
          runId,
          which: 'last',
          bin: 'long',
          ...scored({ strings: 4, symbols: 54, nats: NaN, correct: 25, boundNats: 12.5, lengthNats: 4 * Math.LN2 }),
        },
      ])
      expect(history.evaluations.byBin({ which: 'best', runs: [runId] }).length).toBe(1)
      expect(history.evaluations.ofStudy(history.runs.get(runId).studyId, 'last')).toEqual(
        scores.map(of => ({ runId, ...of })),
      )
    }))

  it('says that a frozen parameter changed, whatever later epochs say', () =>
    withRun((history, runId) => {
      history.record(runId, epoch(0))
      expect(history.runs.get(runId).frozenIntact).toBe(true)
      history.record(runId, epoch(1, { frozenIntact: false }))
      history.record(runId, epoch(2))
      expect(history.runs.get(runId).frozenIntact).toBe(false)
    }))

  it('carries a star, tags, a note and its place in the archive', () =>
    withRun((history, runId) => {
      expect(
        history.runs.describe(runId, { starred: true, tags: ['b', 'a', 'b'], note: 'good', archived: true }),
      ).toMatchObject({ starred: true, tags: ['a', 'b'], note: 'good', archived: true })
      expect(history.runs.describe(runId, { starred: false })).toMatchObject({
        starred: false,
        tags: ['a', 'b'],
        note: 'good',
        archived: true,
      })
    }))

  it('keeps why it failed', () =>
    withRun((history, runId) => {
      history.runs.fail(runId, new InputError('seed', -1, 'a whole number'))
      expect(history.runs.get(runId)).toMatchObject({
        status: 'failed',
        error: { code: 'bad-input', message: 'seed is -1; allowed: a whole number' },
      })
      history.runs.queue(runId)
      expect(history.runs.get(runId)).toMatchObject({ status: 'queued', error: null, endedAt: null })
    }))

  it('sums up training time over its attempts', () =>
    withRun((history, runId) => {
      history.record(runId, progress(1))
      const first = history.runs.get(runId).seconds
      history.runs.release(runId, 'paused')
      const paused = history.runs.get(runId).seconds
      claim(history, runId)
      history.record(runId, { kind: 'done', reason: 'cancelled', epochs: 0, bestEpoch: -1 })
      expect([first, paused, history.runs.get(runId).seconds]).toEqual([0.5, 1.5, 2.5])
      expect(history.runRecord(runId).attempts).toHaveLength(2)
    }))
})

describe('the list of runs', () => {
  const ids = (history: History, filter: Parameters<History['runs']['list']>[0]) =>
    history.runs.list(filter).map(({ planId, seed }) => `${planId} ${seed}`)

  it('is filtered by every field', () =>
    withRun((history, runId) => {
      const other = history.studies.add(study({ name: 'Dyck 100% _x', plans: ['full'], seeds: [7] }))
      history.runs.describe(runId, { starred: true, tags: ['keep', 'a b'], note: 'Sharp' })
      history.runs.describe(history.runs.list({ studies: [other.id] })[0]!.id, { tags: ['keep'] })
      history.runs.describe(history.runs.list({ seeds: [2], plans: ['full'] })[0]!.id, { archived: true })
      expect(ids(history, {})).toEqual(['full 1', 'frozen-memory 1', 'frozen-memory 2', 'full 7'])
      expect(ids(history, { archived: true })).toEqual(['full 2'])
      expect(ids(history, { archived: 'any' }).length).toBe(5)
      expect(ids(history, { studies: [other.id] })).toEqual(['full 7'])
      expect(ids(history, { plans: ['frozen-memory'], seeds: [2, 7] })).toEqual(['frozen-memory 2'])
      expect(ids(history, { statuses: ['running'] })).toEqual(['full 1'])
      expect(ids(history, { tags: ['keep'] })).toEqual(['full 1', 'full 7'])
      expect(ids(history, { tags: ['keep', 'a b'] })).toEqual(['full 1'])
      expect(ids(history, { starred: true })).toEqual(['full 1'])
      expect(ids(history, { starred: false, seeds: [1] })).toEqual(['frozen-memory 1'])
      expect(ids(history, { text: 'sharp' })).toEqual(['full 1'])
      expect(ids(history, { text: '0% _X' })).toEqual(['full 7'])
      expect(ids(history, { text: '0__' })).toEqual([])
      expect(ids(history, { text: runId })).toEqual(['full 1'])
      expect(ids(history, { studies: [] })).toEqual([])
      expect(history.runs.count({ tags: ['keep'] })).toBe(2)
    }))

  it('is ordered, runs without a value last, and cut into pages', () =>
    withRun((history, runId) => {
      history.record(runId, epoch(0))
      const second = history.runs.list()[3]!.id
      claim(history, second)
      history.record(second, epoch(3))
      expect(ids(history, { order: 'best-loss' })).toEqual(['frozen-memory 2', 'full 1', 'frozen-memory 1', 'full 2'])
      expect(ids(history, { order: 'best-loss', descending: true })).toEqual([
        'full 1',
        'frozen-memory 2',
        'full 2',
        'frozen-memory 1',
      ])
      expect(ids(history, { order: 'started' }).slice(0, 2)).toEqual(['full 1', 'frozen-memory 2'])
      expect(ids(history, { order: 'plan' })).toEqual(['frozen-memory 1', 'frozen-memory 2', 'full 1', 'full 2'])
      expect(ids(history, { descending: true, limit: 2, offset: 1 })).toEqual(['full 2', 'frozen-memory 1'])
    }))
})

describe('the folder', () => {
  it('holds checkpoints under their names', () =>
    withRun((history, runId) => {
      history.record(runId, checkpoint('best', 10, 'weights'))
      history.record(runId, checkpoint('last', 10, 'all'))
      expect(readFileSync(`${history.paths.checkpoints}/${runId}/best.safetensors`, 'utf8')).toBe('weights')
      expect(readFileSync(`${history.paths.checkpoints}/${runId}/last.safetensors`, 'utf8')).toBe('all')
    }))

  it('takes a backup that opens as a history of its own, and keeps the newest ten', () =>
    withRun(async (history, runId) => {
      const paths = Array.from({ length: 11 }, () => history.backups.make())
      paths.push(await history.backups.makeSlowly())
      expect(history.backups.list()).toEqual(paths.slice(2))
      await withHome(home => {
        const copied = `${home}/history.sqlite`
        // A backup is one whole file.
        expect(existsSync(`${paths.at(-1)}-wal`)).toBe(false)
        copyFileSync(paths.at(-1)!, copied)
        const copy = openHistory({ home })
        expect(copy.runs.get(runId).seed).toBe(1)
        copy.close()
      })
    }))
})

describe('several changes as one', () => {
  it('are stored together or not at all; one that was undone alone leaves the others', () =>
    withRun(history => {
      const [, second, third] = history.runs.list().map(({ id }) => id)
      expect(() =>
        history.together(() => {
          history.runs.cancel(second!)
          throw new Error('no')
        }),
      ).toThrow('no')
      expect(history.runs.get(second!).status).toBe('queued')
      history.together(() => {
        history.runs.cancel(second!)
        // The second one is refused by the table, after the first one was entered.
        expect(() => history.studies.addAll([study(), { ...study(), name: null as unknown as string }])).toThrow(
          'NOT NULL',
        )
        history.runs.pause(third!)
      })
      expect([
        history.studies.list().length,
        history.runs.get(second!).status,
        history.runs.get(third!).status,
      ]).toEqual([1, 'cancelled', 'paused'])
    }))

  it('are none that touch checkpoint files', () =>
    withRun((history, runId) => {
      const [, second] = history.runs.list().map(({ id }) => id)
      const changes = [
        () => history.record(runId, checkpoint('last', 3)),
        () => claim(history, second!),
        () => history.runs.restart([second!]),
        () => history.runs.remove(second!),
        () => history.studies.remove(history.runs.get(runId).studyId),
      ]
      for (const change of changes)
        expect(() => history.together(change)).toThrow('cannot be a part of a greater change')
      expect([history.runs.get(second!).status, history.checkpoints.list(runId)]).toEqual(['queued', []])
    }))
})

describe('curves', () => {
  it('refuse what is no metric and no number of buckets', () =>
    withRun((history, runId) => {
      expect(() => history.metrics.curve(runId, 'nope' as 'loss', { buckets: 3 })).toThrow(InputError)
      expect(() => history.metrics.curve(runId, 'loss', { buckets: 0 })).toThrow(
        'buckets is 0; allowed: a whole number of at least 1',
      )
      expect(history.metrics.curve(runId, 'loss', { buckets: 3 }).mean).toEqual(new Float64Array())
    }))
})
