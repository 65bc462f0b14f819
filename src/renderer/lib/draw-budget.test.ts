import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { drawBudget } from './draw-budget.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Something that changes every 50 ms and takes `cost` ms to draw, for a minute. @returns when it was drawn, in ms */
async function minute(cost: number, idle?: () => boolean): Promise<number[]> {
  const drawn: number[] = []
  const began = performance.now()
  const budget = drawBudget({
    share: 0.02,
    least: 1_000,
    most: 8_000,
    idle,
    draw: () => {
      drawn.push(performance.now() - began)
      vi.setSystemTime(Date.now() + cost)
      spent += cost
    },
  })
  for (let at = 0; at < 60_000; at += 50) {
    budget.ask()
    await vi.advanceTimersByTimeAsync(50)
  }
  budget.stop()
  return drawn
}

let spent = 0
beforeEach(() => {
  spent = 0
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + spent)
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('a draw budget', () => {
  it('draws what is cheap once a second, whoever asks how often', async () => {
    const drawn = await minute(5)
    expect(drawn.length).toBeGreaterThan(54)
    expect(drawn.length).toBeLessThanOrEqual(61)
  })

  it('spends a fiftieth of the time on what is dear', async () => {
    const drawn = await minute(60)
    expect(spent).toBeLessThanOrEqual(0.02 * (60_000 + spent) + 60)
    expect(drawn.length).toBeGreaterThan(17)
  })

  it('draws the dearest now and then all the same', async () => {
    expect((await minute(1_000)).length).toBeGreaterThanOrEqual(6)
  })

  it('draws nothing that nobody sees, and nothing when nobody asks', async () => {
    expect(await minute(5, () => true)).toEqual([])
    const draw = vi.fn()
    const budget = drawBudget({ share: 0.02, least: 1_000, most: 8_000, draw })
    budget.ask()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(draw).toHaveBeenCalledTimes(1)
    budget.ask()
    budget.stop()
    budget.ask()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(draw).toHaveBeenCalledTimes(1)
  })

  it('draws at once for whoever waits, and after that within its budget again', async () => {
    const draw = vi.fn()
    const budget = drawBudget({ share: 0.02, least: 1_000, most: 8_000, draw })
    budget.ask()
    await vi.advanceTimersByTimeAsync(10)
    budget.ask()
    await budget.now()
    expect(draw).toHaveBeenCalledTimes(2)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(draw).toHaveBeenCalledTimes(2)
    budget.ask()
    await vi.advanceTimersByTimeAsync(10)
    expect(draw).toHaveBeenCalledTimes(3)
    budget.stop()
    await budget.now()
    expect(draw).toHaveBeenCalledTimes(3)
  })
})
