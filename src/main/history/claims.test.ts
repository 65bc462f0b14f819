import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../shared/run-events.ts'
import { connect } from './database.ts'
import { openHistory } from './history.ts'
import type { History, HistoryOptions } from './history.ts'
import { identify, isAlive } from './processes.ts'
import type { Beat } from './processes.ts'
import { ENVIRONMENT, PARAMETERS, checkpoint, epoch, freeze, progress, score, start } from './testing/events.ts'
import { codeOf, study, withHome } from './testing/fixtures.ts'

type Open = (options?: Partial<HistoryOptions>) => History

/** Opens one history as often as asked: each time a party of its own, as another process would be. */
function parties<T>(use: (open: Open, home: string) => T | Promise<T>): Promise<T> {
  return withHome(async home => {
    const opened: History[] = []
    const open: Open = options => {
      const history = openHistory({ home, ...options })
      opened.push(history)
      return history
    }
    try {
      return await use(open, home)
    } finally {
      for (const history of opened.splice(0)) history.close()
    }
  })
}

const claim = (history: History, runId: string, from?: 'last' | 'start') =>
  history.runs.claim(runId, { environment: ENVIRONMENT, from })
const steps = (history: History, runId: string) => [...(history.metrics.series(runId).loss?.steps ?? [])]

/** Makes every process in the history look as if it had died. */
function killAll(home: string): void {
  const raw = connect(`${home}/history.sqlite`)
  raw.prepare("UPDATE processes SET birth = '0', beat_at = 0, boot = 'another start-up'").run()
  raw.close()
}

describe('a claim', () => {
  it.each([
    ['set on ten years', 315_360_000_000],
    ['set back ten years', -315_360_000_000],
  ])('lasts as long as it has lasted, whatever the clock is (%s)', (_, leap) =>
    parties((open, home) => {
      let [date, passed] = [1_800_000_000_000, 70_000]
      const clocks = { now: () => date, steady: () => passed }
      const mine = open(clocks)
      mine.studies.add(study())
      const [ended, released, left] = mine.runs.list().map(({ id }) => id) as [string, string, string]
      for (const runId of [ended, released, left]) claim(mine, runId)
      ;[date, passed] = [date + leap, passed + 4_000]
      for (const runId of [ended, released, left]) mine.record(runId, progress(1))
      expect(mine.runs.get(ended).seconds).toBe(4)
      passed += 2_000
      mine.record(ended, { kind: 'done', reason: 'finished', epochs: 1, bestEpoch: 0 })
      mine.runs.release(released, 'paused')
      const seconds = (): number[] => [ended, released, left].map(id => mine.runs.get(id).seconds)
      expect(seconds()).toEqual([6, 6, 4])
      expect(mine.runs.get(ended)).toMatchObject({ startedAt: date - leap, endedAt: date })
      killAll(home)
      const next = open({ now: () => date, steady: () => 5 })
      expect(next.runs.get(left).status).toBe('interrupted')
      expect(seconds()).toEqual([6, 6, 4])
      claim(next, left)
      next.runs.release(left, 'paused')
      expect(seconds()).toEqual([6, 6, 4])
    }),
  )

  it('belongs to one process at a time', () =>
    parties(open => {
      const [mine, other] = [open(), open()]
      const runId = (mine.studies.add(study()), mine.runs.list()[0]!.id)
      expect(claim(mine, runId)).toEqual({ attempt: 1, resume: null })
      expect(codeOf(() => claim(other, runId))).toBe('run-taken')
      expect(codeOf(() => claim(mine, runId))).toBe('run-taken')
      for (const change of ['queue', 'cancel', 'remove'] as const)
        expect(codeOf(() => other.runs[change](runId))).toBe('run-taken')
      expect(codeOf(() => other.runs.restart([runId]))).toBe('run-taken')
      for (const event of [start(), progress(1), checkpoint('last', 1)])
        expect(codeOf(() => other.record(runId, event))).toBe('run-not-claimed')
      expect(codeOf(() => other.runs.release(runId, 'paused'))).toBe('run-not-claimed')
      mine.record(runId, progress(1))
      mine.runs.release(runId, 'paused')
      expect(codeOf(() => mine.record(runId, progress(2)))).toBe('run-not-claimed')
      expect(claim(other, runId)).toEqual({ attempt: 2, resume: null })
    }))

  it('keeps a run from being restarted, and with it all that were to be restarted together', () =>
    parties(open => {
      const [mine, other] = [open(), open()]
      mine.studies.add(study())
      const [first, second] = mine.runs.list().map(({ id }) => id)
      claim(mine, first!)
      mine.record(first!, start())
      mine.record(first!, progress(1))
      mine.runs.release(first!, 'cancelled')
      claim(other, second!)
      expect(codeOf(() => mine.runs.restart([first!, second!]))).toBe('run-taken')
      expect(mine.runs.get(first!)).toMatchObject({ status: 'cancelled', step: 1 })
      other.runs.release(second!, 'cancelled')
      mine.runs.restart([first!, second!])
      expect([first!, second!].map(id => mine.runs.get(id))).toMatchObject([
        { status: 'queued', step: 0 },
        { status: 'queued', step: 0 },
      ])
    }))

  it('is seen by others as a change from outside, and by the one that makes it is not', () =>
    parties(open => {
      const [mine, other] = [open(), open()]
      mine.studies.add(study())
      const runId = mine.runs.list()[0]!.id
      const [own, outside] = [mine.outsideVersion(), other.outsideVersion()]
      claim(mine, runId)
      mine.record(runId, start())
      expect(mine.outsideVersion()).toBe(own)
      expect(other.outsideVersion()).not.toBe(outside)
      expect(other.outsideVersion()).toBe(other.outsideVersion())
    }))

  it('ends when the history is closed, with the run left interrupted', () =>
    parties(open => {
      const mine = open()
      const runId = (mine.studies.add(study()), mine.runs.list()[0]!.id)
      claim(mine, runId)
      mine.close()
      const other = open()
      expect(other.runs.get(runId).status).toBe('interrupted')
      claim(other, runId)
    }))

  it('of a process that died is found, told and free to take', () =>
    parties((open, home) => {
      const mine = open()
      const runId = (mine.studies.add(study()), mine.runs.list()[0]!.id)
      claim(mine, runId)
      mine.record(runId, start())
      mine.record(runId, progress(3))
      mine.record(runId, checkpoint('last', 3))
      mine.record(runId, progress(4))
      killAll(home)
      const told: string[][] = []
      const other = open({ onInterrupted: ids => told.push(ids) })
      expect(told).toEqual([[runId]])
      expect(other.runs.get(runId).status).toBe('interrupted')
      expect(other.runRecord(runId).attempts).toMatchObject([{ outcome: 'interrupted' }])
      expect(steps(other, runId)).toEqual([3, 4])
      expect(claim(other, runId)).toEqual({
        attempt: 2,
        resume: { epoch: 0, step: 3, last: Buffer.from('last 3'), best: null },
      })
      expect(steps(other, runId)).toEqual([3])
      expect(codeOf(() => mine.record(runId, progress(5)))).toBe('run-not-claimed')
      expect(codeOf(() => mine.record(runId, checkpoint('last', 5)))).toBe('run-not-claimed')
      expect(steps(other, runId)).toEqual([3])
    }))

  it('can be taken from a dead process also before anyone has found it dead', () =>
    parties((open, home) => {
      const [mine, other] = [open(), open()]
      const runId = (mine.studies.add(study()), mine.runs.list()[0]!.id)
      claim(mine, runId)
      killAll(home)
      expect(claim(other, runId).attempt).toBe(2)
      expect(other.runRecord(runId).attempts.map(({ outcome }) => outcome)).toEqual(['interrupted', 'running'])
    }))

  it('is not for runs trained to their end, except from the start', () =>
    parties(open => {
      const mine = open()
      const runId = (mine.studies.add(study()), mine.runs.list()[0]!.id)
      claim(mine, runId)
      const events: RunEvent[] = [
        start(),
        progress(1),
        epoch(0),
        checkpoint('last', 10),
        { kind: 'evaluation', which: 'last', scores: [score('a', 3)] },
        { kind: 'done', reason: 'stopped-early', epochs: 1, bestEpoch: 0 },
      ]
      for (const event of events) mine.record(runId, event)
      expect(codeOf(() => claim(mine, runId))).toBe('run-over')
      expect(codeOf(() => mine.runs.queue(runId))).toBe('run-over')
      expect(claim(mine, runId, 'start')).toEqual({ attempt: 2, resume: null })
      expect(mine.runRecord(runId)).toMatchObject({
        parameters: [],
        epochs: [],
        series: {},
        checkpoints: [],
        scores: { last: [] },
        run: { status: 'running', step: 0, epochsDone: 0, learningRate: null, frozenIntact: null },
      })
      expect(existsSync(`${mine.paths.checkpoints}/${runId}/last.safetensors`)).toBe(false)
    }))
})

describe('going on from the last checkpoint', () => {
  it('leaves exactly what was recorded up to it', () =>
    parties(open => {
      const mine = open()
      const runId = (mine.studies.add(study()), mine.runs.list()[0]!.id)
      claim(mine, runId)
      const kept: RunEvent[] = [
        start(),
        freeze(0),
        progress(4),
        progress(10),
        epoch(0, { best: true }),
        checkpoint('best', 10),
        freeze(1, 'release'),
        progress(14),
        checkpoint('last', 15),
      ]
      const dropped: RunEvent[] = [
        progress(16),
        progress(20),
        epoch(1, { best: true, frozenIntact: false }),
        checkpoint('best', 20),
        freeze(2),
        progress(25),
        epoch(2),
        { kind: 'evaluation', which: 'best', scores: [score('a', 3)] },
      ]
      for (const event of [...kept, ...dropped]) mine.record(runId, event)
      expect(mine.runs.get(runId)).toMatchObject({ step: 30, epochsDone: 3, frozenIntact: false })
      mine.runs.release(runId, 'paused')
      expect(claim(mine, runId).resume).toEqual({
        epoch: 1,
        step: 15,
        last: Buffer.from('last 15'),
        best: Buffer.from('best 10'),
      })
      const { run, ...record } = mine.runRecord(runId)
      expect(run).toMatchObject({ status: 'running', step: 15, epochsDone: 1, bestEpoch: 0, frozenIntact: true })
      expect(steps(mine, runId)).toEqual([4, 10, 14])
      expect(record.epochs.map(({ epoch: number }) => number)).toEqual([0])
      expect(record.freezes.map(({ epoch: before, action }) => [before, action])).toEqual([
        [0, 'freeze'],
        [1, 'release'],
      ])
      expect(record.scores).toEqual({ best: [], last: [] })
      expect(record.checkpoints.map(({ which, step }) => [which, step])).toEqual([
        ['best', 10],
        ['last', 15],
      ])
      expect(readFileSync(`${mine.paths.checkpoints}/${runId}/best.safetensors`, 'utf8')).toBe('best 10')
      for (const event of dropped) mine.record(runId, event)
      expect(steps(mine, runId)).toEqual([4, 10, 14, 16, 20, 25])
      expect(mine.runRecord(runId).freezes.length).toBe(3)
    }))

  it('keeps the first learning rate, and refuses a model with other parameters', () =>
    parties(open => {
      const mine = open()
      const runId = (mine.studies.add(study()), mine.runs.list()[0]!.id)
      claim(mine, runId)
      mine.record(runId, start())
      mine.record(runId, checkpoint('last', 15))
      mine.runs.release(runId, 'paused')
      claim(mine, runId)
      expect(codeOf(() => mine.record(runId, start({ resumed: true, parameters: PARAMETERS.slice(1) })))).toBe(
        'run-mismatch',
      )
      mine.record(runId, start({ resumed: true, epoch: 1, learningRate: 0.001 }))
      expect(mine.runs.get(runId).learningRate).toBe(0.005)
      mine.runs.release(runId, 'paused')
      mine.runs.restart([runId])
      expect(mine.runs.get(runId)).toMatchObject({ status: 'queued', step: 0 })
      claim(mine, runId)
      mine.record(runId, start({ parameters: PARAMETERS.slice(1), learningRate: 0.002 }))
      expect(mine.runs.get(runId).learningRate).toBe(0.002)
    }))

  it('drops everything when there is no last checkpoint', () =>
    parties(open => {
      const mine = open()
      const runId = (mine.studies.add(study()), mine.runs.list()[0]!.id)
      claim(mine, runId)
      for (const event of [start(), freeze(0), progress(4), epoch(0), checkpoint('best', 10)]) mine.record(runId, event)
      mine.runs.release(runId, 'interrupted')
      expect(claim(mine, runId).resume).toBeNull()
      expect(mine.runRecord(runId)).toMatchObject({
        parameters: [],
        freezes: [],
        epochs: [],
        series: {},
        checkpoints: [],
        run: { step: 0, bestEpoch: null },
      })
    }))

  it('does not begin with a checkpoint that is not what was stored, and changes nothing then', () =>
    parties(open => {
      const mine = open()
      const runId = (mine.studies.add(study()), mine.runs.list()[0]!.id)
      claim(mine, runId)
      for (const event of [start(), progress(4), checkpoint('last', 5), progress(6)]) mine.record(runId, event)
      mine.runs.release(runId, 'paused')
      const { file } = mine.checkpoints.read(runId, 'last')!
      const bytes = readFileSync(file)
      bytes[0]! ^= 1
      writeFileSync(file, bytes)
      expect(codeOf(() => claim(mine, runId))).toBe('checkpoint-damaged')
      expect([mine.runs.get(runId).status, steps(mine, runId)]).toEqual(['paused', [4, 6]])
      expect(codeOf(() => mine.checkpoints.read(runId, 'last'))).toBe('checkpoint-damaged')
      rmSync(file)
      writeFileSync(`${mine.paths.checkpoints}/${runId}/last.safetensors`, 'last 5')
      expect(Buffer.from(claim(mine, runId).resume!.last).toString()).toBe('last 5')
    }))
})

describe('a process', () => {
  const here = identify()
  const now = 1_000_000
  const self: Beat = { ...here, beat_at: now }

  it('lives as long as the system knows it, however long it has been silent, where the system tells', () => {
    expect(isAlive({ ...self, beat_at: 0 }, here, now)).toBe(here.birth !== '')
  })

  it('has ended when its number is free, or belongs to a process that started at another time', () => {
    expect(isAlive({ ...self, pid: 2 ** 22 + 1 }, here, now)).toBe(false)
    expect(isAlive({ ...self, birth: '1' }, here, now)).toBe(false)
  })

  it('has ended when the machine was started anew', () => {
    expect(isAlive({ ...self, boot: 'before' }, here, now)).toBe(false)
  })

  it('on another machine counts as dead after a minute of silence', () => {
    const far = { ...self, place: 'elsewhere', pid: 2 ** 22 + 1 }
    expect([isAlive(far, here, now + 59_000), isAlive(far, here, now + 60_000)]).toEqual([true, false])
  })

  it('whose start the system does not tell counts as dead after a minute of silence, and at once when its number is free', () => {
    const blind = { ...self, birth: '', boot: '' }
    expect([
      isAlive(blind, { ...here, boot: '' }, now + 59_000),
      isAlive(blind, { ...here, boot: '' }, now + 61_000),
    ]).toEqual([true, false])
    expect(isAlive({ ...blind, pid: 2 ** 22 + 1 }, { ...here, boot: '' }, now)).toBe(false)
  })
})
