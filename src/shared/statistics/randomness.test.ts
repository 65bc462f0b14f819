import { expect, it } from 'vitest'
import { drawer } from './randomness.ts'
import { testRandomness } from './testing/test-randomness.ts'

it.each([1, 2, 3, 7, 12, 46_341])('draws every number below %i about equally often', n => {
  const draw = drawer(n, testRandomness(1))
  const shown = Math.min(n, 12)
  const counts = new Array<number>(shown).fill(0)
  const rounds = 2000 * shown
  for (let i = 0; i < rounds; i++) {
    const drawn = draw()
    expect(Number.isInteger(drawn) && drawn >= 0 && drawn < n).toBe(true)
    counts[Math.floor((drawn / n) * shown)]!++
  }
  // Standard deviation of a count is below √2000 = 45.
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(220)
})

it('gives neighbours that do not depend on each other', () => {
  const draw = drawer(3, testRandomness(2))
  const pairs = new Array<number>(9).fill(0)
  for (let i = 0; i < 18_000; i++) pairs[draw() * 3 + draw()]!++
  for (const count of pairs) expect(Math.abs(count - 2000)).toBeLessThan(220)
})

it('asks for one number for many draws, and never for more than 2^31', () => {
  const bounds: number[] = []
  const draw = drawer(12, {
    uniform: () => 0,
    integer: bound => {
      bounds.push(bound)
      return 12 * 5 + 7
    },
  })
  expect([draw(), draw(), ...Array.from({ length: 6 }, draw)]).toEqual([7, 5, 0, 0, 0, 0, 0, 0])
  expect(bounds).toEqual([12 ** 8])
})
