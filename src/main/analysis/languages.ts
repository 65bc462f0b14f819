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

/** Reads a string as `textOf` writes it; spaces anywhere are allowed. The longest symbol that fits comes first. @throws InputError */
export function symbolsIn({ symbols }: Language, text: string, field = 'string.text'): number[] {
  const byLength = symbols.map((name, symbol) => ({ name, symbol })).sort((a, b) => b.name.length - a.name.length)
  const found: number[] = []
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at]!)) {
      at++
      continue
    }
    const next = byLength.find(({ name }) => name !== '' && text.startsWith(name, at))
    if (!next) throw new InputError(field, text.slice(at, at + 20), `the symbols ${symbols.join(' ')}`)
    found.push(next.symbol)
    at += next.name.length
  }
  return found
}

/** Milliseconds, roughly, that the optimal predictor takes for one string: a grammar's chart has length² fields for each rule. */
export function workAt({ grammar }: Language, length: number): number {
  const rules = grammar ? Object.values(grammar.rules).flat().length : 0
  return 0.02 + length / 500 + 6e-5 * rules * length ** 2
}
