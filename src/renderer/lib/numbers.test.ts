import { describe, expect, it } from 'vitest'
import { about, bytes, count, duration, formatted, moment, share, short, signed, whole } from './numbers.ts'

describe('numbers', () => {
  it.each([
    [0.03123, '0.0312'],
    [12.34, '12.3'],
    [1770.4, '1,770'],
    [-0.5, '−0.500'],
    [0, '0'],
    [1_840_000, '1.8e6'],
    [0.00001, '1.0e−5'],
    [null, '–'],
    [Number.NaN, '–'],
    [Infinity, '∞'],
  ])('short(%s) is %s', (value, text) => {
    expect(short(value)).toBe(text)
  })

  it.each([
    [4.2, '4.2 s'],
    [45, '45 s'],
    [200, '3 min 20 s'],
    [180, '3 min'],
    [7500, '2 h 5 min'],
    [273_600, '3 d 4 h'],
    [null, '–'],
  ])('duration(%s) is %s', (value, text) => {
    expect(duration(value)).toBe(text)
  })

  it.each([
    [0.3, 'about 1 s'],
    [7.4, 'about 7 s'],
    [42, 'about 40 s'],
    [75, 'about 75 s'],
    [200, 'about 3 min'],
    [3600, 'about 60 min'],
    [8000, 'about 2 h'],
    [200_000, 'about 2 days'],
    [2e7, 'about 8 months'],
  ])('about(%s) is %s', (seconds, text) => {
    expect(about(seconds)).toBe(text)
  })

  it('writes shares, whole numbers, signs, counts and sizes', () => {
    expect([share(0.8341), share(0.8341, 0), share(null)]).toEqual(['83.4 %', '83 %', '–'])
    expect([whole(12_345.6), signed(0.25), signed(-0.25)]).toEqual(['12,346', '+0.250', '−0.250'])
    expect([count(1, 'run'), count(12_000, 'run'), count(2, 'study', 'studies')]).toEqual([
      '1 run',
      '12,000 runs',
      '2 studies',
    ])
    expect([bytes(812), bytes(3_400_000), bytes(12_345_678)]).toEqual(['812 B', '3.4 MB', '12 MB'])
  })

  it('gives ticks the digits that their distance needs', () => {
    expect([
      formatted(0.25, 'plain', 0.05),
      formatted(2, 'plain', 1),
      formatted(0.5, 'share', 0.1),
      formatted(0.505, 'share', 0.005),
    ]).toEqual(['0.25', '2', '50 %', '50.5 %'])
    expect(formatted(120, 'whole')).toBe('120')
  })

  it('says when', () => {
    const now = new Date(2026, 10, 23, 12).getTime()
    expect(moment(new Date(2026, 10, 23, 9, 5).getTime(), now)).toBe('today 09:05')
    expect(moment(new Date(2026, 10, 3, 9, 5).getTime(), now)).toBe('3 Nov 09:05')
    expect(moment(new Date(2025, 1, 3, 9, 5).getTime(), now)).toBe('3 Feb 2025')
    expect(moment(null, now)).toBe('–')
    expect(moment(new Date(2026, 10, 23, 0, 0).getTime(), now)).toBe('today 00:00')
    const months = Array.from({ length: 12 }, (_, month) => new Date(2025, month, 3))
    expect(months.map(date => moment(date.getTime(), now))).toEqual(
      months.map(date => `3 ${date.toLocaleString('en-GB', { month: 'short' })} 2025`),
    )
  })
})
