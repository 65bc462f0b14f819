import { int } from '../../../shared/options.ts'
import type { Chance } from '../../chance.ts'

/** Option: of how many kinds of symbol words are made; 0 … kinds - 1 stand for them. */
export const kinds = int({ default: 2, min: 1, max: 200, doc: 'kinds of symbol that words are made of' })

/** How word symbols are shown: '0', '1', …; in a second alphabet with a prime: "0′", "1′", …. */
export const shown = (count: number, mark = ''): string[] => Array.from({ length: count }, (_, i) => `${i}${mark}`)

/** A uniformly drawn word of `length` symbols. */
export const drawWord = (chance: Chance, length: number, count: number): number[] =>
  Array.from({ length }, () => chance.integer(count))

export const isWord = (string: readonly number[], count: number): boolean =>
  string.every(symbol => Number.isInteger(symbol) && symbol >= 0 && symbol < count)

export const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((symbol, i) => symbol === b[i])

/** `string` cut into `parts` pieces of equal length; undefined when it cannot be. */
export function cut(string: readonly number[], parts: number): number[][] | undefined {
  const length = string.length / parts
  return Number.isInteger(length)
    ? Array.from({ length: parts }, (_, i) => string.slice(i * length, (i + 1) * length))
    : undefined
}

/** `string` split at each `mark`. */
export function split(string: readonly number[], mark: number): number[][] {
  const pieces: number[][] = [[]]
  for (const symbol of string) {
    if (symbol === mark) pieces.push([])
    else pieces.at(-1)!.push(symbol)
  }
  return pieces
}
