import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interquartileMean } from './interquartile-mean.ts'
import { mean } from './mean.ts'
import { median } from './median.ts'
import { quantile } from './quantile.ts'
import { standardDeviation, variance } from './standard-deviation.ts'

const samples = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 })

describe('mean', () => {
  it('by hand', () => expect(mean([1, 2, 6])).toBe(3))
  it('of equal values is that value, to the last bit', () => expect(mean([0.1, 0.1, 0.1])).toBe(0.1))
  it('is infinite with a diverged run, and does not exist for both infinities', () => {
    expect(mean([1, Infinity])).toBe(Infinity)
    expect(mean([Infinity, -Infinity, 1])).toBeNull()
  })
})

describe('median and quantiles', () => {
  it('by hand', () => expect([median([5]), median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([5, 2, 2.5]))
  it('interpolates as NumPy does', () => {
    const x = [3, 1, 4, 1, 5, 9, 2, 6]
    expect([0, 0.1, 0.25, 0.5, 0.9, 1].map(q => quantile(x, q))).toEqual([1, 1, 1.75, 3.5, expect.closeTo(6.9, 12), 9])
  })
  it('lies between the extremes and grows with its share', () =>
    fc.assert(
      fc.property(
        samples,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (x, p, q) => {
          const [low, high] = p < q ? [p, q] : [q, p]
          expect(quantile(x, low)).toBeLessThanOrEqual(quantile(x, high) + 1e-9)
          expect(quantile(x, low)).toBeGreaterThanOrEqual(Math.min(...x))
        },
      ),
    ))
  it('stands up to a minority of diverged runs', () => {
    expect(median([1, 2, Infinity])).toBe(2)
    expect(median([1, Infinity])).toBe(Infinity)
    expect(quantile([1, 2, Infinity], 0.25)).toBe(1.5)
    expect(quantile([Infinity, Infinity], 0.3)).toBe(Infinity)
    expect(quantile([-Infinity, Infinity], 0.5)).toBe(Infinity)
  })
  it('refuses a share outside of 0 … 1', () => expect(() => quantile([1], 1.1)).toThrow(/share is 1.1/))
  it("leaves the caller's order alone", () => {
    const x = [3, 1, 2]
    median(x)
    expect(x).toEqual([3, 1, 2])
  })
})

describe('interquartile mean', () => {
  it('cuts a quarter at each end, rounded down (scipy.stats.trim_mean)', () => {
    expect(interquartileMean([3, 1, 4, 1, 5, 9, 2, 6, 100])).toBe(4)
    expect(interquartileMean([1, 2, 9])).toBe(4)
  })
  it('is not moved by less than a quarter of diverged runs', () =>
    expect(interquartileMean([1, 2, 3, Infinity])).toBe(2.5))
})

describe('standard deviation', () => {
  it('by hand: 2, 4, 4, 4, 5, 5, 7, 9 has squares 32 over 7', () => {
    expect(variance([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(32 / 7, 12)
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12)
  })
  it('does not exist for one value or a diverged run', () => {
    expect(standardDeviation([5])).toBeNull()
    expect(standardDeviation([5, Infinity])).toBeNull()
    expect(standardDeviation([5, 5])).toBe(0)
  })
})
