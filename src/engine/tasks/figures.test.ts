import { describe, expect, it } from 'vitest'
import { InputError } from '../../shared/errors.ts'
import { chance } from '../chance.ts'
import { floorAndCeiling, floorAndCeilingByLength, setBound } from './figures.ts'
import { tasks } from './index.ts'
import { openLanguage, validLengths, type Language } from './task.ts'

const open = (id: string, options = {}): Language => openLanguage(tasks[id]!, options)

const RANGES = [
  [40, 80],
  [40, 100],
  [100, 200],
  [200, 400],
] as const
/** The larger the sets, the fewer strings a ceiling needs. */
const PER_LENGTH = [40, 30, 8, 4]

/** Spec §6: number of valid lengths, perplexity bound, accuracy of the optimal predictor, accuracy of the trivial predictor. */
const SECTION_6: Record<string, readonly (readonly [number, number, number, number])[]> = {
  'count-3': [
    [13, 1.0429, 0.985, 0.951],
    [20, 1.0428, 0.987, 0.958],
    [33, 1.0234, 0.994, 0.98],
    [67, 1.0141, 0.997, 0.99],
  ],
  'marked-reverse-and-copy': [
    [14, 1.3004, 0.826, 0.476],
    [20, 1.3018, 0.827, 0.479],
    [34, 1.2837, 0.83, 0.49],
    [67, 1.2748, 0.832, 0.495],
  ],
  'count-and-copy': [
    [13, 1.3091, 0.821, 0.639],
    [20, 1.3096, 0.824, 0.643],
    [33, 1.2875, 0.828, 0.656],
    [67, 1.2767, 0.83, 0.661],
  ],
  'marked-copy': [
    [20, 1.4686, 0.744, 0.484],
    [30, 1.4692, 0.745, 0.486],
    [50, 1.4447, 0.749, 0.493],
    [100, 1.4327, 0.751, 0.497],
  ],
  'unmarked-copy-different-alphabets': [
    [21, 1.4782, 0.74, 0.484],
    [31, 1.4771, 0.743, 0.486],
    [51, 1.4482, 0.748, 0.493],
    [101, 1.4344, 0.75, 0.497],
  ],
  'unmarked-reverse-and-copy': [
    [13, 1.3091, 0.825, 0.492],
    [20, 1.3096, 0.825, 0.493],
    [33, 1.2875, 0.827, 0.497],
    [67, 1.2767, 0.834, 0.498],
  ],
  'unmarked-copy': [
    [21, 1.4782, 0.738, 0.492],
    [31, 1.4771, 0.74, 0.493],
    [51, 1.4482, 0.746, 0.497],
    [101, 1.4344, 0.749, 0.498],
  ],
}

describe('floor and ceiling of the non-context-free tasks', () => {
  const cells = Object.entries(SECTION_6).flatMap(([id, rows]) =>
    RANGES.map((range, i) => ({ id, range, perLength: PER_LENGTH[i]!, expected: rows[i]! })),
  )

  it.each(cells)('$id $range', ({ id, range, perLength, expected: [count, bound, ceiling, floor] }) => {
    const language = open(id)
    const figures = floorAndCeiling(language, range, { perLength, seed: 0 })
    expect(figures.validLengths).toHaveLength(count)
    expect(Math.abs(figures.boundPerplexity - bound)).toBeLessThan(1e-4)
    expect(setBound(language, figures.validLengths)).toBeCloseTo(figures.boundPerplexity, 12)
    expect(Math.abs(figures.ceilingAccuracy! - ceiling)).toBeLessThan(0.005)
    expect(Math.abs(figures.floorAccuracy - floor)).toBeLessThan(0.001)
  })
})

describe('bounds of the context-free tasks on [40, 80]', () => {
  it.each([
    ['marked-reversal', 20, 1.469],
    ['unmarked-reversal', 21, 1.479],
  ] as const)('%s, exactly', (id, count, bound) => {
    const language = open(id)
    const lengths = validLengths(language, [40, 80])
    expect(lengths).toHaveLength(count)
    expect(Math.abs(setBound(language, lengths) - bound)).toBeLessThan(0.001)
  })

  // The published figures come from so many strings; tolerances are three of their standard errors (measured: .0074, .0117, .039 nats a symbol).
  it.each([
    ['padded-reversal', { distribution: 'released' }, 41, 1.381, 0.261, 0.022],
    ['dyck', { distribution: 'released' }, 21, 2.007, 0.647, 0.035],
    ['hardest-cfl', {}, 41, 4.137, 1.357, 0.117],
  ] as const)('%s, from strings', (id, options, count, bound, crossEntropy, tolerance) => {
    const language = open(id, options)
    const lengths = validLengths(language, [40, 80])
    expect(lengths).toHaveLength(count)
    const strings = lengths.flatMap(length => {
      const source = chance(length)
      return Array.from({ length: 40 }, () => language.sample(source, length))
    })
    const symbols = strings.reduce((sum, string) => sum + string.length + 1, 0)
    const nats = strings.reduce((sum, string) => sum - language.logProbability(string), 0)
    expect(Math.abs(nats / symbols - crossEntropy)).toBeLessThan(tolerance)
    expect(Math.abs(Math.log(setBound(language, lengths, strings)) - Math.log(bound))).toBeLessThan(tolerance)
    expect(setBound(language, lengths, strings)).toBeCloseTo(
      Math.exp((nats + strings.length * Math.log(count)) / symbols),
      12,
    )
  })
})

describe('floor and ceiling', () => {
  it('lie in order for the context-free tasks', () => {
    for (const id of ['marked-reversal', 'unmarked-reversal', 'padded-reversal', 'dyck', 'hardest-cfl']) {
      const { ceilingAccuracy, floorAccuracy } = floorAndCeiling(open(id), [40, 60], { perLength: 3, seed: 0 })
      expect(floorAccuracy).toBeGreaterThan(0.2)
      expect(ceilingAccuracy).toBeGreaterThan(floorAccuracy + 0.05)
      expect(ceilingAccuracy).toBeLessThan(1)
    }
  })

  it('pool what the single lengths give', () => {
    const language = open('count-3')
    const lengths = validLengths(language, [40, 80])
    const single = floorAndCeilingByLength(language, lengths, lengths, { perLength: 2, seed: 0 })
    const pooled = floorAndCeiling(language, [40, 80], { perLength: 2, seed: 0 })
    const mean = (of: (at: (typeof single)[number]) => number): number =>
      single.reduce((sum, at) => sum + of(at) * (at.length + 1), 0) / single.reduce((sum, at) => sum + at.length + 1, 0)
    expect(single.map(at => at.length)).toEqual(lengths)
    expect(mean(at => at.ceilingAccuracy!)).toBeCloseTo(pooled.ceilingAccuracy!, 12)
    expect(mean(at => at.floorAccuracy)).toBeCloseTo(pooled.floorAccuracy, 12)
    expect(single.map(at => at.boundPerplexity)).toEqual(lengths.map(() => 1))
    expect(single[0]!.floorAccuracy).toBeCloseTo(1 - 3 / 43, 12)
  })

  it('know how sure a predictor of the wrong lengths is', () => {
    const language = open('count-3')
    const [known, beyond] = floorAndCeilingByLength(language, [42, 90], [42], { perLength: 1, seed: 0 })
    expect(known!.ceilingAccuracy).toBe(1)
    // Right for the first 14 symbols; nothing of length 42 goes on with a fifteenth 0.
    expect(beyond!.ceilingAccuracy).toBeCloseTo(14 / 91, 12)
  })

  it('are the same for the same seed', () => {
    const language = open('unmarked-copy')
    expect(floorAndCeiling(language, [40, 44], { perLength: 2, seed: 3 })).toEqual(
      floorAndCeiling(language, [40, 44], { perLength: 2, seed: 3 }),
    )
  })

  it('refuse what cannot be answered', () => {
    expect(() => floorAndCeiling(open('count-3'), [40, 41], { perLength: 1, seed: 0 })).toThrow(InputError)
    expect(() => setBound(open('dyck'), [40])).toThrow(/^strings is /)
  })
})
