import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { figureText, percentText, pointsText, rangeName, signedText, withInterval } from './number-format.ts'

describe('figures as they are written', () => {
  it('have the digits of their interval', () => {
    expect(withInterval(0.9412, { low: 0.8812, high: 0.9911 })).toBe('0.94 [0.88, 0.99]')
    expect(withInterval(0.01712, { low: 0.0061, high: 0.0259 })).toBe('0.017 [0.006, 0.026]')
    expect(withInterval(-1.081, { low: -1.884, high: -0.129 }, { signed: true })).toBe('−1.08 [−1.88, −0.13]')
    expect(withInterval(0.774, { low: -0.0031, high: 1.42 }, { signed: true })).toBe('+0.77 [−0.003, 1.42]')
    expect(withInterval('inf', { low: 0.2, high: 'inf' })).toBe('∞ [0.200, ∞]')
    expect(withInterval(0.5, null)).toBe('0.500')
  })
  it('have one minus sign, one exponent form and thousands with a comma', () => {
    expect([1.77e30, -6.52e12, 2e-7, 12_345, -0.5, '-inf' as const, null].map(value => figureText(value))).toEqual([
      '1.8e30',
      '−6.5e12',
      '2.0e−7',
      '12,345',
      '−0.500',
      '−∞',
      '–',
    ])
    fc.assert(
      fc.property(fc.double({ noNaN: true }), value => {
        expect(signedText(value)).not.toMatch(/-|e\+|NaN|undefined/)
      }),
    )
  })
  it('are never nothing but for nothing', () =>
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 0, max: 6 }),
        (value, digits) => {
          if (value !== 0) expect(figureText(value, digits)).toMatch(/[1-9]/)
        },
      ),
    ))
  it('shares are in percent, their differences in points', () => {
    expect([percentText(0.4617), percentText(null), pointsText(0.0534), pointsText(-0.01, 0)]).toEqual([
      '46.2 %',
      '–',
      '+5.3 points',
      '−1 points',
    ])
    expect([rangeName('10-40'), rangeName('far-off')]).toEqual(['10–40', 'far-off'])
  })
})
