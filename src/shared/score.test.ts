import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  figures,
  fromTallies,
  lengthCost,
  NOTHING,
  overSymbols,
  pool,
  poolBy,
  retention,
  scored,
  sizeOf,
  skill,
  sumsIn,
  talliesOf,
  type Sums,
} from './score.ts'

const count = fc.integer({ min: 0, max: 1_000_000 })
const sum = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(NaN, Infinity))
const anySums: fc.Arbitrary<Sums> = fc.record({
  strings: count,
  symbols: count,
  nats: sum,
  correct: count,
  boundNats: sum,
  lengthNats: sum,
})
const plain: Sums = { strings: 2, symbols: 20, nats: 12, correct: 10, boundNats: 6, lengthNats: 2 }

describe('a score', () => {
  it('holds what was counted, and nothing else of the record that it is made of', () =>
    fc.assert(
      fc.property(anySums, sums => {
        expect(sumsIn(scored({ ...sums, ...{ bin: 'a' } }))).toEqual(sums)
        expect(fromTallies(new Map(talliesOf(scored(sums)).map(tally => [tally.measure, tally])))).toEqual(scored(sums))
      }),
    ))

  it('is pooled sum by sum, whatever else is carried with it', () => {
    const named = { bin: 'a', ...scored(plain) }
    const both = pool([named, scored({ ...plain, nats: 1, strings: 1 })])
    expect(sumsIn(both)).toEqual({ strings: 3, symbols: 40, nats: 13, correct: 20, boundNats: 12, lengthNats: 4 })
    expect(sizeOf(both)).toEqual({ strings: 3, symbols: 40 })
    expect(sumsIn(NOTHING)).toEqual({ strings: 0, symbols: 0, nats: 0, correct: 0, boundNats: 0, lengthNats: 0 })
    const groups = poolBy(
      ['b', 'a', 'b'].map(bin => ({ bin, ...scored(plain) })),
      ({ bin }) => bin,
    )
    expect([...groups].map(([bin, score]) => [bin, sizeOf(score).strings])).toEqual([
      ['b', 4],
      ['a', 2],
    ])
  })
})

describe('figures', () => {
  it('by hand', () =>
    expect(figures(scored(plain))).toEqual({
      accuracy: 0.5,
      loss: 0.6,
      perplexity: Math.exp(0.6),
      lossOfString: 6,
      aboveBound: 0.6 - 0.4,
      aboveKnownLength: 0.6 - 0.3,
      bound: 0.4,
      boundOfKnownLength: 0.3,
    }))

  it('are 0 above the bound for the exact distribution, however its sets are pooled', () => {
    const cost = fc.double({ min: 0, max: 100, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(cost, cost, count), { minLength: 1 }), sets => {
        const own = sets.map(([boundNats, lengthNats, symbols]) =>
          scored({ strings: 1, symbols: symbols + 1, nats: boundNats + lengthNats, correct: 0, boundNats, lengthNats }),
        )
        expect(figures(pool(own)).aboveBound).toBeCloseTo(0, 9)
      }),
    )
  })

  it('are infinite where the loss is no number, and unknown where the bound is', () => {
    expect(figures(scored({ ...plain, nats: NaN }))).toMatchObject({
      loss: Infinity,
      perplexity: Infinity,
      lossOfString: Infinity,
      aboveBound: Infinity,
    })
    expect(figures(scored({ ...plain, boundNats: NaN }))).toMatchObject({
      loss: 0.6,
      aboveBound: null,
      aboveKnownLength: null,
      bound: null,
    })
    expect(figures(scored({ ...plain, lengthNats: NaN }))).toMatchObject({
      aboveBound: null,
      aboveKnownLength: 0.3,
      bound: null,
      boundOfKnownLength: 0.3,
    })
  })

  it('of what is known set by set are means over symbols', () => {
    const sets = [1, 3].map(weight => ({ weight, ...scored({ ...plain, symbols: 10 * weight }) }))
    expect(overSymbols(sets, ({ weight }) => weight)).toBe(2.5)
    expect(overSymbols(sets, ({ weight }) => (weight === 1 ? null : weight))).toBeNull()
    expect(overSymbols([], () => 1)).toBeNull()
    expect(lengthCost(scored(plain))).toBe(0.1)
    expect(lengthCost(scored({ ...plain, lengthNats: NaN }))).toBeNull()
  })

  it('between floor and ceiling, and of the ends of a range', () => {
    expect(skill(0.5, { floor: 0.4, ceiling: 0.9 })).toBeCloseTo(0.2, 12)
    expect(skill(0.3, { floor: 0.4, ceiling: 0.9 })).toBeCloseTo(-0.2, 12)
    expect(skill(0.5, { floor: 0.4, ceiling: 0.4 })).toBeNull()
    expect(skill(0.5, { floor: null, ceiling: 1 })).toBeNull()
    expect(skill(0.5, { floor: 0, ceiling: null })).toBeNull()
    expect(retention(0.8, 0.6)).toBeCloseTo(0.75, 12)
    expect([retention(0, 0.5), retention(null, 1), retention(1, null)]).toEqual([null, null, null])
  })
})
