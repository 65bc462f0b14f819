import { expect, it } from 'vitest'
import type { RunFilter, RunSummary } from '../../shared/records.ts'
import { QueuedRuns } from './queued-runs.ts'

const run = (seed: number): RunSummary => ({ id: `run ${seed}`, seed }) as RunSummary

function queue(length: number) {
  const asked: RunFilter[] = []
  const all = Array.from({ length }, (_, seed) => run(seed))
  const list = (filter: RunFilter = {}): RunSummary[] => {
    asked.push(filter)
    return all.slice(filter.offset, filter.offset! + filter.limit!)
  }
  return { asked, all, queued: new QueuedRuns({ list }) }
}

it('reads no further than it has to', () => {
  const { asked, queued } = queue(40_000)
  expect(queued.find(() => true)?.seed).toBe(0)
  expect(queued.count(() => true, 1)).toBe(1)
  expect(asked.length).toBe(1)
  expect(queued.find(({ seed }) => seed === 100)?.seed).toBe(100)
  expect(asked.length).toBe(2)
})

it('finds every run once, and no more than there are', () => {
  for (const length of [0, 1, 63, 64, 65, 200]) {
    const { all, queued } = queue(length)
    expect(queued.count(() => true, Infinity)).toBe(length)
    for (const expected of [...all]) {
      const found = queued.find(() => true)!
      expect(found).toBe(expected)
      queued.drop(found)
      all.shift()
    }
    expect(queued.find(() => true)).toBeUndefined()
  }
})
