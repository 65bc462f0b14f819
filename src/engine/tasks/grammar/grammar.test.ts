import { describe, expect, it } from 'vitest'
import { chance } from '../../chance.ts'
import { tasks } from '../index.ts'
import { openLanguage, validLengths, type Language } from '../task.ts'
import { parse } from './chart.ts'
import { dotted, type DottedGrammar } from './dotted.ts'
import { grammarLanguage } from './grammar-language.ts'
import type { Grammar } from './grammar.ts'
import { lengthTable } from './length-table.ts'
import { normalForm } from './normal-form.ts'

const open = (id: string, options = {}): Language => openLanguage(tasks[id]!, options)
const prepared = ({ grammar, symbols }: Language): DottedGrammar => dotted(normalForm(grammar!), symbols.length)

/** Probability of every string of up to `longest` symbols, by applying all rules of the original grammar until nothing changes. */
function derived({ start, rules }: Grammar, longest: number): Map<string, number> {
  let languages = new Map<string, Map<string, number>>()
  for (let change = 1; change > 1e-16;) {
    const next = new Map(
      Object.entries(rules).map(([left, alternatives]) => {
        const all = alternatives.reduce((sum, [weight]) => sum + weight, 0)
        const strings = new Map<string, number>()
        for (const [weight, ...right] of alternatives) {
          let partial = new Map([['', weight / all]])
          for (const symbol of right)
            partial = joined(
              partial,
              typeof symbol === 'number'
                ? new Map([[String(symbol), 1]])
                : (languages.get(symbol) ?? new Map<string, number>()),
              longest,
            )
          for (const [string, p] of partial) strings.set(string, (strings.get(string) ?? 0) + p)
        }
        return [left, strings]
      }),
    )
    change = Math.max(
      ...[...next].flatMap(([left, strings]) =>
        [...strings].map(([string, p]) => p - (languages.get(left)?.get(string) ?? 0)),
      ),
      0,
    )
    languages = next
  }
  return languages.get(start)!
}

function joined(a: Map<string, number>, b: Map<string, number>, longest: number): Map<string, number> {
  const result = new Map<string, number>()
  for (const [x, p] of a)
    for (const [y, q] of b) if (x.length + y.length <= longest) result.set(x + y, (result.get(x + y) ?? 0) + p * q)
  return result
}

/** Inside probability of one string by spans, straight from the original grammar; its rules must have no cycles of unary rules. */
function insideBySpans({ start, rules }: Grammar, string: readonly number[]): number {
  const known = new Map<string, number>()
  const once = (key: string, value: () => number): number => {
    if (!known.has(key)) known.set(key, value())
    return known.get(key)!
  }
  const least: Record<string, number> = Object.fromEntries(Object.keys(rules).map(left => [left, 0]))
  const shortest = (right: readonly (string | number)[]): number =>
    right.reduce<number>((sum, symbol) => sum + (typeof symbol === 'number' ? 1 : least[symbol]!), 0)
  for (let round = 0; round < 10; round++)
    for (const left in rules) least[left] = Math.min(...rules[left]!.map(([, ...right]) => shortest(right)))
  const all = (left: string, from: number, to: number): number =>
    once(`${left} ${from} ${to}`, () => {
      const total = rules[left]!.reduce((sum, [weight]) => sum + weight, 0)
      return rules[left]!.reduce((sum, [weight, ...right]) => sum + (weight / total) * tail(right, from, to), 0)
    })
  const tail = (right: readonly (string | number)[], from: number, to: number): number =>
    once(`${right.join('.')}| ${from} ${to}`, () => {
      const [first, ...rest] = right
      if (first === undefined) return from === to ? 1 : 0
      if (to - from < shortest(right)) return 0
      if (typeof first === 'number') return from < to && string[from] === first ? tail(rest, from + 1, to) : 0
      let sum = 0
      for (let middle = from + least[first]!; middle <= to; middle++) {
        const behind = tail(rest, middle, to)
        if (behind > 0) sum += behind * all(first, from, middle)
      }
      return sum
    })
  return all(start, 0, string.length)
}

const PECULIAR: Record<string, Grammar> = {
  'nullable start and left recursion': { start: 'S', rules: { S: [[2, 'S', 0, 'S'], [1, 1], [3]] } },
  'a cycle of unary rules': {
    start: 'S',
    rules: {
      S: [
        [1, 'A'],
        [1, 0, 'S', 1],
        [1, 0],
      ],
      A: [
        [2, 'B'],
        [1, 1],
      ],
      B: [[1, 'S'], [1, 'A'], [1]],
    },
  },
  'unary rules that come from empty ones': {
    start: 'S',
    rules: {
      S: [[3, 'S', 'S'], [4, 0, 'E', 1], [3]],
      E: [
        [1, 'S', 'F'],
        [1, 1],
      ],
      F: [[1], [1, 0]],
    },
  },
  'a nonterminal that derives nothing': {
    start: 'S',
    rules: {
      S: [
        [1, 0, 'S', 'N'],
        [1, 0, 'S', 1],
        [1, 1],
      ],
      N: [[1, 'N', 0]],
    },
  },
  'few strings': {
    start: 'S',
    rules: {
      S: [
        [1, 'A', 'A'],
        [3, 1, 'A', 0],
      ],
      A: [[1, 0], [1, 1, 1], [1]],
    },
  },
}

describe('normal form, length table and chart', () => {
  it.each(Object.entries(PECULIAR))('%s: every string keeps its probability', (_, grammar) => {
    const rules = dotted(normalForm(grammar), 2)
    const table = lengthTable(rules)
    const expected = derived(grammar, 6)
    for (let length = 0; length <= 6; length++) {
      const strings = Array.from({ length: 2 ** length }, (_, number) =>
        Array.from({ length }, (_, i) => (number >> i) & 1),
      )
      let sum = 0
      for (const string of strings) {
        const probability = Math.exp(parse(rules, string).whole.at(-1)!)
        expect(probability, string.join('')).toBeCloseTo(expected.get(string.join('')) ?? 0, 12)
        sum += probability
      }
      expect(Math.exp(table.lnProbability(length))).toBeCloseTo(sum, 12)
    }
  })

  it('keeps very long and very improbable lengths within range', () => {
    const rules = dotted(normalForm({ start: 'S', rules: { S: [[1, 0, 'S', 1], [99]] } }), 2)
    const table = lengthTable(rules)
    expect(table.lnProbability(2000)).toBeCloseTo(1000 * Math.log(0.01) + Math.log(0.99), 6)
    expect(table.lnProbability(2001)).toBe(-Infinity)
  })

  it('keeps predictions within range far into long strings', () => {
    const grammar: Grammar = { start: 'S', rules: { S: [[1, 0, 'S', 1], [1e4]] } }
    const language = grammarLanguage({ symbols: ['(', ')'], grammar, accepts: () => true, trivialCorrect: () => 0 })
    const string = Array.from({ length: 1000 }, (_, i) => (i < 500 ? 0 : 1))
    const rows = language.optimal!(string, [998, 1000])
    const expected = [...string, 2].map((symbol, i) =>
      i === 499 ? [0.5, 0.5, 0] : [0, 1, 2].map(column => (column === symbol ? 1 : 0)),
    )
    rows.forEach((row, i) =>
      row.forEach((value, column) => expect(value, `position ${i}`).toBeCloseTo(expected[i]![column]!, 9)),
    )
  })

  it('says what is wrong with a grammar', () => {
    expect(() => normalForm({ start: 'S', rules: { S: [[1, 'T']] } })).toThrow('no rule for T')
    expect(() => normalForm({ start: 'R', rules: { S: [[1, 0]] } })).toThrow('no rule for R')
    expect(() => normalForm({ start: 'S', rules: { S: [[0, 0]] } })).toThrow('weights are positive')
    expect(() => normalForm({ start: 'S', rules: { S: [[1, 'S', 'S'], [1]] } })).toThrow('do not settle')
  })
})

describe('the context-free tasks', () => {
  // Spec §3.2: ln P(shortest), ln P(longest) in [40, 80], measured with the released grammars; unmarked reversal without its empty string.
  it.each([
    ['marked-reversal', {}, -4.4415, -4.7555],
    ['unmarked-reversal', {}, -4.4249, -4.7555],
    ['padded-reversal', { distribution: 'released' }, -5.2895, -5.3017],
    ['dyck', { distribution: 'released' }, -15.9613, -25.2516],
    ['hardest-cfl', {}, -6.4727, -8.527],
  ] as const)('%s %s: lengths have the published probabilities', (id, options, shortest, longest) => {
    const language = open(id, options)
    const grammar = prepared(language)
    const table = lengthTable(grammar)
    const lengths = validLengths(language, [40, 80])
    const lnNotEmpty = Math.log(1 - grammar.empty)
    expect(Math.abs(table.lnProbability(lengths[0]!) - lnNotEmpty - shortest)).toBeLessThan(0.5e-4)
    expect(Math.abs(table.lnProbability(lengths.at(-1)!) - lnNotEmpty - longest)).toBeLessThan(0.5e-4)
  })

  it('padded reversal and dyck: lengths have the probabilities of their closed forms', () => {
    const padded = lengthTable(prepared(open('padded-reversal')))
    const dyck = lengthTable(prepared(open('dyck')))
    const pairs = [0]
    const sequences = [0]
    for (let n = 1; n <= 40; n++) {
      pairs[n] = (39 / 40) * sequences[n - 1]! + (n === 1 ? 1 / 40 : 0)
      sequences[n] = pairs.reduce((sum, pair, k) => sum + 0.5 * pair * (k === n ? 1 : (sequences[n - k] ?? 0)), 0)
    }
    for (const length of [40, 80]) {
      let probability = 0
      for (let n = 0; 2 * n <= length; n++) probability += (((60 / 61) ** n / 61) * (30 / 31) ** (length - 2 * n)) / 31
      expect(padded.lnProbability(length)).toBeCloseTo(Math.log(probability), 10)
      expect(dyck.lnProbability(length)).toBeCloseTo(Math.log(sequences[length / 2]!), 10)
    }
  })

  it.each([
    ['marked-reversal', 45],
    ['unmarked-reversal', 44],
    ['padded-reversal', 43],
    ['dyck', 44],
    ['hardest-cfl', 52],
  ])('%s: long strings have the probability that spans give them', (id, length) => {
    const language = open(id)
    const table = lengthTable(prepared(language))
    const source = chance(1)
    for (let i = 0; i < 3; i++) {
      const string = language.sample(source, length)
      expect(language.logProbability(string)).toBeCloseTo(
        Math.log(insideBySpans(language.grammar!, string)) - table.lnProbability(length),
        8,
      )
    }
  })

  it('marked reversal: all strings of a length are equally probable, also long ones', () => {
    const language = open('marked-reversal')
    expect(language.logProbability(language.sample(chance(2), 401))).toBeCloseTo(-200 * Math.log(2), 8)
  })

  it('padded reversal: long strings are a mixture over the lengths of w', () => {
    const language = open('padded-reversal', { meanWord: 9, meanPadding: 4 })
    const string = language.sample(chance(3), 301)
    const table = lengthTable(prepared(language))
    let probability = 0
    for (let n = 0; 2 * n <= 301; n++) {
      const middle = string.slice(n, 301 - n)
      if (middle.every(symbol => symbol === middle[0]))
        probability += 0.45 ** n * 0.1 * (middle.length === 0 ? 1 : 0.5) * 0.8 ** middle.length * 0.2
    }
    expect(language.logProbability(string)).toBeCloseTo(Math.log(probability) - table.lnProbability(301), 8)
  })

  it('dyck: the probability is the product of what each pair of neighbours says', () => {
    const language = open('dyck')
    const string = language.sample(chance(4), 400)
    const opens = (position: number): boolean => position < string.length && string[position]! % 2 === 0
    // An opening bracket holds a sequence or nothing, once for each kind; after a closing one the sequence goes on or ends.
    const ln = string.reduce((sum, _, i) => sum + Math.log(opens(i) ? (opens(i + 1) ? 39 / 40 : 1 / 40) / 2 : 1 / 2), 0)
    expect(language.logProbability(string)).toBeCloseTo(ln - lengthTable(prepared(language)).lnProbability(400), 8)
  })
})
