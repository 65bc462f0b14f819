import { expect, it } from 'vitest'
import { parsePlace, writePlace } from './router.ts'

it.each([
  ['#/history?q=plan%3Afull+is%3Astarred', { page: 'history', subject: null, query: { q: 'plan:full is:starred' } }],
  [
    '#/inspect/run%2F1?step=12&weights=last',
    { page: 'inspect', subject: 'run/1', query: { step: '12', weights: 'last' } },
  ],
  ['#/compare/a', { page: 'compare', subject: 'a', query: {} }],
  ['', { page: 'welcome', subject: null, query: {} }],
  ['#/nowhere/%E0%A4%A', { page: 'welcome', subject: '%E0%A4%A', query: {} }],
])('reads %s', (hash, place) => {
  expect(parsePlace(hash)).toEqual(place)
})

it('reads no id that is longer than any can be', () => {
  expect(parsePlace(`#/inspect/${'x'.repeat(3_000)}`).subject).toHaveLength(300)
})

it('reads what it wrote', () => {
  const place = { page: 'compare' as const, subject: 'a b/c?', query: { weights: 'last', q: 'a&b=c' } }
  expect(parsePlace(writePlace(place))).toEqual(place)
})
