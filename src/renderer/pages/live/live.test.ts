import { describe, expect, it } from 'vitest'
import type { CurveMetric } from '../../../shared/contract/index.ts'
import { liveFigure } from './figures.ts'
import { addEpoch, addPoints, append, bandOf, emptySeries, KEPT, setCurve, type RunSeries } from './run-series.ts'

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
    setCurve(run, 'loss', { to: Float64Array.of(25, 50), mean: Float64Array.of(5, 4) })
    setCurve(run, 'validationLoss', { to: Float64Array.of(25), mean: Float64Array.of(NaN) })
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
      updateNorm: { memory: 0.1 },
    })
    expect(run.get('gradientNorm.memory')).toEqual({ x: [5, 10], y: [2, 3] })
    expect(run.get('validationAccuracy')).toEqual({ x: [10], y: [0.4] })
    expect(run.get('updateNorm.memory')).toEqual({ x: [10], y: [0.1] })
  })
})

describe('a band', () => {
  it('is the mean, the lowest and the highest of runs at other steps', () => {
    const { x, mean, low, high } = bandOf(
      [
        { x: [10, 20, 30, 40], y: [1, 2, 3, 4] },
        { x: [12, 22, 29, 38], y: [3, 4, 5, 6] },
      ],
      4,
    )
    expect(x).toEqual([10, 20, 30, 40])
    expect([mean, low, high]).toEqual([
      [1, 2.5, 3.75, 5],
      [1, 2, 3, 4],
      [1, 3, 4.5, 6],
    ])
  })

  it('ends a run where it ends, and holds its value between its points', () => {
    const { mean } = bandOf(
      [
        { x: [10, 40], y: [1, 4] },
        { x: [10, 20, 30, 40], y: [1, 1, 1, 2] },
      ],
      4,
    )
    expect(mean).toEqual([1, 1, 1, 3])
    expect(
      bandOf(
        [
          { x: [10, 20], y: [1, 1] },
          { x: [10, 20, 30, 40], y: [3, 3, 3, 3] },
        ],
        4,
      ).mean,
    ).toEqual([2, 2, 3, 3])
  })

  it('of nothing is nothing', () => {
    expect(bandOf([]).mean).toEqual([Number.NaN])
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
      { seed: 1, series: series([2, 1]) },
      { seed: 2, series: series([4, 3]) },
    ],
  }

  it('has a line a plan with its seeds behind it', () => {
    const { lines } = liveFigure('loss', [plan, { ...plan, id: 'waiting', runs: [] }], [])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      label: 'Memory frozen',
      colour: 1,
      x: [1, 2],
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
})
