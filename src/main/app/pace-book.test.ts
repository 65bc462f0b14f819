import { describe, expect, it } from 'vitest'
import { paceBook } from './pace-book.ts'

describe('the speed by which time left is told', () => {
  it('is not told from a run’s first steps, which wait for data and compiling', () => {
    const paces = paceBook()
    const told = [0.02, 40, 41, 39, 40].map(speed => {
      paces.heard('a.full.1', 'a', speed)
      return paces.stepsPerSecond('a.full.1', 'a')
    })
    expect(told).toEqual([null, null, null, null, 40])
  })

  it('is that of the newest figures, and of no other study', () => {
    const paces = paceBook()
    for (let i = 0; i < 30; i++) paces.heard('a.full.1', 'a', 10)
    expect([paces.stepsPerSecond('a.full.2', 'a'), paces.stepsPerSecond('b.full.1', 'b')]).toEqual([10, null])
    for (let i = 0; i < 8; i++) paces.heard('a.full.1', 'a', 30)
    expect(paces.stepsPerSecond('a.full.1', 'a')).toBe(30)
    paces.ended('a.full.1')
    expect(paces.stepsPerSecond('a.full.1', 'a')).toBe(30)
    paces.heard('a.full.1', 'a', NaN)
    paces.heard('a.full.1', 'a', 0)
    expect(paces.stepsPerSecond('a.full.1', 'a')).toBe(30)
  })
})
