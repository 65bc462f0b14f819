import type { BinSpec } from '../../shared/study.ts'
import { mostFrequent, unigramCosts } from '../tasks/corpus/text-language.ts'
import { endOfSentence, type Corpus } from '../tasks/corpus/corpus.ts'
import { cut } from './streams.ts'

const GROWTH = 1.25
const MOST_TARGETS = 1_000

/** Groups [first, last] of positions 1 … count, in a bin's range: each beginning about a quarter further on than the one before. */
export function buckets(count: number, [low, high]: readonly [number, number]): [number, number][] {
  const found: [number, number][] = []
  for (let first = 1; first <= count;) {
    const last = Math.max(first, Math.round(first * GROWTH) - 1)
    const own: [number, number] = [Math.max(first, low), Math.min(last, high, count)]
    if (own[0] <= own[1]) found.push(own)
    first = last + 1
  }
  return found
}

/** 1, 2, 4 … and `longest`. */
export function contextLengths(longest: number): number[] {
  const lengths: number[] = []
  for (let length = 1; length < longest; length *= 2) lengths.push(length)
  return [...lengths, longest]
}

/** The most words that the bins by context give, as far as the test part has so many. */
export const longestContext = (bins: readonly BinSpec[], words: number): number =>
  Math.min(words - 1, Math.max(1, ...bins.filter(({ by }) => by === 'context').map(({ lengths }) => lengths[1])))

export const inBin = (length: number, { lengths: [low, high] }: BinSpec): boolean => low <= length && length <= high

/** Places in the test part of the words that are predicted from contexts: at most a thousand and a tenth of it, evenly apart, each with `longest` words before it. */
export function contextTargets(words: number, longest: number): number[] {
  const room = words - longest
  const count = Math.max(1, Math.min(MOST_TARGETS, Math.floor(words / 10), room))
  return Array.from({ length: count }, (_, k) => longest + Math.floor((k * room) / count))
}

/** What the unigram model reaches at each length that a study's bins test: accuracy, and nats per word. */
export function unigramFloors(
  corpus: Corpus,
  bins: readonly BinSpec[],
  columns: number,
): { bin: string; length: number; accuracy: number; nats: number }[] {
  const usual = mostFrequent(corpus.train, corpus.words.length)
  const { test } = corpus
  const costs = unigramCosts(corpus)
  const floorAt = (places: readonly number[]): { accuracy: number; nats: number } => ({
    accuracy: places.filter(place => test[place] === usual).length / places.length,
    nats: places.reduce((sum, place) => sum + costs[test[place]!]!, 0) / places.length,
  })
  const { length } = cut(test, { columns, steps: 1, before: endOfSentence(corpus) })
  return bins.flatMap(bin => {
    if (bin.by === 'context') {
      const longest = longestContext(bins, test.length)
      const floor = floorAt(contextTargets(test.length, longest))
      return contextLengths(longest)
        .filter(one => inBin(one, bin))
        .map(one => ({ bin: bin.name, length: one, ...floor }))
    }
    return buckets(length, bin.lengths).map(([first, last]) => {
      const places = Array.from(
        { length: columns * (last - first + 1) },
        (_, k) => (k % columns) * length + first - 1 + Math.floor(k / columns),
      )
      return { bin: bin.name, length: last, ...floorAt(places.filter(place => place < test.length)) }
    })
  })
}
