import { describe, expect, it } from 'vitest'
import { checkpoint, epoch, progress } from '../history/testing/events.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import { outbox } from './outbox.ts'

/** An outbox whose clock and timers the test moves. */
function example({ mostUnstored = 100 } = {}) {
  let time = 0
  const timers: { at: number; run: () => void }[] = []
  const sent: { time: number; events: RunEvent[] }[] = []
  const box = outbox({
    mostUnstored,
    send: events => sent.push({ time, events }),
    now: () => time,
    later: (run, milliseconds) => timers.push({ at: time + milliseconds, run }),
  })
  const pass = (milliseconds: number): void => {
    const end = time + milliseconds
    for (;;) {
      const next = timers.sort((a, b) => a.at - b.at)[0]
      if (!next || next.at > end) break
      timers.shift()
      time = Math.max(time, next.at)
      next.run()
    }
    time = end
  }
  return { box, sent, pass, kinds: () => sent.map(({ events }) => events.map(({ kind }) => kind)) }
}

describe('an outbox', () => {
  it('sends at most twenty times a second, all events in their order', () => {
    const { box, sent, pass } = example()
    for (let step = 1; step <= 3000; step++) {
      box.add(progress(step))
      pass(1)
    }
    pass(100)
    expect(sent.flatMap(({ events }) => events)).toEqual(Array.from({ length: 3000 }, (_, i) => progress(i + 1)))
    for (let second = 0; second < 3; second++)
      expect(sent.filter(({ time }) => time >= second * 1000 && time < (second + 1) * 1000).length).toBeLessThanOrEqual(
        20,
      )
    expect(sent.length).toBeGreaterThan(50)
  })

  it('never sends an epoch without the checkpoint that has seen it', () => {
    const { box, pass, kinds } = example()
    box.add(progress(1))
    box.add(epoch(0))
    pass(200)
    box.add(checkpoint('best', 10))
    pass(200)
    expect(kinds()).toEqual([['progress']])
    box.add(checkpoint('last', 10))
    box.add(epoch(1))
    pass(200)
    expect(kinds()).toEqual([['progress'], ['epoch', 'checkpoint', 'checkpoint']])
    box.flush()
    expect(kinds()).toHaveLength(2)
    box.add(checkpoint('last', 20))
    box.flush()
    expect(kinds()[2]).toEqual(['epoch', 'checkpoint'])
  })

  it('makes the sender wait while the host is behind', async () => {
    const { box, pass } = example({ mostUnstored: 3 })
    const order: string[] = []
    for (let step = 1; step <= 3; step++) box.add(progress(step))
    await box.room()
    pass(100)
    const waiting = box.room().then(() => order.push('room'))
    await Promise.resolve()
    order.push('still behind')
    box.stored(1)
    await waiting
    expect(order).toEqual(['still behind', 'room'])
  })

  it('flushes what waits', () => {
    const { box, kinds } = example()
    box.add(progress(1))
    box.add({ kind: 'done', reason: 'finished', epochs: 1, bestEpoch: 0 })
    box.flush()
    box.flush()
    expect(kinds()).toEqual([['progress', 'done']])
  })
})
