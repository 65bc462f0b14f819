import { describe, expect, it } from 'vitest'
import { SPEC } from './testing/study.ts'
import { measureBin, summarizeBin, worstMeasures } from './pool.ts'
import { pool, scored } from '../../../shared/score.ts'

/** count-3 as in the main study: every valid length of a bin, one string each. Its only string of a length costs nothing beyond the length. */
const count3 = (low: number, high: number, valid: number) =>
  Array.from({ length: high - low + 1 }, (_, i) => low + i)
    .filter(length => length % 3 === 0)
    .map(length => ({
      bin: 'short',
      length,
      ...scored({
        strings: 1,
        symbols: length + 1,
        nats: 0,
        correct: length - 2,
        boundNats: 0,
        lengthNats: Math.log(valid),
      }),
    }))

describe('a bin', () => {
  // Floors and bounds of the main study's table: valid lengths | perplexity bound | accuracy of the trivial predictor.
  it.each([
    [40, 80, 13, 1.0429, 0.951],
    [40, 100, 20, 1.0428, 0.958],
    [100, 200, 33, 1.0234, 0.98],
    [200, 400, 67, 1.0141, 0.99],
  ])('count-3 on [%i, %i]: %i valid lengths, bound %d, trivial accuracy %d', (low, high, valid, bound, trivial) => {
    const tested = count3(low, high, valid)
    expect(tested.length).toBe(valid)
    const limits = tested.map(({ bin, length }) => ({
      bin,
      length,
      floorAccuracy: 1 - 3 / (length + 1),
      ceilingAccuracy: null,
      boundNats: 0,
    }))
    const bin = summarizeBin(SPEC.evaluation.bins[0]!, tested, limits)
    expect(bin.boundPerplexity).toBeCloseTo(bound, 4)
    expect(bin.floorAccuracy).toBeCloseTo(trivial, 3)
    expect(bin.ceilingAccuracy).toBeNull()
    expect(measureBin(pool(tested), bin).accuracy).toBeCloseTo(trivial, 3)
  })
  it('pools sums, not means: by hand', () => {
    const pooled = pool([
      scored({ strings: 5, symbols: 10, nats: 2, correct: 8, boundNats: 1, lengthNats: 5 * Math.LN2 }),
      scored({ strings: 3, symbols: 30, nats: 10, correct: 15, boundNats: 4, lengthNats: 3 * Math.LN2 }),
    ])
    const measures = measureBin(pooled, { floorAccuracy: 0.5, ceilingAccuracy: 0.8 })
    expect(measures.perplexity).toBeCloseTo(Math.exp(0.3), 12)
    expect(measures['cross-entropy-difference']).toBeCloseTo(0.3 - (5 + 8 * Math.LN2) / 40, 12)
    expect(measures.skill).toBeCloseTo((0.575 - 0.5) / 0.3, 12)
  })
  it("takes NaN losses as a diverged run's, and skill as 0 below the floor", () => {
    const score = scored({ strings: 1, symbols: 2, nats: NaN, correct: 0, boundNats: 0, lengthNats: 0 })
    expect(measureBin(score, { floorAccuracy: 0.5, ceilingAccuracy: 1 })).toEqual({
      'cross-entropy-difference': Infinity,
      'cross-entropy': Infinity,
      perplexity: Infinity,
      accuracy: 0,
      skill: 0,
    })
    expect(worstMeasures({ floorAccuracy: 0.5, ceilingAccuracy: 1, boundPerplexity: 1.2 })).toEqual(
      measureBin(score, { floorAccuracy: 0.5, ceilingAccuracy: 1 }),
    )
  })
  it.each([
    ['an exact distribution', { boundNats: NaN, lengthNats: 0 }],
    ['the number of lengths', { boundNats: 1, lengthNats: NaN }],
  ])('without %s has no difference to the bound, and without room above the floor no skill', (_, unknown) => {
    const score = scored({ strings: 1, symbols: 2, nats: 1, correct: 1, ...unknown })
    expect(measureBin(score, { floorAccuracy: 0.5, ceilingAccuracy: 0.5 })).toMatchObject({
      'cross-entropy-difference': null,
      skill: null,
      accuracy: 0.5,
    })
  })
})
