import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COMPONENTS } from '../../shared/run-events.ts'
import type { EpochEvent, RunEvent } from '../../shared/run-events.ts'
import type { Metric } from '../../shared/records.ts'
import { CHUNK } from './metrics.ts'
import { pointOf } from './points.ts'
import type { Progress } from './points.ts'
import { openHistory } from './history.ts'
import type { History } from './history.ts'
import { ENVIRONMENT, STEPS_PER_EPOCH, checkpoint, epoch, freeze, progress, snapshot, start } from './testing/events.ts'
import { codeOf, study, withHome } from './testing/fixtures.ts'

/** The obvious history of one run: a list of what was recorded, shortened when training goes back. */
class Model {
  points: Progress[] = []
  epochs: EpochEvent[] = []
  freezes: Extract<RunEvent, { kind: 'freeze' }>[] = []
  /** Step of the last checkpoint. */
  saved: number | null = null
  bests: number[] = []
  /** By epoch. */
  snapshots = new Map<number, Extract<RunEvent, { kind: 'snapshot' }>>()

  record(event: RunEvent): void {
    if (event.kind === 'progress' && event.step > (this.points.at(-1)?.step ?? -1)) this.points.push(event)
    if (event.kind === 'epoch')
      this.epochs = [...this.epochs.filter(({ epoch: number }) => number !== event.epoch), event]
    if (
      event.kind === 'freeze' &&
      !this.freezes.some(({ epoch: before, action }) => before === event.epoch && action === event.action)
    )
      this.freezes.push(event)
    if (event.kind === 'checkpoint' && event.which === 'last') this.saved = event.step
    if (event.kind === 'checkpoint' && event.which === 'best') this.bests.push(event.step)
    if (event.kind === 'snapshot') this.snapshots.set(event.epoch, event)
  }

  goBack(): void {
    const step = this.saved ?? -1
    this.points = this.points.filter(point => point.step <= step)
    this.epochs = this.epochs.filter(of => of.step <= step)
    this.freezes = this.freezes.filter(of => of.epoch * STEPS_PER_EPOCH <= step)
    this.bests = this.bests.filter(of => of <= step)
    this.snapshots = new Map([...this.snapshots].filter(([, of]) => of.step <= step))
  }
}

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(NaN, -0, Infinity, -Infinity, Number.MIN_VALUE))
const point = fc.record({
  gap: fc.integer({ min: 1, max: 4 }),
  loss: anyNumber,
  stepsPerSecond: anyNumber,
  norms: fc.dictionary(fc.constantFrom(...COMPONENTS), anyNumber),
})
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('points' as const),
      points: fc.array(point, { minLength: 1, maxLength: 30 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('many' as const),
      count: fc.integer({ min: 1, max: 2 * CHUNK }),
      loss: anyNumber,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('epoch' as const), best: fc.boolean(), trainLoss: anyNumber }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('freeze' as const),
      action: fc.constantFrom('freeze' as const, 'release' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('save' as const),
      which: fc.constantFrom('last' as const, 'best' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('keep' as const), content: fc.string() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('go back' as const), reopen: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), back: fc.integer({ min: 1, max: 20 }) }) },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

/** What a trainer at `step` could say next. */
function eventsOf(command: Command, step: number, said: readonly RunEvent[]): RunEvent[] {
  const at = (gap: number): number => step + gap
  const epochAt = (of: number): number => Math.floor(of / STEPS_PER_EPOCH)
  switch (command.kind) {
    case 'points': {
      let next = step
      return command.points.map(({ gap, loss, stepsPerSecond, norms }) => {
        next += gap
        return {
          kind: 'progress',
          epoch: epochAt(next),
          step: next,
          stepsPerEpoch: STEPS_PER_EPOCH,
          loss,
          stepsPerSecond,
          gradientNorm: norms,
        }
      })
    }
    case 'many':
      return Array.from({ length: command.count }, (_, i) => ({
        kind: 'progress',
        epoch: epochAt(at(i + 1)),
        step: at(i + 1),
        stepsPerEpoch: STEPS_PER_EPOCH,
        loss: i % 7 === 0 ? command.loss : i / 3,
        stepsPerSecond: i,
        gradientNorm: i % 5 === 0 ? {} : { memory: -i },
      }))
    // A loss of -0 comes back as 0: only points are kept to the bit.
    case 'epoch':
      return [epoch(epochAt(at(STEPS_PER_EPOCH)) - 1, { best: command.best, trainLoss: command.trainLoss + 0 })]
    case 'freeze':
      return [freeze(epochAt(step), command.action)]
    case 'save':
      return [checkpoint(command.which, step)]
    case 'keep':
      return [snapshot(epochAt(step), command.content)]
    case 'go back':
      return []
    case 'repeat':
      return said.slice(-command.back)
  }
}

const bits = (values: Float64Array | number[]): string => Buffer.from(Float64Array.from(values).buffer).toString('hex')

function compare(history: History, runId: string, model: Model): void {
  const record = history.runRecord(runId)
  const metrics = new Map<Metric, { steps: number[]; values: number[] }>()
  for (const event of model.points) {
    for (const [metric, value] of Object.entries(pointOf(event)) as [Metric, number][]) {
      const column = metrics.get(metric) ?? { steps: [], values: [] }
      column.steps.push(event.step)
      column.values.push(value)
      metrics.set(metric, column)
    }
  }
  expect(Object.keys(record.series).sort()).toEqual([...metrics.keys()].sort())
  for (const [metric, { steps, values }] of metrics) {
    expect(bits(record.series[metric]!.steps)).toBe(bits(steps))
    expect(bits(record.series[metric]!.values)).toBe(bits(values))
  }
  const plain = ({ kind: _kind, ...rest }: RunEvent) => rest
  expect(record.epochs).toEqual([...model.epochs].sort((a, b) => a.epoch - b.epoch).map(plain))
  expect(record.freezes).toEqual([...model.freezes].sort((a, b) => a.epoch - b.epoch).map(plain))
  expect(record.checkpoints.filter(({ which }) => which === 'last').map(({ step }) => step)).toEqual(
    model.saved === null ? [] : [model.saved],
  )
  expect(history.checkpoints.read(runId, 'best')?.step).toBe(model.bests.length ? Math.max(...model.bests) : undefined)
  expect(
    record.snapshots.map(({ epoch: of, step }) => [of, step, Buffer.from(history.snapshots.read(runId, of)!.content)]),
  ).toEqual(
    [...model.snapshots.values()]
      .sort((a, b) => a.epoch - b.epoch)
      .map(({ epoch: of, step, bytes }) => [of, step, bytes]),
  )
  expect(history.snapshots.read(runId, 1_000_000)).toBeUndefined()
  const curve = history.metrics.curve(runId, 'loss', { buckets: 7 })
  expect(curve.count.reduce((sum, count, i) => sum + count + curve.lost[i]!, 0)).toBe(model.points.length)
}

describe('any sequence of events, crashes and resumes', () => {
  it('leaves what a plain list of events would', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 12 }), commands =>
        withHome(home => {
          const model = new Model()
          let history = openHistory({ home })
          const runId = (history.studies.add(study()), history.runs.list()[0]!.id)
          const claim = (): void => {
            history.runs.claim(runId, { environment: ENVIRONMENT })
          }
          claim()
          history.record(runId, start())
          let step = 0
          let said: RunEvent[] = []
          try {
            for (const next of commands) {
              if (next.kind === 'go back') {
                if (next.reopen) {
                  history.close()
                  history = openHistory({ home })
                } else {
                  history.runs.release(runId, 'paused')
                }
                claim()
                history.record(runId, start({ resumed: model.saved !== null }))
                model.goBack()
                step = model.saved ?? 0
                said = []
              }
              const events = eventsOf(next, step, said)
              history.recordAll(events.map(event => ({ runId, event })))
              for (const event of events) model.record(event)
              said.push(...(next.kind === 'repeat' ? [] : events))
              step = Math.max(step, ...events.map(event => ('step' in event ? event.step : 0)))
              compare(history, runId, model)
            }
            history.record(runId, { kind: 'done', reason: 'finished', epochs: 0, bestEpoch: -1 })
            compare(history, runId, model)
            expect(codeOf(() => history.check())).toBe('none')
          } finally {
            history.close()
          }
        }),
      ),
      { numRuns: 25, interruptAfterTimeLimit: 12_000, markInterruptAsFailure: false },
    )
  })
})

describe('a record that is cut at the edge of a chunk', () => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK])('keeps the points up to step %i', saved =>
    withHome(home => {
      const history = openHistory({ home })
      const runId = (history.studies.add(study()), history.runs.list()[0]!.id)
      history.runs.claim(runId, { environment: ENVIRONMENT })
      history.recordAll(Array.from({ length: 2 * CHUNK + 5 }, (_, i) => ({ runId, event: progress(i) })))
      history.record(runId, checkpoint('last', saved))
      history.runs.release(runId, 'paused')
      history.runs.claim(runId, { environment: ENVIRONMENT })
      expect([...history.metrics.series(runId).loss!.steps]).toEqual(Array.from({ length: saved + 1 }, (_, i) => i))
      history.record(runId, progress(saved + 1))
      expect(history.metrics.series(runId).loss!.steps.length).toBe(saved + 2)
      history.close()
    }),
  )
})

describe('the curve of a long run', () => {
  it('is exact for the steps that its buckets name, at every level of detail and for every part', () =>
    withHome(home => {
      const history = openHistory({ home })
      const runId = (history.studies.add(study()), history.runs.list()[0]!.id)
      history.runs.claim(runId, { environment: ENVIRONMENT })
      const values = Array.from({ length: 10 * CHUNK + 100 }, (_, i) => (i % 997 === 5 ? NaN : Math.sin(i) * i))
      const stepOf = (i: number): number => 2 * i + 1
      history.recordAll(
        values.map((loss, i) => ({
          runId,
          event: {
            kind: 'progress',
            epoch: 0,
            step: stepOf(i),
            stepsPerEpoch: 1e6,
            loss,
            gradientNorm: {},
            stepsPerSecond: 1,
          },
        })),
      )
      for (const { buckets, from = 0, to = Infinity } of [
        { buckets: 3 },
        { buckets: 60 },
        { buckets: 2000 },
        { buckets: 20_000 },
        { buckets: 4, from: 1000, to: 15_000 },
        { buckets: 40, from: 5000, to: 5400 },
        { buckets: 2, from: 20_400, to: 20_600 },
      ]) {
        const curve = history.metrics.curve(runId, 'loss', { buckets, from, to })
        const inRange = values
          .map((value, i) => ({ value, step: stepOf(i) }))
          .filter(({ step }) => step >= from && step <= to)
        expect(curve.from.length).toBeGreaterThan(0)
        expect(curve.from.length).toBeLessThanOrEqual(buckets)
        expect([curve.from[0], curve.to.at(-1)]).toEqual([inRange[0]!.step, inRange.at(-1)!.step])
        let at = 0
        curve.from.forEach((first, i) => {
          const inside = []
          for (; at < inRange.length && inRange[at]!.step <= curve.to[i]!; at++) inside.push(inRange[at]!)
          expect(inside[0]!.step).toBe(first)
          const finite = inside.map(({ value }) => value).filter(Number.isFinite)
          expect([curve.count[i], curve.lost[i]]).toEqual([finite.length, inside.length - finite.length])
          expect([curve.min[i], curve.max[i]]).toEqual(
            finite.length ? [Math.min(...finite), Math.max(...finite)] : [NaN, NaN],
          )
          if (finite.length)
            expect(curve.mean[i]).toBeCloseTo(finite.reduce((sum, value) => sum + value, 0) / finite.length, 6)
        })
        expect(at).toBe(inRange.length)
      }
      history.close()
    }))
})
