import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holm } from './holm.ts'
import { mannWhitneyTest } from './mann-whitney.ts'
import { normalCdf } from './normal.ts'
import { midranks } from './ranks.ts'
import { signFlipTest, smallestPairedP } from './sign-flip.ts'
import { testRandomness } from './testing/test-randomness.ts'
import { signedRankTest } from './wilcoxon.ts'

/** Differences in height of Darwin's 15 pairs of maize plants, eighths of an inch (Fisher 1935, The Design of Experiments, sections 17 and 21). */
const DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
const random = testRandomness(1)
const finite = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 10 })

describe('sign-flip test', () => {
  it("Fisher's own result: 1,726 of 32,768 patterns", () =>
    expect(signFlipTest(DARWIN, random)).toEqual({ p: 1726 / 32768, exact: true }))
  it('by hand: 1, 2, 3 all positive: 2 of 8; 1, 2, -3: all 8', () => {
    expect(signFlipTest([1, 2, 3], random).p).toBe(0.25)
    expect(signFlipTest([1, 2, -3], random).p).toBe(1)
  })
  it('counts sums that are equal on paper as equal', () =>
    expect(signFlipTest([0.1, 0.2, 0.3], random).p).toBe(signFlipTest([1, 2, 3], random).p))
  it('zeros change nothing, and nothing but zeros is p = 1', () => {
    expect(signFlipTest([1, 2, 3, 0, 0], random).p).toBe(0.25)
    expect(signFlipTest([0, 0], random).p).toBe(1)
  })
  it('never falls below 2 / 2^n, and reaches it when all point one way', () => {
    fc.assert(
      fc.property(finite, d => {
        expect(signFlipTest(d, random).p).toBeGreaterThanOrEqual(smallestPairedP(d.length))
      }),
    )
    fc.assert(
      fc.property(
        finite.map(d => d.map(x => Math.abs(x) + 1)),
        d => {
          expect(signFlipTest(d, random).p).toBe(smallestPairedP(d.length))
        },
      ),
    )
    expect([0, 1, 3, 6].map(smallestPairedP)).toEqual([1, 1, 0.25, 0.03125])
  })
  it('does not ask for order, direction or unit', () =>
    fc.assert(
      fc.property(finite, d => {
        const { p } = signFlipTest(d, random)
        expect(signFlipTest(d.toReversed(), random).p).toBe(p)
        expect(
          signFlipTest(
            d.map(x => -3 * x),
            random,
          ).p,
        ).toBe(p)
      }),
    ))
  it('under the null hypothesis rejects at most as often as it says', () => {
    let below10 = 0
    let below50 = 0
    for (let i = 0; i < 2000; i++) {
      const { p } = signFlipTest(
        Array.from({ length: 9 }, () => random.uniform() - 0.5),
        random,
      )
      below10 += Number(p <= 0.1)
      below50 += Number(p <= 0.5)
    }
    expect(below10 / 2000).toBeGreaterThan(0.08)
    expect(below10 / 2000).toBeLessThan(0.12)
    expect(below50 / 2000).toBeGreaterThan(0.46)
    expect(below50 / 2000).toBeLessThan(0.54)
  })
  it('by Monte Carlo above 20 pairs, near the normal approximation and never 0', () => {
    const d = Array.from({ length: 40 }, (_, i) => ((i * 37) % 41) - 14)
    const { p, exact } = signFlipTest(d, random, { resamples: 20_000 })
    const z = d.reduce((a, b) => a + b, 0) / Math.sqrt(d.reduce((a, b) => a + b * b, 0))
    expect(exact).toBe(false)
    expect(p).toBeGreaterThan(0.5 * 2 * normalCdf(-z))
    expect(p).toBeLessThan(1.5 * 2 * normalCdf(-z))
    expect(signFlipTest(new Array(30).fill(1), random, { resamples: 99 }).p).toBe(0.01)
  })
  it('sends infinite differences to the ranks', () =>
    expect(() => signFlipTest([1, Infinity], random)).toThrow(/ranks/))
})

describe('signed-rank test', () => {
  it("Darwin's plants: 24 on the negative side, p = 0.04126 (R, SciPy)", () =>
    expect(signedRankTest(DARWIN)).toEqual({
      p: expect.closeTo(0.041259765625, 12),
      exact: true,
      positiveRankSum: 96,
      nonZero: 15,
    }))
  it("n = 30 without ties: SciPy's exact 0.0732441", () =>
    expect(signedRankTest(Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? -(i + 1) : i + 1))).p).toBeCloseTo(
      0.07324407435953617,
      12,
    ))
  it('ties and zeros: equal to counting all sign patterns', () => {
    expect(signedRankTest([1, -2, 2, 3, 3, 0, 5, -1])).toEqual({
      p: expect.closeTo(0.15625, 12),
      exact: true,
      positiveRankSum: 23,
      nonZero: 7,
    })
    fc.assert(
      fc.property(finite, d => {
        expect(signedRankTest(d).p).toBeCloseTo(signedRankBruteForce(d), 10)
      }),
    )
  })
  it('takes diverged runs as the largest differences', () =>
    expect(signedRankTest([1, 2, Infinity, Infinity]).p).toBe(0.125))
  it('nothing but zeros is p = 1', () => expect(signedRankTest([0, 0]).p).toBe(1))
  it("above 200 differences: SciPy's normal approximation with corrections", () => {
    const d = Array.from({ length: 250 }, (_, i) => ((i * 37) % 101) - 45.5)
    expect(signedRankTest(d)).toMatchObject({ exact: false, p: expect.closeTo(0.02675894031108677, 10) })
  })
})

describe('Mann-Whitney test', () => {
  it("without ties: SciPy's exact 2/7", () =>
    expect(mannWhitneyTest([1.1, 2.2, 3.3, 9], [4, 5, 6, 7, 8])).toEqual({
      u: 5,
      exact: true,
      p: expect.closeTo(2 / 7, 12),
    }))
  it('with ties: 22 of 126 arrangements at or below, doubled', () =>
    expect(mannWhitneyTest([1, 2, 2, 3, 5], [2, 4, 4, 5])).toEqual({
      u: 5.5,
      exact: true,
      p: expect.closeTo(44 / 126, 12),
    }))
  it("above 60 values: SciPy's normal approximation with corrections", () => {
    const a = Array.from({ length: 41 }, (_, i) => (i * 37) % 41)
    const b = Array.from({ length: 43 }, (_, i) => ((i * 53) % 43) + 6)
    expect(mannWhitneyTest(a, b)).toEqual({ u: 612.5, exact: false, p: expect.closeTo(0.016255655847829096, 10) })
    expect(mannWhitneyTest(new Array(40).fill(1), new Array(40).fill(1)).p).toBe(1)
  })
  it('is the same from the other side', () =>
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        const there = mannWhitneyTest(a, b)
        const back = mannWhitneyTest(b, a)
        expect(there.p).toBeCloseTo(back.p, 12)
        expect(there.u + back.u).toBe(a.length * b.length)
      }),
    ))
  it('all equal is p = 1; diverged runs are the largest values', () => {
    expect(mannWhitneyTest([1, 1], [1, 1, 1]).p).toBe(1)
    expect(mannWhitneyTest([Infinity, Infinity, Infinity], [1, 2, 3]).p).toBeCloseTo(0.1, 12)
  })
})

describe("Holm's correction", () => {
  it('by hand: .01, .04, .03, .005 become .03, .06, .06, .02', () =>
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02].map(p => expect.closeTo(p, 12))))
  it('keeps the order of the p-values, never lowers one, and stays within Bonferroni', () =>
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), ps => {
        const adjusted = holm(ps)
        ps.forEach((p, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(p)
          expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, p * ps.length))
          ps.forEach((q, j) => {
            if (p < q) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!)
          })
        })
      }),
    ))
  it('refuses what is no p-value', () => expect(() => holm([0.5, NaN])).toThrow(/p\[1\] is NaN/))
})

function signedRankBruteForce(differences: readonly number[]): number {
  const signed = differences.filter(d => d !== 0)
  const ranks = midranks(signed.map(Math.abs))
  const sum = (positive: (i: number) => boolean): number =>
    ranks.reduce((total, rank, i) => total + (positive(i) ? rank : 0), 0)
  const seen = sum(i => signed[i]! > 0)
  let atMost = 0
  let atLeast = 0
  for (let pattern = 0; pattern < 2 ** ranks.length; pattern++) {
    const w = sum(i => ((pattern >> i) & 1) === 1)
    atMost += Number(w <= seen)
    atLeast += Number(w >= seen)
  }
  return Math.min(1, (2 * Math.min(atMost, atLeast)) / 2 ** ranks.length)
}
