import type { Facets } from '../../../shared/contract/index.ts'
import { count } from '../../lib/numbers.ts'
import { FLAGS, SEARCH_FIELDS } from '../../../shared/search/fields.ts'

export interface Completion {
  /** What stands in the search instead of the characters from `start` to `end`. */
  readonly insert: string
  readonly title: string
  readonly detail: string
  readonly start: number
  readonly end: number
}

const MOST = 12

/** What the word at the cursor may become: names of fields, then their values. */
export function completions(search: string, cursor: number, facets: Facets | undefined): Completion[] {
  const start = wordStart(search, cursor)
  const end = cursor + (/^[^\s]*/.exec(search.slice(cursor))?.[0].length ?? 0)
  const word = search.slice(start, cursor)
  const minus = word.startsWith('-') ? '-' : ''
  const bare = word.slice(minus.length)
  const colon = /^([a-z-]+)[:=]/.exec(bare)
  const whole = { start, end }
  if (!colon)
    return fieldsLike(bare.toLowerCase()).map(({ name, mark, doc }) => ({
      ...whole,
      insert: `${minus}${name}${mark}`,
      title: `${name}${mark}`,
      detail: doc,
    }))
  const [, field = ''] = colon
  const given = bare.slice(colon[0].length)
  const typed = given.split(',').at(-1)!.replace(/^"/, '').toLowerCase()
  const before = `${minus}${colon[0]}${given.slice(0, given.lastIndexOf(',') + 1)}`
  return valuesOf(field, facets)
    .filter(({ value, label }) => value.toLowerCase().includes(typed) || label.toLowerCase().includes(typed))
    .slice(0, MOST)
    .map(({ value, label, detail }) => ({ ...whole, insert: `${before}${quoted(value)} `, title: label, detail }))
}

function wordStart(search: string, cursor: number): number {
  let quotes = false
  let start = 0
  for (let i = 0; i < cursor; i++) {
    if (search[i] === '"') quotes = !quotes
    else if (!quotes && /\s/.test(search[i]!)) start = i + 1
  }
  return start
}

function fieldsLike(typed: string): { name: string; mark: string; doc: string }[] {
  const all = [
    ...SEARCH_FIELDS.map(({ name, kind, doc }) => ({ name, mark: kind === 'number' ? '>' : ':', doc })),
    { name: 'is', mark: ':', doc: FLAGS.map(({ name }) => name).join(', ') },
  ]
  return all.filter(({ name }) => name.startsWith(typed)).slice(0, typed === '' ? 30 : MOST)
}

function valuesOf(field: string, facets: Facets | undefined): { value: string; label: string; detail: string }[] {
  if (field === 'is') return FLAGS.map(({ name, doc }) => ({ value: name, label: name, detail: doc }))
  return (facets?.fields[field] ?? []).map(({ value, label, runs }) => ({ value, label, detail: count(runs, 'run') }))
}

const quoted = (value: string): string => (/[\s",]/.test(value) ? `"${value.replaceAll('"', '\\"')}"` : value)
