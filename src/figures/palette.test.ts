import { describe, expect, it } from 'vitest'
import { fade, ink, INKS, planStyles, type Theme } from './palette.ts'

type Triple = readonly [number, number, number]

const linear = (hex: string): Triple =>
  [1, 3, 5].map(i => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as unknown as Triple

/** Viénot, Brettel & Mollon 1999, in linear RGB. */
const SEEN: Readonly<Record<string, readonly Triple[]>> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.11238, 0.88762, 0],
    [0.11238, 0.88762, 0],
    [0.00401, -0.00401, 1],
  ],
  deutan: [
    [0.29275, 0.70725, 0],
    [0.29275, 0.70725, 0],
    [-0.02234, 0.02234, 1],
  ],
}

const times = (m: readonly Triple[], v: Triple): Triple =>
  m.map(row => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as unknown as Triple

function lab(rgb: Triple): Triple {
  const [x, y, z] = times(
    [
      [0.4124, 0.3576, 0.1805],
      [0.2126, 0.7152, 0.0722],
      [0.0193, 0.1192, 0.9505],
    ],
    rgb,
  )
  const [fx, fy, fz] = [x / 0.9505, y, z / 1.089].map(t =>
    t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116,
  ) as unknown as Triple
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)]
}

const distance = (a: Triple, b: Triple): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
const luminance = (hex: string): number => {
  const [r, g, b] = linear(hex)
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a: string, b: string): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((p, q) => p - q) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

describe.each(['light', 'dark'] satisfies Theme[])('plan colours, %s', theme => {
  const { plans, surface, text, quiet } = INKS[theme]

  it.each(Object.keys(SEEN))('stay apart as %s eyes see them', eyes => {
    const seen = plans.map(hex => lab(times(SEEN[eyes]!, linear(hex))))
    for (let i = 0; i < seen.length; i++) {
      for (let j = 0; j < i; j++)
        expect(distance(seen[i]!, seen[j]!), `${plans[i]} and ${plans[j]}`).toBeGreaterThan(i < 4 ? 20 : 10)
    }
  })

  it('stand out from the ground: lines 3 to 1, words 4.5 to 1 (WCAG 2.2)', () => {
    for (const plan of plans) expect(contrast(plan, surface), plan).toBeGreaterThan(3)
    for (const word of [text, quiet]) expect(contrast(word, surface)).toBeGreaterThan(4.5)
  })
})

describe('planStyles', () => {
  it('gives the standard plans the same slot whatever stands beside them', () => {
    expect(planStyles(['full', 'frozen-memory']).get('frozen-memory')!.slot).toBe(1)
    expect(planStyles(['mine', 'frozen-memory', 'full']).get('frozen-memory')!.slot).toBe(1)
  })

  it('gives other plans slots that no plan of the study has', () => {
    const slots = [...planStyles(['late', 'full', 'thaw', 'frozen-memory']).values()].map(({ slot }) => slot)
    expect(slots).toEqual([4, 0, 5, 1])
  })

  it('tells more plans than colours apart as far as it goes', () => {
    const styles = planStyles(Array.from({ length: 12 }, (_, i) => `plan-${i}`))
    expect(new Set([...styles.values()].map(({ slot }) => slot)).size).toBe(8)
  })
})

it('writes colours with an opacity', () => {
  expect(fade('#102030', 0.5)).toBe('#10203080')
  expect(ink(9, INKS.light)).toBe(INKS.light.plans[1])
  expect(ink('quiet', INKS.dark)).toBe('#8b9bab')
})
