import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalCdf, normalQuantile } from './normal.ts'
import { incompleteBeta, lnGamma } from './special-functions.ts'
import { studentCdf, studentInterval, studentQuantile } from './student-t.ts'

const close = (found: number, wanted: number, relative = 1e-12): void =>
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(relative * Math.abs(wanted))

describe('special functions', () => {
  it('ln Γ: closed forms and SciPy', () => {
    close(lnGamma(0.5), Math.log(Math.PI) / 2)
    close(lnGamma(6), Math.log(120))
    close(lnGamma(0.1), 2.252712651734206)
    close(lnGamma(100), 359.1342053695754)
  })
  it('incomplete beta: I_x(1, b) = 1 - (1-x)^b and I_x(a, b) = 1 - I_(1-x)(b, a)', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: 0.2, max: 40, noNaN: true }),
        fc.double({ min: 0.2, max: 40, noNaN: true }),
        (x, a, b) => {
          expect(incompleteBeta(x, 1, b)).toBeCloseTo(1 - (1 - x) ** b, 11)
          expect(incompleteBeta(x, a, b)).toBeCloseTo(1 - incompleteBeta(1 - x, b, a), 11)
        },
      ),
    ))
})

describe('normal distribution', () => {
  it("SciPy's values, far tail included", () => {
    close(normalCdf(-8), 6.22096057427174e-16, 1e-11)
    close(normalCdf(-1.96), 0.024997895148220435)
    close(normalCdf(0.3), 0.6179114221889526)
    close(normalCdf(2.5), 0.9937903346742238)
  })
  it('quantiles: published 1.959964, SciPy, and the ends', () => {
    close(normalQuantile(0.975), 1.959963984540054)
    close(normalQuantile(0.6), 0.2533471031357997, 1e-11)
    close(normalQuantile(1e-10), -6.361340902404056)
    expect(normalQuantile(0.5)).toBe(0)
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity])
  })
})

describe("Student's distribution", () => {
  it('closed form for one degree of freedom: 1/2 + atan(t)/π', () =>
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), t => {
        expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 11)
      }),
    ))
  it("SciPy's values", () => {
    close(studentCdf(1.5, 3), 0.8847080673775886)
    close(studentCdf(-2, 10), 0.03669401738537018)
    close(studentCdf(4.3, 2), 0.9749714229414542)
  })
  it('quantiles of the published tables: 12.706, 4.303, 2.262, 0.853', () => {
    close(studentQuantile(0.975, 1), 12.706204736174694, 1e-10)
    close(studentQuantile(0.975, 2), 4.302652729749462, 1e-10)
    close(studentQuantile(0.975, 9), 2.262157162798205, 1e-10)
    close(studentQuantile(0.8, 33), 0.8526494236479887, 1e-10)
    close(studentQuantile(0.001, 4.5), -6.421242884295791, 1e-10)
    expect(studentQuantile(0.5, 3)).toBe(0)
  })
  it("interval of Darwin's 15 pairs of maize plants (Fisher 1935): 20.93 ± 2.145 · 37.74 / √15", () => {
    const interval = studentInterval([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])!
    expect(interval.low).toBeCloseTo(0.0312, 3)
    expect(interval.high).toBeCloseTo(41.8355, 3)
  })
  it('has no interval for one value or a diverged run', () => {
    expect(studentInterval([1])).toBeNull()
    expect(studentInterval([1, 2, Infinity])).toBeNull()
  })
})
