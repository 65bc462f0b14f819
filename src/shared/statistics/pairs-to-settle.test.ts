import { describe, expect, it } from 'vitest'
import { standardDeviation } from './standard-deviation.ts'
import { pairsToSettle } from './pairs-to-settle.ts'
import { signFlipTest } from './sign-flip.ts'
import { testRandomness } from './testing/test-randomness.ts'

/** A sample of 4 whose mean is so many standard deviations. */
function withEffect(effect: number): number[] {
  const base = [-1, -1, 1, 1]
  return base.map(x => x / standardDeviation(base)! + effect)
}

function normal(random: ReturnType<typeof testRandomness>): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform())
}

describe('so many more pairs', () => {
  it.each([
    [1.8, 0.05],
    [1.43, 0.05],
    [1.2, 0.05],
    [0.8, 0.05],
    [1.2, 0.05 / 9],
  ])('settle the test in four studies of five: effect %d, level %d', (effect, level) => {
    const { total } = pairsToSettle(withEffect(effect), { level })!
    const random = testRandomness(2)
    const studies = 2000
    let settled = 0
    for (let i = 0; i < studies; i++) {
      const differences = Array.from({ length: total }, () => effect + normal(random))
      if (signFlipTest(differences, random).p <= level) settled++
    }
    expect(settled / studies).toBeGreaterThan(0.75)
    expect(settled / studies).toBeLessThan(0.88)
  })
  it('are no fewer than can give such a p at all, and none where nothing tells how many', () => {
    expect(pairsToSettle([3, 3, 3])).toEqual({ total: 6, further: 3 })
    expect(pairsToSettle([1, 1.01, 0.99], { level: 0.05 / 3 })!.total).toBe(7)
    expect(pairsToSettle([1])).toBeNull()
    expect(pairsToSettle([1, Infinity])).toBeNull()
    expect(pairsToSettle([1, -1])!.total).toBe(Infinity)
  })
})
