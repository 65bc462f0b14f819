import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { pace } from './pace.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('acts at once when nothing was done for a while, then once for all that ask meanwhile', () => {
  const at: number[] = []
  const began = performance.now()
  const { ask, done, stop } = pace(() => at.push(performance.now() - began), 3_000)
  for (let time = 0; time < 10_000; time += 500) {
    ask()
    vi.advanceTimersByTime(500)
  }
  expect(at).toEqual([0, 3_000, 6_000, 9_000])
  ask()
  done()
  vi.advanceTimersByTime(10_000)
  expect(at).toHaveLength(4)
  ask()
  vi.advanceTimersByTime(1)
  expect(at).toHaveLength(5)
  ask()
  stop()
  vi.advanceTimersByTime(10_000)
  expect(at).toHaveLength(5)
})
