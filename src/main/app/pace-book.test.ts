import { describe, expect, it } from 'vitest'
import { paceBook } from './pace-book.ts'

/** A book, and how to tell it a speed a tenth of a second after the one before. */
function book() {
  let time = 0
  const paces = paceBook(() => time)
  const hear = (speed: number, run = 'a.full.1'): void => {
    paces.heard(run, 'a', speed)
    time += 100
  }
  const told = (run = 'a.full.1', study = 'a'): number | null => paces.stepsPerSecond(run, study)
  return { paces, hear, told }
}

describe('the speed by which time left is told', () => {
  it('is not told from a run’s first moments, which go into data and compiling, nor from a few figures', () => {
    const { hear, told } = book()
    for (let i = 0; i < 20; i++) hear(i === 0 ? 0.02 : 5)
    for (const speed of [40, 41, 39, 40]) hear(speed)
    expect(told()).toBeNull()
    hear(40)
    expect(told()).toBe(40)
  })

  it('is that of the newest figures, and of no other study', () => {
    const { paces, hear, told } = book()
    for (let i = 0; i < 50; i++) hear(10)
    expect([told(), told('a.full.2'), told('b.full.1', 'b')]).toEqual([10, 10, null])
    for (let i = 0; i < 8; i++) hear(30)
    expect(told()).toBe(30)
    paces.ended('a.full.1')
    expect(told()).toBe(30)
    hear(NaN)
    hear(0)
    expect(told()).toBe(30)
  })
})
