import { describe, expect, it } from 'vitest'
import { fitGrowthLaw, type GrowthPoint } from './growth-law.ts'
import { testRandomness } from './testing/test-randomness.ts'

const LENGTHS = [40, 57, 80, 113, 160, 226, 320, 400]
const curve = (loss: (length: number) => number, lengths = LENGTHS): GrowthPoint[] =>
  lengths.map(length => ({ length, loss: loss(length) }))
const quick = { resamples: 200 }

describe('growth law', () => {
  it.each([
    [0.002, 2, 3],
    [0.3, 1, 5],
    [1.5, 0.5, -2],
    [1e-6, 3.2, 0],
  ])('finds %d · l^%d + %d again', (scale, exponent, offset) => {
    const fit = fitGrowthLaw([curve(l => scale * l ** exponent + offset)], testRandomness(1), quick)!
    expect(fit.exponent).toBeCloseTo(exponent, 3)
    expect(fit.scale / scale).toBeCloseTo(1, 1)
    expect(fit.offset).toBeCloseTo(offset, 1)
    expect(fit.exponentInterval.low).toBeCloseTo(exponent, 2)
    expect(fit.exponentInterval.high).toBeCloseTo(exponent, 2)
  })
  it('the interval holds the true exponent of noisy curves and narrows with their number', () => {
    const random = testRandomness(2)
    const noisy = (): GrowthPoint[] => curve(l => 0.01 * l ** 1.5 * (1 + 0.05 * (random.uniform() - 0.5)) + 4)
    const one = fitGrowthLaw([noisy()], random, quick)!.exponentInterval
    const ten = fitGrowthLaw(Array.from({ length: 10 }, noisy), random, quick)!.exponentInterval
    expect(ten.low).toBeLessThan(1.5)
    expect(ten.high).toBeGreaterThan(1.5)
    expect(ten.low).toBeGreaterThan(1.2)
    expect(ten.high - ten.low).toBeLessThan(one.high - one.low)
  })
  it('does not ask for the unit of loss; a unit of length changes only the scale', () => {
    const plain = fitGrowthLaw([curve(l => 0.02 * l ** 1.3 + 1)], testRandomness(3), quick)!
    const bits = fitGrowthLaw([curve(l => (0.02 * l ** 1.3 + 1) / Math.LN2)], testRandomness(3), quick)!
    const halves = fitGrowthLaw(
      [curve(l => 0.02 * l ** 1.3 + 1).map(({ length, loss }) => ({ length: length * 2, loss }))],
      testRandomness(3),
      quick,
    )!
    expect(bits.exponent).toBeCloseTo(plain.exponent, 3)
    expect(halves.exponent).toBeCloseTo(plain.exponent, 3)
    expect(halves.scale).toBeCloseTo(plain.scale / 2 ** plain.exponent, 3)
  })
  it('says the same for every length as for log-spaced ones, though the model is wrong', () => {
    const bent = (l: number): number => 0.1 * l + (l > 150 ? 0.1 * (l - 150) ** 1.5 : 0)
    const every = Array.from({ length: 361 }, (_, i) => 40 + i)
    const spaced = Array.from({ length: 40 }, (_, i) => Math.round(40 * 10 ** (i / 39)))
    const exponents = [every, spaced].map(
      lengths => fitGrowthLaw([curve(bent, lengths)], testRandomness(4), { resamples: 1 })!.exponent,
    )
    expect(Math.abs(exponents[0]! - exponents[1]!)).toBeLessThan(0.07)
  })
  it('answers nothing for too few lengths, diverged losses and a loss that does not grow', () => {
    expect(fitGrowthLaw([curve(l => l, [40, 80, 160])], testRandomness(5), quick)).toBeNull()
    expect(fitGrowthLaw([[]], testRandomness(5), quick)).toBeNull()
    expect(fitGrowthLaw([curve(l => (l > 200 ? Infinity : l))], testRandomness(5), quick)).toBeNull()
    expect(fitGrowthLaw([curve(() => 3)], testRandomness(5), quick)).toBeNull()
    expect(fitGrowthLaw([curve(l => -l)], testRandomness(5), quick)).toBeNull()
    expect(() => fitGrowthLaw([curve(l => l, [0, 1, 2, 3])], testRandomness(5), quick)).toThrow(/length is 0/)
  })
})
