import { LabError } from '../errors.ts'
import { FLAGS, SEARCH_FIELDS, type FlagField, type NameField, type NumberField, type TextField } from './fields.ts'

export const OPERATORS = ['>=', '<=', '!=', '>', '<', '='] as const
export type Operator = (typeof OPERATORS)[number]

export type Condition =
  /** Anywhere in id, study, plan, tags or note. */
  | { readonly kind: 'anywhere'; readonly text: string }
  | { readonly kind: 'name'; readonly field: NameField; readonly values: readonly string[] }
  | { readonly kind: 'text'; readonly field: TextField; readonly text: string }
  | { readonly kind: 'compare'; readonly field: NumberField; readonly operator: Operator; readonly value: number }
  | { readonly kind: 'range'; readonly field: NumberField; readonly low: number; readonly high: number }
  | { readonly kind: 'flag'; readonly field: FlagField }

/** Where a part of a search stands: from character `start` to before `end`. */
export interface Term {
  readonly condition: Condition
  readonly negated: boolean
  readonly start: number
  readonly end: number
}

/**
 * A search: conditions that must all hold, separated by spaces. `plan:frozen-*,full` `retention>0.8` `seed:1..5` `time>1h` `ended>2d`
 * `is:starred`; a `-` before one turns it round; any other word, or "several words", is looked for in id, study, plan, tags and note.
 * @param now for dates such as `2d`, two days ago @throws LabError `bad-search`, naming the character
 */
export function parseSearch(search: string, now = Date.now()): Term[] {
  return tokens(search).map(token => ({ ...parseTerm(token, now), start: token.start, end: token.end }))
}

interface Token {
  readonly start: number
  readonly end: number
  /** Quoted parts as they are, with their quotes. */ readonly text: string
}

function tokens(search: string): Token[] {
  const found: Token[] = []
  const pattern = /(?:"(?:[^"\\]|\\.)*"|[^\s"])+/gy
  for (let at = 0; at < search.length;) {
    if (/\s/.test(search[at]!)) {
      at++
      continue
    }
    pattern.lastIndex = at
    const match = pattern.exec(search)
    if (!match) fail(at, 'a quotation mark without its partner')
    found.push({ start: at, end: at + match[0].length, text: match[0] })
    at += match[0].length
  }
  return found
}

function parseTerm({ text, start }: Token, now: number): Pick<Term, 'condition' | 'negated'> {
  const negated = text.startsWith('-') && text.length > 1
  const body = negated ? text.slice(1) : text
  const [, name, operator] = /^([a-z][a-z-]*)(:|>=|<=|!=|>|<|=)/i.exec(body) ?? []
  if (name === undefined || operator === undefined)
    return { negated, condition: { kind: 'anywhere', text: unquoted(body) } }
  const given = body.slice(name.length + operator.length)
  const at = start + Number(negated)
  return { negated, condition: condition(name.toLowerCase(), operator as Operator | ':', given, at, now) }
}

function condition(name: string, operator: Operator | ':', given: string, at: number, now: number): Condition {
  if (name === 'is') return flagCondition(unquoted(given), at)
  const field = SEARCH_FIELDS.find(field => field.name === name)
  if (!field) fail(at, `there is no field ${name}; there are ${SEARCH_FIELDS.map(field => field.name).join(', ')}, is`)
  if (given === '') fail(at, `${name}${operator} needs a value`)
  if (field.kind === 'number') return numberCondition(field, operator, unquoted(given), at, now)
  if (operator !== ':' && operator !== '=') fail(at, `${name} has no order; write ${name}:value`)
  return field.kind === 'text'
    ? { kind: 'text', field, text: unquoted(given) }
    : { kind: 'name', field, values: alternatives(given) }
}

function flagCondition(name: string, at: number): Condition {
  const field = FLAGS.find(flag => flag.name === name.toLowerCase())
  if (!field) fail(at, `is: takes ${FLAGS.map(flag => flag.name).join(', ')}`)
  return { kind: 'flag', field }
}

function numberCondition(
  field: NumberField,
  operator: Operator | ':',
  given: string,
  at: number,
  now: number,
): Condition {
  const [low, high, ...more] = given.split('..')
  if (operator === ':' && high !== undefined && more.length === 0) {
    return {
      kind: 'range',
      field,
      low: low === '' ? -Infinity : quantity(field, low!, at, now),
      high: high === '' ? Infinity : quantity(field, high, at, now),
    }
  }
  return { kind: 'compare', field, operator: operator === ':' ? '=' : operator, value: quantity(field, given, at, now) }
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

function quantity({ name, unit }: NumberField, given: string, at: number, now: number): number {
  const plain = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(given) ? Number(given) : NaN
  const [, amount, suffix] = /^(\d+\.?\d*)([smhdw])$/.exec(given) ?? []
  const span = suffix === undefined ? NaN : Number(amount) * SECONDS[suffix]!
  if (unit === 'duration') return known(Number.isNaN(plain) ? span : plain, 'a time such as 90s, 10m, 1.5h, 2d')
  if (unit === 'date')
    return known(
      Number.isNaN(span) ? dateOf(given) : now - 1000 * span,
      'a day such as 2026-08-01, or 2d for two days ago',
    )
  return known(plain, 'a number')

  function known(value: number, wanted: string): number {
    if (Number.isNaN(value)) fail(at, `${name} takes ${wanted}, not ${given}`)
    return value
  }
}

const dateOf = (given: string): number =>
  /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$/.test(given)
    ? new Date(given.includes('T') ? given : `${given}T00:00`).getTime()
    : NaN

/** Values between commas; commas within quotation marks are part of a value. */
function alternatives(given: string): string[] {
  return (given.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? []).map(unquoted)
}

function unquoted(text: string): string {
  return text.replace(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => inner.replace(/\\(.)/g, '$1'))
}

function fail(at: number, what: string): never {
  throw new LabError('bad-search', `At character ${at + 1}: ${what}.`)
}
