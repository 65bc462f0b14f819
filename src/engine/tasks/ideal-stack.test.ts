import { describe, expect, it } from 'vitest'
import { chance } from '../chance.ts'
import { meant } from '../testing/parts.ts'
import { depthOf, type PossibleStack, type Stack } from './ideal-stack.ts'
import { tasks } from './index.ts'
import { openLanguage } from './task.ts'

const contentOf = (stack: Stack): number[] => (stack === null ? [] : [...contentOf(stack.below), stack.symbol])
const open = (id: string, options: Record<string, unknown> = {}) => openLanguage(tasks[id]!, options)
const words = (length: number, kinds: number): number[][] =>
  length === 0
    ? [[]]
    : words(length - 1, kinds).flatMap(word => Array.from({ length: kinds }, (_, symbol) => [...word, symbol]))

describe('the ideal stack', () => {
  it('of marked reversal holds w, then gives it back', () => {
    const stacks = open('marked-reversal').idealStack!.after([0, 1, 1, 2, 1, 1, 0], [7])
    expect(stacks.map(([one]) => [contentOf(one!.stack).join(''), one!.move, one!.probability])).toEqual([
      ['', 'start', 1],
      ['0', 'push', 1],
      ['01', 'push', 1],
      ['011', 'push', 1],
      ['011', 'keep', 1],
      ['01', 'pop', 1],
      ['0', 'pop', 1],
      ['', 'pop', 1],
    ])
    expect(
      open('marked-reversal')
        .idealStack!.after([0, 2, 1, 0], [3])
        .map(list => list.length),
    ).toEqual([1, 1, 1, 0, 0])
  })

  it('of brackets holds those that are open', () => {
    const { idealStack } = open('dyck')
    expect(idealStack!.symbols).toEqual(['(', '['])
    expect(idealStack!.after([0, 2, 3, 0, 1, 1], [6]).map(([one]) => contentOf(one!.stack))).toEqual([
      [],
      [0],
      [0, 1],
      [0],
      [0, 0],
      [0],
      [],
    ])
    expect(idealStack!.after([0, 3, 1], [4]).map(list => list.length)).toEqual([1, 1, 0, 0])
    expect(idealStack!.after([1], [2])[1]).toEqual([])
  })

  it('of unmarked reversal leaves open where the middle is, as likely as it is', () => {
    const after = open('unmarked-reversal').idealStack!.after([0, 0, 0], [2, 4])
    // 0 0 is a string of length 2 with probability 1/2, and begins one of length 4 with probability 1/4.
    expect(
      after[2]!.map(({ stack, move, probability }) => [depthOf(stack), move, Math.round(probability * 1e9) / 1e9]),
    ).toEqual([
      [0, 'pop', 0.666666667],
      [2, 'push', 0.333333333],
    ])
    expect(after[3]!.map(({ stack }) => depthOf(stack))).toEqual([1])
  })

  it('is declared by every task that says what it does; the others say why there is none', () => {
    for (const [id, { stack }] of meant('tasks', tasks)) {
      if (stack !== undefined) expect(open(id).idealStack === undefined, `${id}: ${stack}`).toBe(stack.startsWith('No'))
    }
  })

  it('is declared by the tasks that one stack solves, and not by those that need more', () => {
    const declared = (ids: string[]): boolean[] => ids.map(id => open(id).idealStack !== undefined)
    expect(declared(['dyck', 'marked-reversal', 'padded-reversal', 'unmarked-reversal'])).toEqual(Array(4).fill(true))
    expect(
      declared([
        'count-3',
        'count-and-copy',
        'hardest-cfl',
        'marked-copy',
        'marked-reverse-and-copy',
        'unmarked-copy',
        'unmarked-copy-different-alphabets',
        'unmarked-reverse-and-copy',
      ]),
    ).toEqual(Array(8).fill(false))
  })

  // Every way in which a string can come about, one by one.
  it.each([
    ['unmarked-reversal', { kinds: 2 }, [2, 4, 6]],
    ['unmarked-reversal', { kinds: 3 }, [4, 6]],
    ['padded-reversal', { kinds: 2, meanWord: 3, meanPadding: 2, distribution: 'grammar' }, [1, 4, 5, 6]],
    ['padded-reversal', { kinds: 2, meanWord: 1.5, meanPadding: 4, distribution: 'released' }, [3, 6]],
  ])('of %s %j has the posterior that enumeration gives', (id, options: Record<string, unknown>, lengths) => {
    const language = open(id, options)
    const kinds = language.symbols.length
    const {
      meanWord = 0,
      meanPadding = 0,
      distribution = 'grammar',
    } = options as { meanWord?: number; meanPadding?: number; distribution?: string }
    const made = lengths.flatMap(length => {
      const ways = Array.from({ length: Math.floor(length / 2) + 1 }, (_, word) => ({
        word,
        padding: length - 2 * word,
      }))
        .filter(({ word, padding }) =>
          id === 'padded-reversal' ? distribution === 'grammar' || word > 0 : padding === 0,
        )
        .flatMap(({ word, padding }) =>
          words(word, kinds).flatMap(w =>
            Array.from({ length: kinds }, (_, a) => ({
              string: [...w, ...Array<number>(padding).fill(a), ...w.toReversed()],
              word,
              padding,
              weight:
                ((meanWord / (meanWord + 1)) ** word * (meanPadding / (meanPadding + 1)) ** padding * kinds ** -word) /
                  kinds || kinds ** -word / kinds,
            })),
          ),
        )
      const total = ways.reduce((sum, { weight }) => sum + weight, 0)
      return ways.map(way => ({ ...way, weight: way.weight / total }))
    })
    for (const string of words(Math.max(...lengths), kinds)) {
      language.idealStack!.after(string, lengths).forEach((found, at) => {
        const fitting = made.filter(
          one => one.string.length >= at && string.slice(0, at).every((symbol, i) => symbol === one.string[i]),
        )
        const total = fitting.reduce((sum, { weight }) => sum + weight, 0)
        const expected = new Map<string, number>()
        for (const {
          word,
          padding,
          weight,
          string: { length },
        } of fitting) {
          const [depth, move] =
            at === 0
              ? [0, 'start']
              : at <= word
                ? [at, 'push']
                : at <= word + padding
                  ? [word, 'keep']
                  : [length - at, 'pop']
          expected.set(`${depth} ${move}`, (expected.get(`${depth} ${move}`) ?? 0) + weight / total)
        }
        const key = ({ stack, move }: PossibleStack): string => `${depthOf(stack)} ${move}`
        expect(found.map(key).sort()).toEqual([...expected.keys()].sort())
        for (const one of found) expect(one.probability).toBeCloseTo(expected.get(key(one))!, 10)
        for (const { stack } of found) expect(contentOf(stack)).toEqual(string.slice(0, depthOf(stack)))
      })
    }
  })

  it.each(['marked-reversal', 'dyck', 'unmarked-reversal', 'padded-reversal'])(
    'of %s begins and ends empty, and changes by one symbol at a time',
    id => {
      const language = open(id)
      const source = chance(3)
      const lengths = Array.from({ length: 30 }, (_, i) => 20 + i).filter(length => language.valid(length))
      for (const length of lengths) {
        const string = language.sample(source, length)
        const after = language.idealStack!.after(string, lengths)
        expect(after).toHaveLength(length + 1)
        expect(after[0]).toEqual([{ stack: null, move: 'start', probability: expect.closeTo(1, 12) }])
        expect(after.at(-1)!.find(({ stack }) => stack === null)!.probability).toBeGreaterThan(0)
        after.forEach((possible, at) => {
          expect(possible.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12)
          if (at === 0) return
          const before = new Set(after[at - 1]!.map(({ stack }) => contentOf(stack).join()))
          for (const { stack, move } of possible) {
            const content = contentOf(stack)
            const earlier = move === 'push' ? content.slice(0, -1) : move === 'pop' ? undefined : content
            if (earlier) expect(before).toContain(earlier.join())
            else
              expect(
                [...before].some(one => one.startsWith(content.join()) && one.length > content.join().length),
              ).toBe(true)
          }
        })
      }
    },
  )
})
