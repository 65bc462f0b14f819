import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Changed } from '../../shared/contract/index.ts'
import { trackChanges, type Changes } from './changes.ts'

let changes: Changes
let heard: Changed[]

beforeEach(() => {
  vi.useFakeTimers()
  changes = trackChanges()
  heard = []
  changes.subscribe(changed => heard.push(changed))
})
afterEach(() => {
  changes.close()
  vi.useRealTimers()
})

it('changes are told at most four times a second, what may wait once a second', () => {
  for (let at = 0; at < 4_000; at += 50) {
    changes.note('runs', ['a'])
    vi.advanceTimersByTime(50)
  }
  expect(heard.length).toBeGreaterThanOrEqual(15)
  expect(heard.length).toBeLessThanOrEqual(17)
  vi.advanceTimersByTime(2_000)
  heard = []
  for (let at = 0; at < 4_000; at += 50) {
    changes.note('runs', ['a'], true)
    vi.advanceTimersByTime(50)
  }
  expect(heard.length).toBeGreaterThanOrEqual(4)
  expect(heard.length).toBeLessThanOrEqual(5)
})

it('what may wait is told with what may not', () => {
  changes.note('studies')
  vi.advanceTimersByTime(1)
  changes.note('runs', ['a'], true)
  vi.advanceTimersByTime(100)
  changes.note('trash', ['b'])
  vi.advanceTimersByTime(150)
  expect(heard.map(({ what, runs }) => ({ what, runs }))).toEqual([{ what: ['studies'], runs: [] }, { what: ['runs', 'trash'], runs: ['a', 'b'] }])
  vi.advanceTimersByTime(5_000)
  expect(heard).toHaveLength(2)
})
