import { describe, expect, it } from 'vitest'
import { InputError } from '../../shared/errors.ts'
import { chance } from '../chance.ts'
import { openLanguage, validLengths, type Language, type Task } from '../tasks/task.ts'

/** Lengths are enumerated while there are at most so many strings over the alphabet; the shortest possible length always is. */
const ENUMERATED = 20_000

interface Member {
  readonly string: readonly number[]
  readonly probability: number
}

/** What every task promises, checked against all strings of its short lengths. @param options given to the task */
export function taskLaws(task: Task, options: Readonly<Record<string, unknown>> = {}): void {
  describe(`${task.id} ${JSON.stringify(options)}`, () => {
    const language = openLanguage(task, options)
    const lengths = shortLengths(language)
    const members = new Map(lengths.map(length => [length, membersOf(language, length)]))
    const possible = lengths.filter(length => language.valid(length))
    const longer = validLengths(language, [40, 80])

    it('declares its symbols and has short and long strings', () => {
      expect(new Set(language.symbols).size).toBe(language.symbols.length)
      expect(possible.length).toBeGreaterThan(0)
      expect(longer.length).toBeGreaterThan(0)
    })

    it('gives its strings of each length probabilities that sum to 1, and all other strings none', () => {
      for (const length of lengths) {
        const { accepted, probable } = members.get(length)!
        expect(
          probable.map(({ string }) => string),
          `length ${length}`,
        ).toEqual(accepted)
        expect(accepted.length > 0, `length ${length}`).toBe(language.valid(length))
        if (language.valid(length)) expect(total(probable), `length ${length}`).toBeCloseTo(1, 10)
      }
    })

    it('knows nothing of symbols that it does not have', () => {
      for (const symbol of [-1, language.symbols.length, 0.5, NaN]) {
        const string = language.sample(chance(1), longer[0]!).with(1, symbol)
        expect(language.accepts(string)).toBe(false)
        expect(language.logProbability(string)).toBe(-Infinity)
      }
    })

    it('samples only strings of the language, of the length asked for', () => {
      const source = chance(2)
      for (const length of longer) {
        const string = language.sample(source, length)
        expect(string).toHaveLength(length)
        expect(language.accepts(string), String(string)).toBe(true)
        expect(language.logProbability(string)).toBeLessThanOrEqual(1e-9)
      }
    })

    it('samples each string as often as it is probable', () => {
      const length = possible.findLast(length => members.get(length)!.accepted.length <= 300)!
      const expected = new Map(
        members.get(length)!.probable.map(({ string, probability }) => [String(string), 4000 * probability]),
      )
      const source = chance(3)
      const found = new Map<string, number>()
      for (let draw = 0; draw < 4000; draw++) {
        const string = String(language.sample(source, length))
        found.set(string, (found.get(string) ?? 0) + 1)
      }
      expect([...found.keys()].filter(string => !expected.has(string))).toEqual([])
      const { statistic, limit } = chiSquare(
        [...expected].map(([string, count]) => ({ expected: count, found: found.get(string) ?? 0 })),
      )
      expect(statistic).toBeLessThanOrEqual(limit)
    })

    it('samples the same strings from the same seed', () => {
      const draw = (seed: number): number[][] => {
        const source = chance(seed)
        return longer.map(length => language.sample(source, length))
      }
      expect(draw(4)).toEqual(draw(4))
      if (draw(4).some(string => language.logProbability(string) < -1)) expect(draw(5)).not.toEqual(draw(4))
    })

    if (language.entropy !== undefined)
      it('knows its entropy', () => {
        for (const length of possible) {
          const entropy = members
            .get(length)!
            .probable.reduce((sum, { probability }) => sum - probability * Math.log(probability), 0)
          expect(language.entropy!(length)).toBeCloseTo(entropy, 10)
        }
      })

    it('has a trivial predictor that is neither perfect nor impossible', () => {
      for (const length of [...possible, ...longer]) {
        const right = language.trivialCorrect(language.sample(chance(6), length))
        expect(right).toBeGreaterThanOrEqual(0)
        expect(right).toBeLessThan(length + 1)
      }
    })

    if (language.optimal !== undefined)
      it('predicts optimally: as enumeration does, after prefixes of all strings', () => {
        const byPrefix = enumeratedNext(
          language,
          possible.map(length => members.get(length)!.probable),
        )
        const longest = possible.at(-1)!
        const source = chance(7)
        const others = Array.from({ length: 100 }, () =>
          Array.from({ length: longest }, () => source.integer(language.symbols.length)),
        )
        for (const string of [...possible.flatMap(length => members.get(length)!.accepted.slice(0, 100)), ...others]) {
          const rows = language.optimal!(string, possible)
          expect(rows).toHaveLength(string.length + 1)
          rows.forEach((row, position) => expectClose(row, byPrefix.get(String(string.slice(0, position))), string))
        }
      })

    if (language.optimal !== undefined)
      it('predicts optimally: the chain of predictions is the probability of long strings', () => {
        const source = chance(8)
        for (let i = 0; i < 5; i++) {
          const string = language.sample(source, longer[source.integer(longer.length)]!)
          const rows = language.optimal!(string, longer)
          for (const row of rows) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 10)
          const chain = rows.reduce(
            (sum, row, position) => sum + Math.log(row[string[position] ?? language.symbols.length]!),
            0,
          )
          expect(chain).toBeCloseTo(language.logProbability(string) - Math.log(longer.length), 8)
        }
      })

    it('refuses lengths without strings, naming some that have them', () => {
      const wrong = Array.from({ length: 200 }, (_, length) => length).find(length => !language.valid(length)) ?? 0.5
      for (const length of [wrong, -1, 1.5, NaN]) {
        expect(language.valid(length)).toBe(false)
        expect(() => language.sample(chance(9), length)).toThrow(InputError)
        expect(() => language.sample(chance(9), length)).toThrow(/^length is .*such as \d+/)
        if (language.optimal !== undefined)
          expect(() => language.optimal!([], [longer[0]!, length])).toThrow(InputError)
        if (language.entropy !== undefined) expect(() => language.entropy!(length)).toThrow(InputError)
      }
    })

    it('refuses options that it does not have or that are out of range', () => {
      expect(() => openLanguage(task, { colour: 1 })).toThrow(/^task\.colour is 1; allowed: /)
      for (const name of Object.keys(task.options)) {
        expect(() => openLanguage(task, { [name]: 'many' }, 'study.task')).toThrow(
          new RegExp(`^study\\.task\\.${name} is "many"; allowed: `),
        )
        expect(() => openLanguage(task, { [name]: -1 })).toThrow(InputError)
      }
    })
  })
}

function shortLengths(language: Language): number[] {
  const affordable = Math.floor(Math.log(ENUMERATED) / Math.log(Math.max(2, language.symbols.length)))
  const shortest = Array.from({ length: 100 }, (_, length) => length).find(
    length => length > 0 && language.valid(length),
  )!
  return Array.from({ length: Math.max(affordable, shortest) + 1 }, (_, length) => length)
}

/** All strings of a length over the alphabet that the recogniser accepts, and all that have a probability. */
function membersOf(language: Language, length: number): { accepted: number[][]; probable: Member[] } {
  const accepted: number[][] = []
  const probable: Member[] = []
  for (const string of everyString(language.symbols.length, length)) {
    if (language.accepts(string)) accepted.push(string)
    const probability = Math.exp(language.logProbability(string))
    if (probability !== 0) probable.push({ string, probability })
  }
  return { accepted, probable }
}

function* everyString(symbols: number, length: number): Generator<number[]> {
  const count = symbols ** length
  for (let number = 0; number < count; number++) {
    const string = new Array<number>(length)
    for (let position = length - 1, rest = number; position >= 0; position--, rest = Math.floor(rest / symbols))
      string[position] = rest % symbols
    yield string
  }
}

const total = (members: readonly Member[]): number => members.reduce((sum, { probability }) => sum + probability, 0)

/** Next-symbol distributions by prefix, summed over all strings of all lengths. */
function enumeratedNext({ symbols }: Language, byLength: readonly (readonly Member[])[]): Map<string, Float64Array> {
  const next = new Map<string, Float64Array>()
  for (const { string, probability } of byLength.flat()) {
    for (let position = 0; position <= string.length; position++) {
      const prefix = String(string.slice(0, position))
      if (!next.has(prefix)) next.set(prefix, new Float64Array(symbols.length + 1))
      next.get(prefix)![string[position] ?? symbols.length]! += probability
    }
  }
  for (const row of next.values()) row.set(row.map((value, _, all) => value / all.reduce((a, b) => a + b)).slice())
  return next
}

function expectClose(row: Float64Array, expected: Float64Array | undefined, string: readonly number[]): void {
  const distance = row.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected?.[i] ?? 0))), 0)
  expect(distance, `${string}: ${row} and ${expected}`).toBeLessThan(1e-10)
}

/** Pearson's statistic over cells of which at least five are expected, and what it exceeds with a probability of about 1e-4 (Wilson & Hilferty 1931). */
function chiSquare(cells: readonly { expected: number; found: number }[]): { statistic: number; limit: number } {
  const rare = cells.filter(cell => cell.expected < 5)
  const pooled = {
    expected: rare.reduce((sum, cell) => sum + cell.expected, 0),
    found: rare.reduce((sum, cell) => sum + cell.found, 0),
  }
  const used = [...cells.filter(cell => cell.expected >= 5), ...(pooled.expected > 0 ? [pooled] : [])]
  const freedom = used.length - 1
  const statistic = used.reduce((sum, { expected, found }) => sum + (found - expected) ** 2 / expected, 0)
  return {
    statistic,
    limit: freedom === 0 ? 1e-9 : freedom * (1 - 2 / (9 * freedom) + 3.72 * Math.sqrt(2 / (9 * freedom))) ** 3,
  }
}
