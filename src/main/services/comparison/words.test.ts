import { expect, it } from 'vitest'
import { count, figure, fixed, listed, pIs, probability, range, signed } from './words.ts'

it('three significant digits', () => {
  expect([0, 0.03124, 0.5, 9.996, 12.345, 999.6, 1234.5, 99_999, 123_456, 0.000012, -0.0312].map(figure)).toEqual([
    '0',
    '0.0312',
    '0.500',
    '10.0',
    '12.3',
    '1,000',
    '1,235',
    '99,999',
    '1.2e5',
    '1.2e−5',
    '−0.0312',
  ])
})
it('signs, ranges with and without ends, p-values, counts, lists', () => {
  expect([0.5, -0.5, 0].map(value => signed(value))).toEqual(['+0.500', '−0.500', '0'])
  expect(range({ low: -0.05, high: 'inf' })).toBe('[−0.0500, ∞]')
  expect(range({ low: '-inf', high: 1 })).toBe('[−∞, 1.00]')
  expect([0.0004, 0.04, 1].map(probability)).toEqual(['< 0.001', '0.040', '1.000'])
  expect([pIs('p', 0.0004), pIs('p', 0.04)]).toEqual(['p < 0.001', 'p = 0.040'])
  expect([count(1, 'seed'), count(12_000, 'seed')]).toEqual(['1 seed', '12,000 seeds'])
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c'])
  expect([1.23456, 123.456, 'inf' as const, null].map(fixed)).toEqual(['1.235', '123', '∞', '–'])
})
