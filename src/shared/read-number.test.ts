import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decimalOf, readNumber } from './read-number.ts'

const EN = { decimal: decimalOf('en-US') }
const DE = { decimal: decimalOf('de-DE') }
const LOCALES = [
  'en',
  'en-IN',
  'de',
  'de-CH',
  'fr',
  'sv',
  'hi',
  'hi-u-nu-deva',
  'ar-EG',
  'fa',
  'pt-BR',
  'es',
  'pl',
  'ja',
]

describe('a number as people write it', () => {
  it.each([
    ['0,01', 0.01],
    ['0.01', 0.01],
    ['0,25', 0.25],
    [',5', 0.5],
    ['.5', 0.5],
    ['5.', 5],
    ['0,125', 0.125],
    ['0.001', 0.001],
    ['1.000,5', 1000.5],
    ['1,000.5', 1000.5],
    ['1 000', 1000],
    ['1\u202f000,5', 1000.5],
    ['1\u2009000\u2009000', 1e6],
    ["1'000.25", 1000.25],
    ['1’000', 1000],
    ['1_000', 1000],
    ['1.000.000', 1e6],
    ['1,000,000', 1e6],
    ['1,00,000.5', 100_000.5],
    ['1234,567', 1234.567],
    ['12345', 12345],
    ['\u22123', -3],
    ['–0,5', -0.5],
    ['+7', 7],
    ['1e-3', 0.001],
    ['1E3', 1000],
    ['1,5e−4', 0.00015],
    ['1.000e3', 1000],
    ['5 × 10^-4', 0.0005],
    ['5·10⁻⁴', 0.0005],
    ['१२.५', 12.5],
    ['٣٫٥', 3.5],
    ['１２', 12],
    ['  3\u200e ', 3],
  ])('%s is %d, wherever it is typed', (text, value) => {
    for (const reader of [EN, DE]) expect(readNumber(text, reader)).toEqual({ value })
  })

  it.each([
    ['2.000', '“2.000” can be read as 2 or as 2000: write 2 or 2000'],
    ['1,000', '“1,000” can be read as 1 or as 1000: write 1 or 1000'],
    ['12,345', '“12,345” can be read as 12.345 or as 12345: write 12.3450 or 12345'],
    ['-1,500', '“-1,500” can be read as -1.5 or as -1500: write -1.5 or -1500'],
  ])('%s is refused, with both readings', (text, problem) => {
    for (const reader of [EN, DE]) expect(readNumber(text, reader)).toEqual({ problem })
  })

  it('takes three decimals after a point where the point is everyone’s own, but not for a count', () => {
    expect(readNumber('1.425', EN)).toEqual({ value: 1.425 })
    expect(readNumber('1.425', DE).problem).toBe('“1.425” can be read as 1.425 or as 1425: write 1.4250 or 1425')
    expect(readNumber('1.425', { ...EN, whole: true }).problem).toContain('1425')
  })

  it.each([
    '',
    ' ',
    'abc',
    '1,2,3',
    '1.2.3',
    '1,0000,000',
    '1 00',
    '1.000,500.5',
    '1,000 000',
    '--1',
    '1e',
    'e5',
    '0x10',
    'NaN',
    'Infinity',
    '1e999',
    '5 %',
    '²',
    '.',
    ',',
    '-',
    '1-2',
    '1.5,',
    '1,.5',
  ])('%j is refused in words', text => {
    for (const reader of [EN, DE]) expect(readNumber(text, reader).problem).toMatch(/ /)
  })

  it('comes back as it was from every locale’s writing, or is refused with its own value among the readings', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.integer({ min: -1e9, max: 1e9 }),
          fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(value => Math.round(value * 1e3) / 1e3),
          fc.double({ min: 1e-6, max: 1, noNaN: true }).map(value => Math.round(value * 1e7) / 1e7),
        ),
        fc.constantFrom(...LOCALES),
        fc.constantFrom(true, false),
        (value, locale, useGrouping) => {
          const written = new Intl.NumberFormat(locale, { maximumFractionDigits: 12, useGrouping }).format(value)
          const { value: read, problem } = readNumber(written, { decimal: decimalOf(locale) })
          if (problem === undefined) expect(Object.is(read, value === 0 ? read : value)).toBe(true)
          else expect(problem).toMatch(new RegExp(`read as (.* or as )?${String(value).replace('.', '\\.')}( |:)`))
        },
      ),
      { numRuns: 3000, seed: 11 },
    )
  })

  it('takes what JavaScript writes, and never throws', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
        const read = readNumber(String(value), EN)
        expect(read.value ?? read.problem).toSatisfy(found => found === value || String(found).includes('read as'))
      }),
      { numRuns: 1000, seed: 3 },
    )
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123,.,. -e×10^’') }), text => {
        const { value, problem } = readNumber(text, DE)
        expect((value === undefined) !== (problem === undefined)).toBe(true)
      }),
      { numRuns: 2000, seed: 5 },
    )
  })
})
