import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Changed } from '../../shared/contract/index.ts'
import { trackChanges, type Changes } from './changes.ts'

let changes: Changes
let heard: (Changed & { readonly at: number })[]

beforeEach(() => {
  vi.useFakeTimers()
  changes = trackChanges()
  heard = []
  changes.subscribe(changed => heard.push({ ...changed, at: performance.now() }))
})
afterEach(() => {
  changes.close()
  vi.useRealTimers()
})

it('changes are told at most four times a second, what may wait once a second, all of it at one beat', () => {
  for (let at = 0; at < 4_000; at += 50) {
    changes.note('runs', ['a'])
    vi.advanceTimersByTime(50)
  }
  expect(heard.length).toBeGreaterThanOrEqual(15)
  expect(heard.length).toBeLessThanOrEqual(17)
  vi.advanceTimersByTime(2_000)
  heard = []
  for (let at = 0; at < 4_000; at += 50) {
    changes.note('progress', ['a'], true)
    vi.advanceTimersByTime(50)
  }
  expect(heard.length).toBeGreaterThanOrEqual(4)
  expect(heard.length).toBeLessThanOrEqual(5)
  expect(new Set(heard.map(({ at }) => at % 1_000))).toEqual(new Set([0]))
})

it('what may wait is not told within a quarter of a second of something else, but at the beat after', () => {
  vi.advanceTimersByTime(900 - (performance.now() % 1_000))
  changes.note('studies')
  vi.advanceTimersByTime(20)
  changes.note('progress', ['a'], true)
  vi.advanceTimersByTime(1_500)
  expect(heard.map(({ what, at }) => [what, at % 1_000])).toEqual([
    [['studies'], 900],
    [['progress'], 0],
  ])
  expect(heard[1]!.at - heard[0]!.at).toBe(1_100)
})

it('who asks for some kinds is told of those alone', () => {
  const told: Changed['what'][] = []
  const leave = changes.subscribe(({ what }) => told.push(what), ['runs', 'studies'])
  for (const what of [['progress'], ['runs', 'progress'], ['trash'], ['studies']] as const) {
    changes.note(what)
    vi.advanceTimersByTime(1_000)
  }
  leave()
  changes.note('runs')
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual([['runs', 'progress'], ['studies']])
  expect(heard).toHaveLength(5)
})

it('what may wait is told with what may not', () => {
  changes.note('studies')
  vi.advanceTimersByTime(1)
  changes.note('progress', ['a'], true)
  vi.advanceTimersByTime(100)
  changes.note('trash', ['b'])
  vi.advanceTimersByTime(150)
  expect(heard.map(({ what, runs }) => ({ what, runs }))).toEqual([
    { what: ['studies'], runs: [] },
    { what: ['progress', 'trash'], runs: ['a', 'b'] },
  ])
  vi.advanceTimersByTime(5_000)
  expect(heard).toHaveLength(2)
})
