import { UNKNOWN } from '../../engine/tasks/corpus/corpus.ts'
import { validLengths, type Language } from '../../engine/tasks/task.ts'
import { InputError } from '../../shared/errors.ts'
import { openTask } from '../services/languages.ts'

/** @throws InputError */
export const languageFor = openTask

/** @throws InputError when the language has no string in the range */
export function lengthsOf(language: Language, range: readonly [number, number], field = 'lengths'): number[] {
  const lengths = validLengths(language, range)
  if (lengths.length === 0)
    throw new InputError(field, range, 'a range with at least one length at which the language has strings')
  return lengths
}

/** The string as a person reads it: signs side by side, longer names with spaces between. */
export function textOf({ symbols }: Language, string: Iterable<number>): string {
  const apart = symbols.some(symbol => [...symbol].length > 1) ? ' ' : ''
  return Array.from(string, symbol => symbols[symbol] ?? '?').join(apart)
}

/** More than these are not told one by one. */
const MOST_TOLD = 60

/**
 * Reads a string as `textOf` writes it; spaces anywhere are allowed, the longest symbol that fits comes first. Words of a text stand
 * between spaces: a word that it does not have is not taken apart into others. @throws InputError
 */
export function symbolsIn(language: Language, text: string, field = 'string.text'): number[] {
  return language.corpus ? wordsIn(language, text, field) : signsIn(language, text, field)
}

function signsIn({ symbols }: Language, text: string, field: string): number[] {
  const byLength = symbols.map((name, symbol) => ({ name, symbol })).sort((a, b) => b.name.length - a.name.length)
  const found: number[] = []
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at]!)) {
      at++
      continue
    }
    const next = byLength.find(({ name }) => name !== '' && text.startsWith(name, at))
    if (!next) {
      const told = symbols.slice(0, MOST_TOLD).join(' ')
      const more = symbols.length > MOST_TOLD ? ` … (${symbols.length})` : ''
      throw new InputError(field, /^\S{1,20}/.exec(text.slice(at))![0], `the symbols ${told}${more}`)
    }
    found.push(next.symbol)
    at += next.name.length
  }
  return found
}

function wordsIn({ symbols }: Language, text: string, field: string): number[] {
  const numbers = new Map(symbols.map((word, symbol) => [word, symbol]))
  return text.split(/\s+/).flatMap(word => {
    if (word === '') return []
    const number = numbers.get(word) ?? numbers.get(word.toLowerCase())
    if (number !== undefined) return [number]
    const rest = numbers.has(UNKNOWN) ? `; ${UNKNOWN} stands for all others` : ''
    throw new InputError(field, word.slice(0, 40), `the ${symbols.length} words of this text${rest}`)
  })
}

/** Milliseconds, roughly, that the optimal predictor takes for one string: a grammar's chart has length² fields for each rule. */
export function workAt({ grammar }: Language, length: number): number {
  const rules = grammar ? Object.values(grammar.rules).flat().length : 0
  return 0.02 + length / 500 + 6e-5 * rules * length ** 2
}
