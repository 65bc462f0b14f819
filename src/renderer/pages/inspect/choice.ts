import { MOST_SYMBOLS, type TraceString } from '../../../shared/contract/traces.ts'

/** The string that is looked at, as a person chooses it. */
export interface StringChoice {
  readonly source: 'sampled' | 'typed'
  /** null until the run's training lengths are known. */
  readonly length: number | null
  readonly seed: number
  readonly text: string
}

/** Strings up to 16 times as long as the longest of training are offered. */
export const longestOffered = ([, longest]: readonly [number, number]): number => Math.min(MOST_SYMBOLS, 16 * longest)

/** null while there is nothing to ask for. */
export function stringOf({ source, length, seed, text }: StringChoice): TraceString | null {
  if (source === 'typed') return text.trim() === '' ? null : { text }
  return length === null ? null : { length, seed }
}

/** The valid length closest to what is wanted, the shorter of two; what is wanted where none is known. `valid` ascending. */
export function nearestLength(valid: readonly number[], wanted: number): number {
  return valid.reduce<number | null>((best, length) => best === null || Math.abs(length - wanted) < Math.abs(best - wanted) ? length : best, null) ?? wanted
}

/** From an address, where it holds a string. */
export function choiceFrom(query: Readonly<Record<string, string>>): StringChoice {
  const number = (text: string | undefined, most: number): number | null => text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= most ? Number(text) : null
  return { source: query.text === undefined ? 'sampled' : 'typed', length: number(query.length, MOST_SYMBOLS), seed: number(query.seed, 0xffff_ffff) ?? 0, text: query.text ?? '' }
}

/** Into an address. Text that is long stays out of it. */
export function queryOf({ source, length, seed, text }: StringChoice): Record<string, string> {
  if (source === 'typed') return text.length <= 500 ? { text } : {}
  return { ...length === null ? {} : { length: String(length) }, ...seed === 0 ? {} : { seed: String(seed) } }
}
