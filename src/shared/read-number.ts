/** What a text says as a number; `problem`: why it says none, in words. An empty text is neither. */
export type ReadNumber =
  { readonly value: number; readonly problem?: undefined } | { readonly value?: undefined; readonly problem: string }

export interface Reader {
  /** How the locale of whoever types separates decimals. */
  readonly decimal?: string
  /** Only a whole number is of use. */
  readonly whole?: boolean
}

/** Marks that say how text runs, which come along when numbers are copied. */
const UNSEEN = /[\u200e\u200f\u061c\u2066-\u2069\ufeff]/g
const MINUS = /[\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d]/g
const PLUS = /[\ufe62\uff0b]/g
/** What is only ever written between groups of digits: spaces of every width, apostrophes, underscores, the Arabic sign. */
const GROUPING = /[\s\u00a0\u202f\u2009\u2007\u2008\u200a'\u2019\uff07_\u066c]/g
const EXPONENT = /(?:[eE]|\s*[×·*]\s*10\s*\^?\s*)([-+]?\d+)$/
const SUPERSCRIPT: Readonly<Record<string, string>> = Object.fromEntries([
  ...[...'⁰¹²³⁴⁵⁶⁷⁸⁹'].map((sign, digit): [string, string] => [sign, String(digit)]),
  ['⁻', '-'],
  ['⁺', '+'],
])

/**
 * Reads a number as people write it: the point or the comma before decimals, groups of digits apart by points, commas, spaces or
 * apostrophes (by three, or as in India), exponents, any minus sign, any script's digits. What can be read in two ways is refused: `2.000`
 * is two or two thousand, and nobody but its writer knows.
 */
export function readNumber(text: string, reader: Reader = {}): ReadNumber {
  const shown = text.trim()
  if (shown === '') return { problem: 'needs a number' }
  const plain = shown
    .replace(UNSEEN, '')
    .replace(/\p{Nd}/gu, digitOf)
    .replace(/[⁰¹²³⁴-⁹⁻⁺]+$/u, power => `^${[...power].map(sign => SUPERSCRIPT[sign]).join('')}`)
    .replace(MINUS, '-')
    .replace(PLUS, '+')
    .replace(/\u066b/g, '.')
  const exponent = EXPONENT.exec(plain)
  const [, sign = '', digits = ''] = /^([-+]?)\s*(.*)$/s.exec(exponent ? plain.slice(0, exponent.index) : plain)!
  const tail = `e${exponent?.[1] ?? '0'}`
  const readings = mantissas(digits, exponent !== null, reader)
  const [first, second] = readings.map(reading => Number(`${sign}${reading}${tail}`))
  if (first === undefined) return { problem: `“${cut(shown)}” is no number` }
  if (second !== undefined) {
    const [a, b] = readings.map(reading => `${sign}${withoutDoubt(reading)}`)
    return { problem: `“${cut(shown)}” can be read as ${first} or as ${second}: write ${a} or ${b}` }
  }
  return Number.isFinite(first) ? { value: first } : { problem: `“${cut(shown)}” is larger than any number here` }
}

/** The separator before decimals in a locale. */
export const decimalOf = (locale: string | undefined): string => {
  try {
    return new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === 'decimal')?.value ?? '.'
  } catch {
    return '.'
  }
}

/** What the digits can mean, written plainly: nothing, one thing or two. */
function mantissas(digits: string, hasExponent: boolean, { decimal = '.', whole = false }: Reader): string[] {
  if (!/\d/.test(digits)) return []
  const parts = digits.split(/[.,]/)
  const used = new Set(digits.replace(/[^.,]/g, ''))
  const spaced = digits.replace(GROUPING, '') !== digits
  const last = parts.at(-1)!
  if (parts.length === 1) return integer(digits)
  if (spaced || used.size === 2) {
    // One sign groups, the other one, at the end and once, stands before the decimals.
    const mark = digits[digits.length - last.length - 1]!
    const before = digits.slice(0, digits.length - last.length - 1)
    return before.includes(mark) ? [] : fraction(integer(before.replaceAll(/[.,]/g, ' ')), last)
  }
  const grouped = integer(digits.replaceAll(/[.,]/g, ' '))
  if (parts.length > 2) return grouped
  const [mark] = used
  const decimals = /^\d*$/.test(parts[0]!) ? fraction([parts[0]!], last) : []
  if (hasExponent || grouped.length === 0 || /^0/.test(parts[0]!)) return decimals
  if (mark === '.' && decimal === '.' && !whole && Number(last) !== 0) return decimals
  return [...decimals, ...grouped]
}

const fraction = (whole: readonly string[], decimals: string): string[] =>
  /^\d*$/.test(decimals) ? whole.map(digits => `${digits || '0'}.${decimals || '0'}`) : []

/** A whole number, its groups apart by one kind of sign. */
function integer(text: string): string[] {
  if (/^\d+$/.test(text)) return [text]
  const marks = new Set(text.replace(/\d/g, ''))
  const groups = text.split(GROUPING)
  if (marks.size !== 1 || groups.some(group => !/^\d+$/.test(group))) return []
  const [head, ...rest] = groups as [string, ...string[]]
  const byThree = head.length <= 3 && rest.every(group => group.length === 3)
  const asInIndia =
    head.length <= 2 && rest.at(-1)!.length === 3 && rest.slice(0, -1).every(group => group.length === 2)
  return byThree || asInIndia ? [groups.join('')] : []
}

/** Four decimals are no group of digits. */
function withoutDoubt(reading: string): string {
  if (!reading.includes('.')) return reading
  const short = reading.replace(/0+$/, '').replace(/\.$/, '')
  return /\.\d{3}$/.test(short) ? `${short}0` : short
}

/** Digits of a script stand together, ten by ten. */
function digitOf(sign: string): string {
  const code = sign.codePointAt(0)!
  let first = code
  while (/^\p{Nd}$/u.test(String.fromCodePoint(first - 1))) first--
  return String((code - first) % 10)
}

const cut = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)} …` : text)
