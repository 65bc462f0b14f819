import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Figure } from '../../figures/figure.ts'
import { exponentialMean, HALF_LIVES, isHalfLife, smoothed } from './smooth.ts'

/** The definition, every pair of points. */
function slowly(x: readonly number[], y: readonly number[], halfLife: number): number[] {
  return x.map((at, i) => {
    if (!Number.isFinite(y[i]!)) return Number.NaN
    let [sum, weight] = [0, 0]
    y.forEach((value, j) => {
      if (!Number.isFinite(value)) return
      const w = 2 ** (-Math.abs(x[j]! - at) / halfLife)
      sum += w * value
      weight += w
    })
    return sum / weight
  })
}

it('weighs every point by its distance, both ways, and leaves gaps as gaps', () => {
  const value = fc.oneof(
    { weight: 9, arbitrary: fc.double({ min: -5, max: 5, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity) },
  )
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0.01, max: 9, noNaN: true }), value), { maxLength: 40 }),
      fc.double({ min: 0.1, max: 20, noNaN: true }),
      (points, halfLife) => {
        let at = 0
        const x = points.map(([gap]) => (at += gap))
        const y = points.map(([, value]) => value)
        const found = exponentialMean(x, y, halfLife)
        slowly(x, y, halfLife).forEach((wanted, i) => {
          if (Number.isNaN(wanted)) expect(found[i]).toBeNaN()
          else expect(found[i]).toBeCloseTo(wanted, 9)
        })
      },
    ),
  )
})

const figure: Figure = {
  id: 'loss',
  title: 'Loss',
  caption: 'Mean over seeds.',
  x: { title: 'step' },
  y: { title: 'nats' },
  lines: [
    {
      id: 'full',
      label: 'Full',
      colour: 0,
      x: [0, 50, 100],
      y: [0, 3, 0],
      low: [-1, 2, -1],
      high: [1, 4, 1],
      members: [{ label: 'seed 1', x: [0, 100], y: [0, 0] }],
    },
    { id: 'one', label: 'One', colour: 1, x: [0], y: [2] },
  ],
}

it('averages lines and bands, keeps them as they were faint behind, and says so', () => {
  const {
    lines: [full, one],
    caption,
  } = smoothed(figure, 0.5)
  expect([...(full!.y as Float64Array)]).toEqual([1.5 / 1.75, 1.5, 1.5 / 1.75])
  expect([...(full!.low as Float64Array)]).toEqual([
    (-1 + 1 - 0.25) / 1.75,
    (-0.5 + 2 - 0.5) / 2,
    (-1 + 1 - 0.25) / 1.75,
  ])
  expect(full!.members).toEqual([
    { label: 'seed 1', x: [0, 100], y: [0, 0] },
    { label: 'Full', x: [0, 50, 100], y: [0, 3, 0] },
  ])
  expect([...(one!.y as Float64Array)]).toEqual([2])
  expect(caption).toBe(
    'Mean over seeds. Lines and bands are averaged along the step: 50 % of the range away a point weighs half. Faint: as measured.',
  )
})

it('changes nothing where nothing is asked for, or there is nothing to average', () => {
  expect(smoothed(figure, 0)).toBe(figure)
  const short = { ...figure, lines: [figure.lines[1]!] }
  expect(smoothed(short, 0.1)).toBe(short)
})

it('takes only the half-lives it offers', () => {
  expect([...HALF_LIVES, 0.3, '0.1', null].map(isHalfLife)).toEqual([
    ...HALF_LIVES.map(() => true),
    false,
    false,
    false,
  ])
})
