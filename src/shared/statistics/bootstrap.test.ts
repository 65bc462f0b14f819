import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jackknifeAcceleration } from './bca.ts'
import { bootstrapInterval, stratifiedBootstrapInterval, type BootstrapMethod } from './bootstrap.ts'
import { mean } from './mean.ts'
import { median } from './median.ts'
import { comparePaired, pairedDifferences } from './paired-differences.ts'
import { studentInterval } from './student-t.ts'
import { testRandomness } from './testing/test-randomness.ts'

const METHODS: BootstrapMethod[] = ['percentile', 'expanded', 'bca']
const numbers = (min: number, max: number) =>
  fc.array(fc.double({ min: -1000, max: 1000, noNaN: true }), { minLength: min, maxLength: max })

describe('bootstrap interval', () => {
  // Efron & Tibshirani 1993, tables 14.1 and 14.2: 26 children, spatial test A, variance with divisor n; 90 % intervals of 2000 resamples.
  const spatial = [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41]
  const plugInVariance = (x: readonly number[]): number => {
    const center = mean(x)!
    return mean(x.map(v => (v - center) ** 2))!
  }
  it('BCa: the published estimate 171.5, acceleration 0.061 and interval (115.8, 259.6)', () => {
    expect(plugInVariance(spatial)).toBeCloseTo(171.534, 3)
    expect(jackknifeAcceleration(spatial, plugInVariance)).toBeCloseTo(0.0612401, 6)
    const interval = bootstrapInterval(spatial, plugInVariance, testRandomness(1), {
      method: 'bca',
      confidence: 0.9,
      resamples: 20_000,
    })!
    expect(interval.low).toBeGreaterThan(114)
    expect(interval.low).toBeLessThan(118)
    expect(interval.high).toBeGreaterThan(257)
    expect(interval.high).toBeLessThan(265)
  })
  it("percentile: SciPy's (97.9, 236.2) for the same data", () => {
    const interval = bootstrapInterval(spatial, plugInVariance, testRandomness(2), {
      confidence: 0.9,
      resamples: 20_000,
    })!
    expect(interval.low).toBeGreaterThan(96)
    expect(interval.low).toBeLessThan(100)
    expect(interval.high).toBeGreaterThan(234)
    expect(interval.high).toBeLessThan(239)
  })
  it('BCa of a symmetric sample is the percentile interval: resamples that equal the estimate count half', () =>
    expect(bootstrapInterval([-1, -1, -1, 1, 1, 1], mean, testRandomness(3), { method: 'bca' })).toEqual({
      low: expect.closeTo(-2 / 3, 12),
      high: expect.closeTo(2 / 3, 12),
    }))
  it('percentile of two values: the ends themselves, since a quarter of the resamples is each', () => {
    expect(bootstrapInterval([2, 6], mean, testRandomness(3))).toEqual({ low: 2, high: 6 })
  })
  it("expanded: nearly Student's for a symmetric sample", () => {
    const x = Array.from({ length: 8 }, (_, i) => i - 3.5)
    const at = (method: BootstrapMethod): number =>
      bootstrapInterval(x, mean, testRandomness(4), { method, resamples: 40_000 })!.high / studentInterval(x)!.high
    expect(at('expanded')).toBeGreaterThan(0.95)
    expect(at('expanded')).toBeLessThan(1.02)
    expect(at('percentile')).toBeLessThan(0.85)
  })
  it('a higher confidence is a wider interval, the same chance the same interval', () => {
    const x = [1, 4, 2, 8, 5, 7]
    const at = (confidence: number) => bootstrapInterval(x, mean, testRandomness(5), { confidence })!
    expect(at(0.99).high).toBeGreaterThan(at(0.8).high)
    expect(at(0.8)).toEqual(at(0.8))
  })

  describe.each(METHODS)('%s', method => {
    it('contains the estimate and stays within the sample', () =>
      fc.assert(
        fc.property(numbers(2, 10), fc.integer(), (x, seed) => {
          const interval = bootstrapInterval(x, mean, testRandomness(seed), { method, resamples: 400 })!
          expect(interval.low).toBeGreaterThanOrEqual(Math.min(...x))
          expect(interval.high).toBeLessThanOrEqual(Math.max(...x))
          if (method === 'bca') return
          expect(interval.low).toBeLessThanOrEqual(mean(x)! + 1e-9)
          expect(interval.high).toBeGreaterThanOrEqual(mean(x)! - 1e-9)
        }),
        { numRuns: 40 },
      ))
    it('contains the mean of symmetric samples', () =>
      fc.assert(
        fc.property(numbers(2, 6), fc.integer(), (half, seed) => {
          const x = [...half, ...half.map(v => -v)]
          const interval = bootstrapInterval(x, mean, testRandomness(seed), { method, resamples: 400 })!
          expect(interval.low).toBeLessThanOrEqual(1e-9)
          expect(interval.high).toBeGreaterThanOrEqual(-1e-9)
        }),
        { numRuns: 40 },
      ))
    // Whole numbers, powers of 2: exact, since BCa counts the resamples that equal the estimate.
    it('moves and stretches with the sample', () =>
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 8, maxLength: 8 }),
          fc.integer({ min: -100, max: 100 }),
          (x, shift) => {
            const plain = bootstrapInterval(x, mean, testRandomness(6), { method, resamples: 200 })!
            const moved = bootstrapInterval(
              x.map(v => 4 * v + shift),
              mean,
              testRandomness(6),
              { method, resamples: 200 },
            )!
            expect(moved.low).toBeCloseTo(4 * plain.low + shift, 8)
            expect(moved.high).toBeCloseTo(4 * plain.high + shift, 8)
          },
        ),
        { numRuns: 30 },
      ))
    it('is the value itself when all are equal, and missing for one value', () => {
      expect(bootstrapInterval([0.3, 0.3, 0.3], mean, testRandomness(7), { method })).toEqual({ low: 0.3, high: 0.3 })
      expect(bootstrapInterval([0.3], mean, testRandomness(7), { method })).toBeNull()
    })
  })

  it('covers the truth about as often as it says, for 20 normal values', () => {
    const random = testRandomness(8)
    const normal = (): number => Array.from({ length: 12 }, () => random.uniform()).reduce((sum, u) => sum + u, -6)
    let hits = 0
    for (let i = 0; i < 400; i++) {
      const interval = bootstrapInterval(Array.from({ length: 20 }, normal), mean, random, {
        method: 'expanded',
        resamples: 300,
      })!
      hits += Number(interval.low <= 0 && interval.high >= 0)
    }
    expect(hits / 400).toBeGreaterThan(0.91)
    expect(hits / 400).toBeLessThan(0.985)
  })
  it('reaches to infinity with a diverged run, while the median holds', () => {
    expect(bootstrapInterval([1, 2, 3, Infinity], mean, testRandomness(9))!.high).toBe(Infinity)
    const of9 = bootstrapInterval([1, 2, 3, 4, 5, 6, 7, 8, Infinity], median, testRandomness(9))!
    expect(of9.low).toBeLessThanOrEqual(3)
    expect(of9.high).toBeLessThanOrEqual(8)
  })
  it('is missing where the figure does not exist for a resample', () => {
    expect(bootstrapInterval([1, Infinity, -Infinity], mean, testRandomness(10))).toBeNull()
    expect(bootstrapInterval([1, 2, Infinity], mean, testRandomness(10), { method: 'bca' })).toBeNull()
  })
  it.each([
    [{ confidence: 1 }, /confidence is 1/],
    [{ resamples: 0 }, /resamples is 0/],
  ])('refuses %j', (options, message) =>
    expect(() => bootstrapInterval([1, 2], mean, testRandomness(0), options)).toThrow(message),
  )
})

describe('stratified bootstrap', () => {
  const grand = (groups: readonly (readonly number[])[]): number | null => mean(groups.map(group => mean(group)!))
  it('with one group is the plain bootstrap', () => {
    const x = [1, 4, 2, 8, 5, 7]
    expect(stratifiedBootstrapInterval([x], ([group]) => mean(group!), testRandomness(11))).toEqual(
      bootstrapInterval(x, mean, testRandomness(11)),
    )
  })
  it('ignores the spread between groups', () => {
    expect(
      stratifiedBootstrapInterval(
        [
          [1, 1],
          [100, 100],
        ],
        grand,
        testRandomness(12),
      ),
    ).toEqual({ low: 50.5, high: 50.5 })
    expect(stratifiedBootstrapInterval([[1], [100]], grand, testRandomness(12))).toBeNull()
  })
})

describe('paired differences', () => {
  it('takes two diverged runs as equal', () =>
    expect(pairedDifferences([Infinity, Infinity, 1], [Infinity, 2, Infinity])).toEqual([0, Infinity, -Infinity]))
  it('refuses samples of different sizes', () =>
    expect(() => pairedDifferences([1, 2], [1])).toThrow(/as many numbers as in a, 2/))
  it('gives mean, median and an interval within the differences', () => {
    const { differences, interval, ...centers } = comparePaired([3, 5, 9], [1, 2, 3], testRandomness(13))
    expect(differences).toEqual([2, 3, 6])
    expect(centers).toEqual({ mean: expect.closeTo(11 / 3, 12), median: 3 })
    expect(interval).toEqual({ low: 2, high: 6 })
  })
})
