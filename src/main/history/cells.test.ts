import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Series } from '../../shared/records.ts'
import { bucketed, cellsOf } from './cells.ts'

const series = (values: number[], step = (i: number): number => i + 1): Series => ({
  steps: Float64Array.from(values, (_, i) => step(i)),
  values: Float64Array.from(values),
})

describe('buckets', () => {
  it('hold minimum, maximum, mean and counts of the steps that they name', () => {
    const curve = bucketed('loss', [series([4, 2, 6, 1, 1, 1, 9])], 3)
    expect(curve).toEqual({
      metric: 'loss',
      from: Float64Array.of(1, 4, 6),
      to: Float64Array.of(3, 5, 7),
      min: Float64Array.of(2, 1, 1),
      max: Float64Array.of(6, 1, 9),
      mean: Float64Array.of(4, 1, 5),
      count: Float64Array.of(3, 2, 2),
      lost: Float64Array.of(0, 0, 0),
    })
  })

  it('count what is not finite apart, and say NaN where nothing is', () => {
    const curve = bucketed('loss', [series([NaN, 3, -Infinity, NaN])], 2)
    expect([...curve.min, ...curve.max, ...curve.mean]).toEqual([3, NaN, 3, NaN, 3, NaN])
    expect([...curve.count, ...curve.lost]).toEqual([1, 0, 1, 2])
  })

  it('leave out spans of steps without points', () => {
    const curve = bucketed('loss', [series([1, 2, 3], i => [0, 1, 99][i]!)], 10)
    expect([[...curve.from], [...curve.to]]).toEqual([
      [0, 99],
      [1, 99],
    ])
  })

  it('are none for no points', () => {
    expect(bucketed('loss', [], 5).from.length).toBe(0)
    expect(bucketed('loss', [series([]), new Float64Array()], 5).from.length).toBe(0)
  })

  it('made from cells of any size agree with the points on every bucket that they make', () => {
    const value = fc.oneof(
      { weight: 5, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
      fc.constantFrom(NaN, Infinity, -Infinity, -0),
    )
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (values, size, buckets) => {
          const points = series(values, i => 3 * i)
          const cells = cellsOf(points, size)
          const curve = bucketed('loss', [cells], buckets)
          expect(curve.from.length).toBeLessThanOrEqual(buckets)
          let next = 0
          curve.from.forEach((from, i) => {
            expect(from).toBe(next)
            const inside = values.filter((_, at) => 3 * at >= from && 3 * at <= curve.to[i]!)
            const finite = inside.filter(Number.isFinite)
            expect([curve.count[i], curve.lost[i]]).toEqual([finite.length, inside.length - finite.length])
            // 0 and -0 are one minimum.
            expect([curve.min[i]! + 0, curve.max[i]! + 0]).toEqual(
              finite.length ? [Math.min(...finite) + 0, Math.max(...finite) + 0] : [NaN, NaN],
            )
            const mean = finite.reduce((sum, x) => sum + x, 0) / finite.length
            if (finite.length)
              expect(Math.abs(curve.mean[i]! - mean)).toBeLessThanOrEqual(1e-9 * Math.max(1, ...finite.map(Math.abs)))
            next = curve.to[i]! + 3
          })
          expect(next).toBe(3 * values.length)
        },
      ),
    )
  })

  it('are the same to the bit of points, of cells of one point each, and of some of both', () => {
    const value = fc.oneof(
      { weight: 5, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
      fc.constantFrom(NaN, Infinity, -Infinity, -0),
    )
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 100 }),
        fc.nat(100),
        fc.integer({ min: 1, max: 30 }),
        (values, cut, buckets) => {
          const [steps, all] = [Float64Array.from(values, (_, i) => 3 * i), Float64Array.from(values)]
          const [before, after] = [
            { steps: steps.subarray(0, cut), values: all.subarray(0, cut) },
            { steps: steps.subarray(cut), values: all.subarray(cut) },
          ]
          const curve = bucketed('loss', [{ steps, values: all }], buckets)
          expect(bucketed('loss', [cellsOf({ steps, values: all }, 1)], buckets)).toEqual(curve)
          expect(bucketed('loss', [before, cellsOf(after, 1)], buckets)).toEqual(curve)
          expect(bucketed('loss', [cellsOf(before, 1), after], buckets)).toEqual(curve)
        },
      ),
    )
  })
})
