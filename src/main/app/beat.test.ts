import { expect, it } from 'vitest'
import { toNextBeat } from './beat.ts'

it('beats of one period fall together, whatever begins when, and those of a longer one among them', () => {
  for (const now of [0, 12, 400, 1_234]) {
    expect((now + toNextBeat(1_000, now)) % 1_000).toBe(0)
    expect((now + toNextBeat(2_000, now)) % 1_000).toBe(0)
    expect(toNextBeat(1_000, now)).toBeGreaterThan(0)
  }
})

it('a timer that comes a moment too early does not beat twice', () => {
  expect(toNextBeat(1_000, 2_999.4)).toBe(1_001)
  expect(toNextBeat(1_000, 3_000)).toBe(1_000)
})
