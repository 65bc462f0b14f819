import { describe, expect, it } from 'vitest'
import { LabError } from '../../shared/errors.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import type { Entry } from '../history/record.ts'
import { checkpoint, epoch, progress } from '../history/testing/events.ts'
import { recorder } from './recorder.ts'

/** @param cost milliseconds that one write takes @param refuse the error for a set of entries, if any */
function example({ cost = 0, refuse = (_: readonly Entry[]): Error | null => null } = {}) {
  let time = 0
  const timers: { at: number; run: () => void }[] = []
  const writes: { time: number; entries: readonly Entry[] }[] = []
  const told: string[] = []
  const own = recorder({
    history: {
      recordAll(entries) {
        time += cost
        const error = refuse(entries)
        if (error) throw error
        writes.push({ time, entries })
      },
    },
    onStored: (runId, events) => told.push(`${runId} stored ${events.length}`),
    onRefused: (runId, error) => told.push(`${runId} refused ${(error as LabError).code}`),
    now: () => time,
    later: (run, milliseconds) => timers.push({ at: time + milliseconds, run }),
  })
  const pass = (milliseconds: number): void => {
    for (const end = time + milliseconds; ;) {
      const next = timers.sort((a, b) => a.at - b.at)[0]
      if (!next || next.at > end) {
        time = Math.max(time, end)
        return
      }
      timers.shift()
      time = Math.max(time, next.at)
      next.run()
    }
  }
  return { own, writes, told, pass }
}

const kept = (events: RunEvent[]): string[] => {
  const { own, writes } = example()
  own.add('a', events)
  own.flush()
  return writes[0]!.entries.map(({ event }) =>
    event.kind === 'checkpoint' ? `${event.which} ${event.step}` : event.kind,
  )
}

describe('a recorder', () => {
  it('stores what several runs say in one write, and tells each of its own', () => {
    const { own, writes, told, pass } = example()
    own.add('a', [progress(1)])
    pass(0)
    own.add('a', [progress(2)])
    own.add('b', [progress(7)])
    own.add('a', [progress(3)])
    expect(told).toEqual(['a stored 1'])
    pass(100)
    expect(
      writes.map(({ entries }) =>
        entries.map(({ runId, event }) => `${runId} ${event.kind === 'progress' ? event.step : ''}`),
      ),
    ).toEqual([['a 1'], ['a 2', 'a 3', 'b 7']])
    expect(told).toEqual(['a stored 1', 'a stored 2', 'b stored 1'])
  })

  it('leaves half of the time to others when the disk is slow', () => {
    const { own, writes, pass } = example({ cost: 400 })
    for (let step = 1; step <= 100; step++) {
      own.add('a', [progress(step)])
      pass(50)
    }
    expect(writes.length).toBeGreaterThan(3)
    for (const [i, { time }] of writes.entries())
      if (i > 0) expect(time - writes[i - 1]!.time).toBeGreaterThanOrEqual(800)
  })

  it('does not write checkpoints that are replaced at once', () => {
    expect(
      kept([
        epoch(0),
        checkpoint('best', 10),
        checkpoint('last', 10),
        epoch(1),
        checkpoint('last', 20),
        epoch(2),
        checkpoint('best', 30),
        checkpoint('last', 30),
      ]),
    ).toEqual(['epoch', 'epoch', 'epoch', 'best 30', 'last 30'])
    expect(
      kept([checkpoint('best', 10), checkpoint('last', 10), checkpoint('last', 15), checkpoint('best', 20)]),
    ).toEqual(['best 10', 'last 15', 'best 20'])
    expect(kept([checkpoint('best', 10), checkpoint('best', 20)])).toEqual(['best 20'])
  })

  it('stores the other runs when one is refused', () => {
    const { own, told, writes } = example({
      refuse: entries => (entries.some(({ runId }) => runId === 'b') ? new LabError('run-not-claimed', 'taken') : null),
    })
    own.add('a', [progress(1)])
    own.add('b', [progress(1)])
    own.add('c', [progress(1)])
    own.flush()
    expect(told).toEqual(['a stored 1', 'b refused run-not-claimed', 'c stored 1'])
    expect(writes.map(({ entries }) => entries[0]!.runId)).toEqual(['a', 'c'])
  })

  it('tells every run when the history itself refuses', () => {
    let tries = 0
    const { own, told } = example({ refuse: () => (tries++, new LabError('disk-full', 'full')) })
    own.add('a', [progress(1)])
    own.add('b', [progress(1)])
    own.flush()
    expect([told, tries]).toEqual([['a refused disk-full', 'b refused disk-full'], 1])
  })
})
