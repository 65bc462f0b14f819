import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { BEAT_MS, LOOK_MS, MOST_SILENT_LOOKS, MOST_UNANSWERED } from './beat.ts'
import { channelPair, type Channel } from './channel.ts'
import { connect } from './connect.ts'
import { call, feed } from './contract.ts'
import { serve } from './serve.ts'
import { HandClock } from './testing/hand-clock.ts'

const contract = { sums: { add: call(z.number(), z.number()), ticks: feed(z.undefined().optional(), z.number()) } }

/** A channel on which nothing moves for as long as one of its ends is stopped, as a process is by SIGSTOP. */
function stoppable(channel: Channel): { channel: Channel; stop: () => void; goOn: () => void } {
  let stopped = false
  const kept: (() => void)[] = []
  const later = (run: () => void): void => {
    if (stopped) kept.push(run)
    else run()
  }
  return {
    channel: {
      ...channel,
      send: bytes => later(() => channel.send(bytes)),
      onMessage: listen => channel.onMessage(bytes => later(() => listen(bytes))),
    },
    stop: () => {
      stopped = true
    },
    goOn: () => {
      stopped = false
      for (const run of kept.splice(0)) run()
    },
  }
}

function rig() {
  const [hostClock, pageClock] = [new HandClock(), new HandClock()]
  const [hostEnd, pageEnd] = channelPair()
  const [host, page] = [stoppable(hostEnd), stoppable(pageEnd)]
  const silences: (number | null)[] = []
  const changes: boolean[] = []
  const state = { left: 0, closed: 0 }
  serve(
    contract,
    {
      sums: {
        add: n => n + 1,
        ticks: () => () => {
          state.left++
        },
      },
    },
    { ...host.channel, onClose: listen => host.channel.onClose(() => (state.closed++, listen())) },
    { clock: hostClock },
  )
  const connection = connect(contract, {
    clock: pageClock,
    onSilence: since => silences.push(since),
    onChange: now => changes.push(now),
  })
  connection.attach(page.channel)
  /** Both go on, a second after the other. */
  const both = async (milliseconds: number): Promise<void> => {
    for (let at = 0; at < milliseconds; at += 1_000) {
      await hostClock.pass(1_000)
      await pageClock.pass(1_000)
    }
  }
  return { hostClock, pageClock, host, page, silences, changes, state, both, ...connection }
}

describe('a host that hangs', () => {
  it('is noticed, with the moment since when, and heard again when it goes on', async () => {
    const { both, host, pageClock, silences, client, connected } = rig()
    await both(60_000)
    expect(silences).toEqual([])
    host.stop()
    const asked = client.sums.add(1)
    await pageClock.pass((MOST_SILENT_LOOKS - 1) * LOOK_MS)
    expect(silences).toEqual([])
    await pageClock.pass(32_000 - (MOST_SILENT_LOOKS - 1) * LOOK_MS)
    expect(silences).toEqual([59_000])
    expect(connected()).toBe(true)
    host.goOn()
    expect(await asked).toBe(2)
    expect(silences).toEqual([59_000, null])
  })

  it('is one that says nothing at all, not one that sleeps together with the page', async () => {
    const { both, hostClock, pageClock, silences, changes } = rig()
    await both(10_000)
    // Timers that were due many times during the sleep come once, and the clocks have leapt.
    hostClock.leap(3_600_000)
    pageClock.leap(3_600_000)
    await both(10_000)
    expect([silences, changes]).toEqual([[], [true]])
  })
})

describe('a page that is gone', () => {
  it('is let go: what it listened to ends, and nothing more is sent', async () => {
    const { client, hostClock, page, state, both } = rig()
    client.sums.ticks(undefined, () => {})
    await both(10_000)
    page.stop()
    await hostClock.pass(MOST_UNANSWERED * BEAT_MS)
    expect(state).toEqual({ left: 0, closed: 0 })
    await hostClock.pass(BEAT_MS)
    expect(state).toEqual({ left: 1, closed: 1 })
    expect(hostClock.running).toBe(0)
  })

  it('is not one that only never asks anything', async () => {
    const { hostClock, state, connected } = rig()
    await hostClock.pass(100 * BEAT_MS)
    expect([state.closed, connected()]).toEqual([0, true])
  })
})

describe('a connection that is over', () => {
  it('leaves no timer behind at either end', async () => {
    const { hostClock, pageClock, page, silences, changes } = rig()
    page.channel.close()
    expect([hostClock.running, pageClock.running, changes]).toEqual([0, 0, [true, false]])
    await pageClock.pass(60_000)
    expect(silences).toEqual([])
  })
})
