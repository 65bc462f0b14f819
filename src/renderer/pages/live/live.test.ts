import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CurveMetric, LiveEpoch, LivePoints } from '../../../shared/contract/index.ts'
import { liveFigure, type LiveAxis } from './figures.ts'
import {
  addEpoch,
  addPoints,
  append,
  bandOf,
  emptySeries,
  KEPT,
  measured,
  setCurve,
  type RunSeries,
} from './run-series.ts'

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

describe('a growing series', () => {
  it('stays bounded, keeps its ends and its mean', () => {
    const series = emptySeries()
    for (let i = 0; i < 5000; i += 10) append(series, range(i, i + 10), range(i, i + 10))
    expect(series.x.length).toBeLessThanOrEqual(2 * KEPT)
    expect(series.x.length).toBeGreaterThan(KEPT / 2)
    expect(series.x.at(-1)).toBe(4999)
    expect(series.x.every((x, i) => i === 0 || x > series.x[i - 1]!)).toBe(true)
    expect(series.y.every((y, i) => y <= series.x[i]!)).toBe(true)
  })

  it('drops what an earlier checkpoint takes back', () => {
    const series = emptySeries()
    append(series, [1, 2, 3, 4], [10, 20, 30, 40])
    append(series, [3, 4], [33, 44])
    expect(series).toEqual({ x: [1, 2, 3, 4], y: [10, 20, 33, 44] })
  })

  it('gives way to what the history has', () => {
    const run: RunSeries = new Map([
      ['loss', { x: [10, 20, 30], y: [1, 2, 3] }],
      ['validationLoss', { x: [10], y: [1] }],
    ])
    setCurve(run, 'loss', { from: Float64Array.of(5, 30), to: Float64Array.of(25, 50), mean: Float64Array.of(5, 4) })
    setCurve(run, 'validationLoss', { from: Float64Array.of(25), to: Float64Array.of(25), mean: Float64Array.of(NaN) })
    expect([...run]).toEqual([['loss', { x: [25, 50], y: [5, 4] }]])
  })

  it('averages over gaps without spreading them', () => {
    const series = emptySeries()
    append(
      series,
      range(0, 2 * KEPT + 1),
      range(0, 2 * KEPT + 1).map(i => (i === 4 ? Number.NaN : 1)),
    )
    expect(series.x).toHaveLength(KEPT + 1)
    expect(series.y.every(y => y === 1)).toBe(true)
  })

  it('takes points and epochs by metric', () => {
    const run: RunSeries = new Map()
    addPoints(run, {
      steps: Float64Array.of(5, 10),
      loss: Float64Array.of(1, 0.5),
      stepsPerSecond: Float64Array.of(100, 90),
      gradientNorm: { memory: Float64Array.of(2, 3) },
    })
    addEpoch(run, {
      epoch: 0,
      step: 10,
      trainLoss: 0.7,
      validationLoss: 0.6,
      validationAccuracy: 0.4,
      learningRate: 0.01,
      best: true,
      frozen: [],
      frozenIntact: true,
      stepsPerSecond: 95,
      gradientNorm: { memory: 2.5 },
      updateNorm: { memory: 0.1 },
    })
    expect(run.get('gradientNorm.memory')).toEqual({ x: [5, 10], y: [2, 3] })
    expect(run.get('validationAccuracy')).toEqual({ x: [10], y: [0.4] })
    expect(run.get('updateNorm.memory')).toEqual({ x: [10], y: [0.1] })
    expect(run.get('epochGradientNorm.memory')).toEqual({ x: [10], y: [2.5] })
    expect(run.get('epochStepsPerSecond')).toEqual({ x: [10], y: [95] })
  })
})

const epoch = (number: number, step: number, fields: Partial<LiveEpoch> = {}): LiveEpoch => ({
  epoch: number,
  step,
  trainLoss: 1,
  validationLoss: 1,
  validationAccuracy: 0.5,
  learningRate: 0.01,
  best: true,
  frozen: [],
  frozenIntact: true,
  stepsPerSecond: 100,
  gradientNorm: { controller: 1 },
  updateNorm: {},
  ...fields,
})
const pointsAt = (steps: readonly number[], loss: readonly number[]): LivePoints => ({
  steps: Float64Array.from(steps),
  loss: Float64Array.from(loss),
  stepsPerSecond: Float64Array.from(steps, () => 100),
  gradientNorm: {},
})

describe('what was measured', () => {
  it('stands in the middle of its steps, and an epoch’s record counts in place of a coarser log', () => {
    const run: RunSeries = new Map()
    // A fast run, as it was told: the log has a point every 200 steps or so, an epoch has 36.
    for (let i = 0; i < 30; i++) addEpoch(run, epoch(i, 36 * (i + 1), { trainLoss: 1 / (i + 1) }))
    addPoints(run, pointsAt([210, 430, 1_090], [0.7, 0.6, 0.593]))
    const { x, y } = measured(run, 'loss')
    expect(x.slice(0, 2)).toEqual([18, 54])
    expect([x[29], y[29]]).toEqual([1_062, 1 / 30])
    expect(x).toHaveLength(30)
  })

  it('is the log where that has several points in an epoch, and behind the last record', () => {
    const run: RunSeries = new Map()
    addPoints(run, pointsAt([10, 20, 30, 40, 50], [5, 4, 3, 2, 1.5]))
    expect(measured(run, 'loss')).toEqual({ x: [5, 15, 25, 35, 45], y: [5, 4, 3, 2, 1.5] })
    addEpoch(run, epoch(0, 40, { trainLoss: 3.5 }))
    expect(measured(run, 'loss')).toEqual({ x: [5, 15, 25, 35, 45], y: [5, 4, 3, 2, 1.5] })
    addEpoch(run, epoch(1, 55, { trainLoss: 1.25 }))
    expect(measured(run, 'loss')).toEqual({ x: [5, 15, 25, 35, 47.5], y: [5, 4, 3, 2, 1.25] })
  })

  it('has a gap where a part was frozen, whatever the log says', () => {
    const run: RunSeries = new Map()
    for (const [i, memory] of [0.5, undefined, undefined, 0.4].entries())
      addEpoch(run, epoch(i, 10 * (i + 1), { gradientNorm: memory === undefined ? {} : { memory } }))
    append(
      run.get('gradientNorm.memory') ?? run.set('gradientNorm.memory', emptySeries()).get('gradientNorm.memory')!,
      [8, 34],
      [0.6, 0.01],
    )
    expect(measured(run, 'gradientNorm.memory')).toEqual({ x: [10, 20, 30, 40], y: [0.5, Number.NaN, Number.NaN, 0.4] })
  })
})

describe('a band', () => {
  it('is the mean, the lowest and the highest of runs where they are measured', () => {
    const { x, mean, low, high } = bandOf([
      { x: [10, 20, 30], y: [1, 2, 3] },
      { x: [10, 20, 30], y: [3, 4, 5] },
    ])
    expect([x, mean, low, high]).toEqual([
      [10, 20, 30],
      [2, 3, 4],
      [1, 2, 3],
      [3, 4, 5],
    ])
  })

  it('joins a run’s points, and ends a run where it ends', () => {
    const { x, mean } = bandOf([
      { x: [10, 40], y: [1, 4] },
      { x: [10, 20, 30, 40, 50], y: [1, 1, 1, 2, 7] },
    ])
    expect(x).toEqual([10, 20, 30, 40, 50])
    expect(mean).toEqual([1, 1.5, 2, 3, 7])
  })

  it('does not reach over gaps', () => {
    const { mean } = bandOf([
      { x: [10, 20, 30], y: [1, Number.NaN, 3] },
      { x: [10, 15, 20, 30], y: [5, 5, 5, 5] },
    ])
    expect(mean).toEqual([3, 5, 5, 4])
  })

  it('of nothing is nothing', () => {
    expect(bandOf([])).toEqual({ x: [], mean: [], low: [], high: [] })
  })
})

/** Runs as an engine makes them: losses by step, of which the epochs' records and the log are means, each over its own steps. */
const trained = fc
  .record({
    perEpoch: fc.integer({ min: 1, max: 60 }),
    epochs: fc.integer({ min: 1, max: 40 }),
    drift: fc.double({ min: 0.9, max: 0.999, noNaN: true }),
    /** Steps between points of the log. */
    logged: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 40 }),
    frozen: fc.option(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 20 })), { nil: null }),
    noise: fc.integer(),
  })
  .map(({ perEpoch, epochs, drift, logged, frozen, noise }) => {
    const steps = perEpoch * epochs
    const losses = Array.from({ length: steps }, (_, i) => 0.3 + drift ** i + 0.1 * Math.sin(noise + 2.7 * i))
    const over = (from: number, to: number): number => losses.slice(from, to).reduce((a, b) => a + b) / (to - from)
    const isFrozen = (number: number): boolean =>
      frozen !== null && number >= frozen[0] && number < frozen[0] + frozen[1]
    const run: RunSeries = new Map()
    const records: { x: number; y: number }[] = []
    const norms: { x: number; y: number }[] = []
    let at = 0
    for (let i = 0; at < steps; i++) {
      const to = Math.min(steps, at + logged[i % logged.length]!)
      addPoints(run, pointsAt([to], [over(at, to)]))
      records.push({ x: (at + to) / 2, y: over(at, to) })
      const live = Array.from({ length: to - at }, (_, k) => at + k).filter(
        step => !isFrozen(Math.floor(step / perEpoch)),
      )
      if (live.length > 0) {
        const norm = live.reduce((sum, step) => sum + losses[step]!, 0) / (to - at)
        const own = run.get('gradientNorm.memory') ?? emptySeries()
        run.set('gradientNorm.memory', own)
        append(own, [to], [norm])
        norms.push({ x: (at + to) / 2, y: norm })
      }
      at = to
    }
    for (let i = 0; i < epochs; i++) {
      const [from, to] = [perEpoch * i, perEpoch * (i + 1)]
      addEpoch(
        run,
        epoch(i, to, {
          trainLoss: over(from, to),
          gradientNorm: isFrozen(i) ? {} : { memory: losses[to - 1]! },
        }),
      )
      records.push({ x: (from + to) / 2, y: over(from, to) })
      if (!isFrozen(i)) norms.push({ x: to, y: losses[to - 1]! })
    }
    const sorted = (all: { x: number; y: number }[]) => all.sort((a, b) => a.x - b.x)
    return { run, perEpoch, epochs, losses, isFrozen, records: sorted(records), norms: sorted(norms) }
  })

const lawPlan = (runs: readonly RunSeries[]) => ({
  id: 'p',
  title: 'P',
  style: { slot: 0, dash: [], marker: 'circle' } as const,
  runs: runs.map((series, seed) => ({ seed, stepsPerEpoch: null, series })),
})

describe('the law of live figures', () => {
  it('every point of a run is a record of it, at its place', () => {
    fc.assert(
      fc.property(trained, ({ run, records, norms }) => {
        for (const [metric, known] of [
          ['loss', records],
          ['gradientNorm.memory', norms],
        ] as const) {
          const { x, y } = measured(run, metric)
          expect([...x]).toEqual(x.toSorted((a, b) => a - b))
          x.forEach((place, i) => {
            if (Number.isNaN(y[i]!)) return
            const least = Math.min(
              ...known.filter(({ y: one }) => Math.abs(one - y[i]!) < 1e-9).map(one => Math.abs(one.x - place)),
            )
            expect(least).toBeLessThanOrEqual(1e-9)
          })
        }
      }),
      { numRuns: 100 },
    )
  })

  it('in an epoch that the log does not resolve, its record is drawn; in a frozen one no norm', () => {
    fc.assert(
      fc.property(trained, ({ run, perEpoch, epochs, isFrozen }) => {
        const { x, y } = measured(run, 'loss')
        const norms = measured(run, 'gradientNorm.memory')
        const record = run.get('trainLoss')!
        for (let i = 0; i < epochs; i++) {
          const inside = x.flatMap((place, k) => (place > perEpoch * i && place <= perEpoch * (i + 1) ? [y[k]!] : []))
          if (inside.length < 4) expect(inside).toEqual([record.y[i]])
          if (!isFrozen(i)) continue
          norms.x.forEach((place, k) => {
            if (place > perEpoch * i && place <= perEpoch * (i + 1)) expect(norms.y[k]).toBeNaN()
          })
        }
      }),
      { numRuns: 100 },
    )
  })

  it('mean and band lie within the records around them, of runs that have a value there', () => {
    fc.assert(
      fc.property(fc.array(trained, { minLength: 1, maxLength: 4 }), fc.boolean(), (runs, small) => {
        const { lines } = liveFigure('loss', [lawPlan(runs.map(({ run }) => run))], [], { small })
        const [line] = lines
        for (let i = 0; i < line!.x.length; i++) {
          const place = line!.x[i]!
          const around = runs.flatMap(({ run }) => {
            const { x, y } = measured(run, 'loss')
            if (place < x[0]! - 1e-9 || place > x.at(-1)! + 1e-9) return []
            // Where there are many points, neighbours are drawn as their mean.
            const reach = Math.ceil(x.length / (small ? 120 : 240))
            const behind = x.findIndex(one => one >= place - 1e-9)
            return [y.slice(Math.max(0, behind - 2 * reach), behind + 2 * reach)]
          })
          const lowest = Math.min(...around.flat()) - 1e-9
          const highest = Math.max(...around.flat()) + 1e-9
          if (Number.isNaN(line!.y[i]!)) continue
          for (const value of [line!.y[i]!, line!.low?.[i] ?? line!.y[i]!, line!.high?.[i] ?? line!.y[i]!]) {
            expect(value).toBeGreaterThanOrEqual(lowest)
            expect(value).toBeLessThanOrEqual(highest)
          }
          // The mean cannot be lower than the mean of what each run had least around there.
          const bound = (of: (values: number[]) => number): number =>
            around.map(of).reduce((a, b) => a + b, 0) / around.length
          expect(line!.y[i]!).toBeGreaterThanOrEqual(bound(values => Math.min(...values)) - 1e-9)
          expect(line!.y[i]!).toBeLessThanOrEqual(bound(values => Math.max(...values)) + 1e-9)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a figure of what is live', () => {
  const series = (y: number[]): ReadonlyMap<CurveMetric, { x: number[]; y: number[] }> =>
    new Map([['loss', { x: range(1, y.length + 1), y }]])
  const style = { slot: 1, dash: [7, 3], marker: 'rect' } as const
  const plan = {
    id: 'frozen-memory',
    title: 'Memory frozen',
    style,
    runs: [
      { seed: 1, stepsPerEpoch: 2, series: series([2, 1]) },
      { seed: 2, stepsPerEpoch: 2, series: series([4, 3]) },
    ],
  }

  it('has a line a plan with its seeds behind it', () => {
    const { lines } = liveFigure('loss', [plan, { ...plan, id: 'waiting', runs: [] }], [])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      label: 'Memory frozen',
      colour: 1,
      x: [0.5, 1.5],
      y: [3, 2],
      low: [2, 1],
      high: [4, 3],
    })
    expect(lines[0]!.members!.map(({ label }) => label)).toEqual(['seed 1', 'seed 2'])
  })

  it('marks what all seeds do at once only once, and only for plans in sight', () => {
    const freeze = {
      step: 30,
      planId: 'frozen-memory',
      title: 'Memory frozen',
      action: 'freeze' as const,
      reason: 'memory from epoch 3',
    }
    expect(liveFigure('loss', [plan], [freeze, freeze, { ...freeze, planId: 'other' }]).marks).toEqual([
      { x: 30, label: 'Memory frozen: frozen, memory from epoch 3', colour: 1 },
    ])
  })

  it('goes along epochs, and along the time that training took', () => {
    const own = (speed: number) =>
      new Map<CurveMetric, { x: number[]; y: number[] }>([
        ['validationLoss', { x: [10, 20, 30], y: [3, 2, 1] }],
        ['epochStepsPerSecond', { x: [10, 20], y: [speed, speed / 2] }],
        ['stepsPerSecond', { x: [15, 30], y: [1, speed] }],
      ])
    const plans = [{ ...plan, runs: [5, 10].map((speed, seed) => ({ seed, stepsPerEpoch: 10, series: own(speed) })) }]
    const freeze = { step: 10, planId: plan.id, title: plan.title, action: 'freeze' as const, reason: 'memory' }
    const drawn = (along: LiveAxis) => {
      const { x, lines, marks } = liveFigure('validationLoss', plans, [freeze], { along })
      return [x.title, ...lines[0]!.members!.map(member => [...Array.from(member.x)]), marks![0]!.x]
    }
    expect(drawn('epoch')).toEqual(['epochs trained', [1, 2, 3], [1, 2, 3], 1])
    expect(drawn('time')).toEqual(['time in training, seconds', [2, 6, 8], [1, 3, 4], 1.5])
  })
})
