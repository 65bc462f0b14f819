import { describe, expect, it } from 'vitest'
import { chance, restoreChance, type Chance } from './chance.ts'

const take = (source: Chance, count: number): number[] => Array.from({ length: count }, () => source.uniform())

/** Pearson's statistic of draws from 0 … bins-1 against equal frequencies. */
function chiSquare(draws: readonly number[], bins: number): number {
  const counts = new Float64Array(bins)
  for (const draw of draws) counts[draw]! += 1
  const expected = draws.length / bins
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

/** Exceeded with a probability of 1e-4 by the chi-square distribution with 15 degrees of freedom. */
const LIMIT_15 = 44.3

describe('chance', () => {
  it('draws uniform numbers in [0, 1) with 53 bits', () => {
    const draws = take(chance(1), 20_000)
    expect(draws.every(value => value >= 0 && value < 1)).toBe(true)
    expect(
      chiSquare(
        draws.map(value => Math.floor(value * 16)),
        16,
      ),
    ).toBeLessThan(LIMIT_15)
    expect(
      chiSquare(
        draws.map(value => (value * 2 ** 53) % 16),
        16,
      ),
    ).toBeLessThan(LIMIT_15)
  })

  it('draws neighbours that know nothing of each other', () => {
    const draws = take(chance(2), 20_000)
    const pairs = draws.slice(1).map((value, i) => Math.floor(value * 4) + 4 * Math.floor(draws[i]! * 4))
    expect(chiSquare(pairs, 16)).toBeLessThan(LIMIT_15)
  })

  it('draws integers without bias, also below bounds that do not divide 2^32', () => {
    const source = chance(3)
    expect(
      chiSquare(
        Array.from({ length: 16_000 }, () => source.integer(16)),
        16,
      ),
    ).toBeLessThan(LIMIT_15)
    // A bare remainder would draw the lower third of 3 * 2^30 twice as often as the rest.
    const lower = Array.from({ length: 9000 }, () => source.integer(3 * 2 ** 30)).filter(
      value => value < 2 ** 30,
    ).length
    expect(Math.abs(lower - 3000)).toBeLessThan(4 * Math.sqrt((9000 * 2) / 9))
    expect(Array.from({ length: 100 }, () => source.integer(1)).every(value => value === 0)).toBe(true)
  })

  it('gives each seed a stream of its own, neighbouring seeds too', () => {
    const first = Array.from({ length: 16_000 }, (_, seed) => chance(seed).uniform())
    expect(new Set(first).size).toBe(first.length)
    expect(
      chiSquare(
        first.map(value => Math.floor(value * 16)),
        16,
      ),
    ).toBeLessThan(LIMIT_15)
    const forks = Array.from({ length: 16_000 }, (_, name) => chance(1).fork(`string ${name}`).integer(16))
    expect(chiSquare(forks, 16)).toBeLessThan(LIMIT_15)
  })

  it('keeps the streams that stored runs rely on', () => {
    expect(take(chance(1), 3)).toMatchInlineSnapshot(`
      [
        0.2490709726778364,
        0.995399262684838,
        0.2578214118277897,
      ]
    `)
    expect(take(chance(1).fork('data'), 3)).toMatchInlineSnapshot(`
      [
        0.09613035869255349,
        0.09205907513585765,
        0.19013006777158736,
      ]
    `)
    expect(take(chance(0xffff_ffff).fork('data').fork('order'), 1)).toMatchInlineSnapshot(`
      [
        0.8637707387557381,
      ]
    `)
  })

  it('forks by name alone, whatever was drawn before', () => {
    const used = chance(4)
    take(used, 10)
    expect(take(used.fork('params'), 5)).toEqual(take(chance(4).fork('params'), 5))
    expect(take(used.fork('params'), 5)).not.toEqual(take(used.fork('data'), 5))
    expect(take(used.fork('a').fork('b'), 5)).not.toEqual(take(used.fork('b').fork('a'), 5))
    expect(take(used.fork('params'), 5)).not.toEqual(take(chance(5).fork('params'), 5))
  })

  it('does not move when a fork is drawn from', () => {
    const source = chance(6)
    take(source.fork('data'), 100)
    expect(take(source, 5)).toEqual(take(chance(6), 5))
  })

  it('goes on from where it was saved, through text', () => {
    const source = chance(7).fork('order')
    take(source, 13)
    const saved: unknown = JSON.parse(JSON.stringify(source.save()))
    const restored = restoreChance(saved as ReturnType<Chance['save']>)
    expect(take(restored, 50)).toEqual(take(source, 50))
    expect(restored.fork('next').uniform()).toBe(source.fork('next').uniform())
  })
})
