import { requireLength, type Language } from '../task.ts'
import { normalised } from './distribution.ts'
import { drawWord, isWord } from './words.ts'

/** A part of a string made from a word w: w or its reversal, each symbol raised by `shift`; or a constant, once or as often as w has symbols. */
export type Piece =
  | { readonly copy: 'forward' | 'reversed'; readonly shift: number }
  | { readonly constant: number; readonly times: 'once' | 'as w' }

export const word: Piece = { copy: 'forward', shift: 0 }
export const reversed: Piece = { copy: 'reversed', shift: 0 }
/** w in another alphabet. */
export const shifted = (shift: number): Piece => ({ copy: 'forward', shift })
export const mark = (symbol: number): Piece => ({ constant: symbol, times: 'once' })
/** As many equal symbols as w has. */
export const run = (symbol: number): Piece => ({ constant: symbol, times: 'as w' })

/** The strings that `pieces` make of every word w of n symbols, each of `kinds` kinds, all equally probable at each n. */
interface Copies extends Pick<Language, 'symbols' | 'accepts'> {
  readonly kinds: number
  /** The first is w itself. */
  readonly pieces: readonly Piece[]
  /** The trivial predictor's expected right predictions on a string made from n symbols, n at least 1. */
  trivialCorrect(n: number): number
}

/** Each symbol of the strings made from n symbols: `add`, plus the symbol at position `from` unless that is -1. */
interface Layout {
  readonly n: number
  readonly length: number
  readonly from: Int32Array
  readonly add: Int32Array
}

export function copyLanguage({ symbols, kinds, pieces, accepts, trivialCorrect }: Copies): Language {
  const once = pieces.filter(piece => 'constant' in piece && piece.times === 'once').length
  const sizeOf = (length: number): number => (length - once) / (pieces.length - once)
  const valid = (length: number): boolean => Number.isInteger(sizeOf(length)) && sizeOf(length) >= 0
  const checkedSize = (length: number): number => {
    requireLength(valid, length)
    return sizeOf(length)
  }
  const layouts = new Map<number, Layout>()
  const layoutOf = (length: number): Layout => {
    const known = layouts.get(length) ?? layOut(pieces, checkedSize(length))
    layouts.set(length, known)
    return known
  }
  const entropy = (length: number): number => checkedSize(length) * Math.log(kinds)
  return {
    symbols,
    valid,
    accepts,
    entropy,
    sample(chance, length) {
      const layout = layoutOf(length)
      const w = drawWord(chance, layout.n, kinds)
      return Array.from(layout.from, (_, position) => symbolAt(layout, position, w))
    },
    logProbability: string => (accepts(string) ? 0 - entropy(string.length) : -Infinity),
    trivialCorrect: string => (checkedSize(string.length) === 0 ? 0 : trivialCorrect(sizeOf(string.length))),
    optimal: (string, lengths) => nextSymbols(string, lengths.map(layoutOf), kinds, symbols.length),
  }
}

function layOut(pieces: readonly Piece[], n: number): Layout {
  const places = pieces.flatMap(piece => {
    if ('constant' in piece)
      return Array.from({ length: piece.times === 'once' ? 1 : n }, () => ({ from: -1, add: piece.constant }))
    return Array.from({ length: n }, (_, i) => ({ from: piece.copy === 'forward' ? i : n - 1 - i, add: piece.shift }))
  })
  return {
    n,
    length: places.length,
    from: Int32Array.from(places, place => place.from),
    add: Int32Array.from(places, place => place.add),
  }
}

const symbolAt = ({ from, add }: Layout, position: number, string: readonly number[]): number =>
  add[position]! + (from[position]! < 0 ? 0 : string[from[position]!]!)

/**
 * Bayes' rule over the layouts that agree with the prefix: one that has shown f symbols of w has weight kinds^-f; its next symbol is
 * uniform while w lasts and certain afterwards.
 */
function nextSymbols(
  string: readonly number[],
  layouts: readonly Layout[],
  kinds: number,
  end: number,
): Float64Array[] {
  let alive = layouts
  return Array.from({ length: string.length + 1 }, (_, position) => {
    const row = new Float64Array(end + 1)
    const fewest = alive.reduce((least, { n }) => Math.min(least, n), position)
    let uniform = 0
    for (const layout of alive) {
      const weight = kinds ** (fewest - Math.min(layout.n, position))
      if (position < layout.n) uniform += weight
      else row[position === layout.length ? end : symbolAt(layout, position, string)]! += weight
    }
    for (let symbol = 0; symbol < kinds; symbol++) row[symbol]! += uniform / kinds
    const next = string.slice(position, position + 1)
    const inWord = isWord(next, kinds)
    alive = alive.filter(layout =>
      position < layout.n ? inWord : position < layout.length && symbolAt(layout, position, string) === next[0],
    )
    return normalised(row)
  })
}
