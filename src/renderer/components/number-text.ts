import { decimalOf, readNumber } from '../../shared/read-number.ts'

/** Words for some numbers, as an option declares them: `{ 'no limit': 1_000_000 }`. */
export type Words = Readonly<Record<string, number>>

/** What a field shows of what it holds: text that is no number as it is. */
export function numberText(value: unknown, words: Words = {}): string {
  if (value === null || value === undefined) return ''
  return Object.entries(words).find(([, number]) => number === value)?.[0] ?? String(value)
}

/** What a text says: a number; nothing, where it is empty or the beginning of a word that it may still become; or why it is no number. */
export type Said =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'begun' }
  | { readonly kind: 'wrong'; readonly problem: string }

export interface Asked {
  readonly words?: Words | undefined
  readonly whole?: boolean | undefined
  readonly locale?: string | undefined
}

export function said(text: string, { words = {}, whole = false, locale = navigator.language }: Asked = {}): Said {
  const plain = text.trim().replace(/\s+/g, ' ').toLowerCase()
  if (plain === '') return { kind: 'empty' }
  const word = Object.keys(words).find(one => one.startsWith(plain))
  if (word !== undefined) return word === plain ? { kind: 'number', value: words[word]! } : { kind: 'begun' }
  const { value, problem } = readNumber(text, { decimal: decimalOf(locale), whole })
  return problem === undefined ? { kind: 'number', value } : { kind: 'wrong', problem }
}

/** Why a number that was typed cannot be taken; '' where it can. */
export function outside(
  value: number,
  { min, max, whole = false }: { min?: number | undefined; max?: number | undefined; whole?: boolean | undefined },
): string {
  if (whole && !Number.isInteger(value)) return 'needs a whole number'
  if (min !== undefined && value < min) return `at least ${min}`
  return max !== undefined && value > max ? `at most ${max}` : ''
}
