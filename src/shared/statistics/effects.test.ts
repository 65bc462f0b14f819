import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cliffsDelta, pairedProbabilityOfImprovement, probabilityOfImprovement } from './dominance.ts'
import { pairedEffectSize } from './effect-size.ts'
import { mannWhitneyTest } from './mann-whitney.ts'
import { mean } from './mean.ts'
import { pairsForHalfWidth, pairsToExcludeZero } from './pairs-needed.ts'
import { standardDeviation } from './standard-deviation.ts'

const sample = fc.array(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant(Infinity)), {
  minLength: 1,
  maxLength: 9,
})

describe('dominance', () => {
  it('by hand: 2 of 6 pairs larger, 3 smaller, 1 equal', () => {
    expect(cliffsDelta([1, 3], [0, 3, 4])).toBeCloseTo(-1 / 6, 12)
    expect(probabilityOfImprovement([1, 3], [0, 3, 4], 'higher')).toBeCloseTo(2.5 / 6, 12)
    expect(probabilityOfImprovement([1, 3], [0, 3, 4], 'lower')).toBeCloseTo(3.5 / 6, 12)
  })
  it('is the Mann-Whitney U over the number of pairs (rliable)', () =>
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        expect(probabilityOfImprovement(a, b, 'higher')).toBeCloseTo(
          mannWhitneyTest(a, b).u / (a.length * b.length),
          12,
        )
      }),
    ))
  it('turns round with its arguments and its direction', () =>
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        expect(cliffsDelta(a, b)).toBeCloseTo(-cliffsDelta(b, a), 12)
        expect(probabilityOfImprovement(a, b, 'lower')).toBeCloseTo(probabilityOfImprovement(b, a, 'higher'), 12)
      }),
    ))
  it('paired: seed by seed, ties half', () => {
    expect(pairedProbabilityOfImprovement([1, 5, 3, 4], [2, 5, 1, 9], 'lower')).toBe(2.5 / 4)
    expect(pairedProbabilityOfImprovement([1, 5, 3, 4], [2, 5, 1, 9], 'higher')).toBe(1.5 / 4)
    expect(pairedProbabilityOfImprovement([Infinity, 1], [Infinity, Infinity], 'lower')).toBe(0.75)
    expect(() => pairedProbabilityOfImprovement([1], [1, 2], 'lower')).toThrow(/pairs/)
  })
})

describe('paired effect size', () => {
  it("Hedges' published factors for 2, 3, 4 and 10 degrees of freedom (Hedges 1981, table 1)", () => {
    const factor = (n: number): number => {
      const { dz, g } = pairedEffectSize(Array.from({ length: n }, (_, i) => i))!
      return g / dz
    }
    expect([3, 4, 5, 11].map(factor)).toEqual([0.5642, 0.7236, 0.7979, 0.9227].map(c => expect.closeTo(c, 4)))
  })
  it('d_z is mean over standard deviation, whatever the unit', () => {
    expect(pairedEffectSize([1, 2, 3])!.dz).toBeCloseTo(2, 12)
    expect(pairedEffectSize([-10, -20, -30])!.dz).toBeCloseTo(-2, 12)
  })
  it('is missing for 2 pairs, diverged runs and differences without spread; 0 when nothing differs', () => {
    expect(pairedEffectSize([1, 2])).toBeNull()
    expect(pairedEffectSize([1, 2, Infinity])).toBeNull()
    expect(pairedEffectSize([2, 2, 2])).toBeNull()
    expect(pairedEffectSize([0.3, 0.1 + 0.2, 0.3])).toBeNull()
    expect(pairedEffectSize([0, 0, 0])).toEqual({ dz: 0, g: 0 })
  })
})

describe('pairs needed', () => {
  /** A sample of 4 whose d_z is exactly `dz`. */
  const withEffect = (dz: number): number[] => {
    const base = [-1, -1, 1, 1]
    return base.map(x => x / standardDeviation(base)! + dz)
  }
  it.each([
    [0.2, 199],
    [0.5, 34],
    [0.8, 15],
    [1.2, 8],
  ])('d_z = %d, power .8: %i pairs in all (noncentral t)', (dz, total) => {
    expect(mean(withEffect(dz))).toBeCloseTo(dz, 12)
    expect(pairsToExcludeZero(withEffect(dz))).toEqual({ total, further: total - 4 })
  })
  it('more power or confidence needs more pairs', () => {
    const total = (options: { power?: number; confidence?: number }): number =>
      pairsToExcludeZero(withEffect(0.5), options)!.total
    expect(total({ power: 0.5 })).toBeLessThan(total({ power: 0.9 }))
    expect(total({ confidence: 0.9 })).toBeLessThan(total({ confidence: 0.99 }))
  })
  it('half width: the smallest n with t s/√n within it', () => {
    // s = 1: t(.975, 17) / √18 = 2.1098 / 4.2426 = .4973; t(.975, 16) / √17 = 2.1199 / 4.1231 = .5142.
    expect(pairsForHalfWidth(withEffect(0.5), 0.5)).toEqual({ total: 18, further: 14 })
    expect(pairsForHalfWidth(withEffect(0.5), 100)).toEqual({ total: 2, further: 0 })
  })
  it('is missing for one pair or diverged runs, endless without a difference, at once without spread', () => {
    expect(pairsToExcludeZero([1])).toBeNull()
    expect(pairsToExcludeZero([1, Infinity])).toBeNull()
    expect(pairsToExcludeZero([1, -1])).toEqual({ total: Infinity, further: Infinity })
    expect(pairsToExcludeZero([3, 3, 3])).toEqual({ total: 2, further: 0 })
  })
})
