import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HandClock } from '../shared/rpc/testing/hand-clock.ts'
import { encodeFrame } from '../shared/rpc/frame.ts'
import { connectHost } from './client.ts'

/** The server's side: whether there is one, and whether it knows this page's key. */
const server = { there: true, knows: true }
const sockets: FakeSocket[] = []

class FakeSocket extends EventTarget {
  binaryType = ''
  readonly sent: unknown[] = []
  constructor() {
    super()
    sockets.push(this)
    void Promise.resolve().then(() => this.dispatchEvent(new Event(server.there && server.knows ? 'open' : 'error')))
  }
  send(bytes: unknown): void {
    this.sent.push(bytes)
  }
  close(): void {
    this.dispatchEvent(new Event('close'))
  }
  /** The host lives. */
  beat(): void {
    this.dispatchEvent(new MessageEvent('message', { data: encodeFrame({ kind: 'beat' }).buffer }))
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.setItem('permafrost:token', 'abc')
  Object.assign(server, { there: true, knows: true })
  sockets.length = 0
  vi.stubGlobal('WebSocket', FakeSocket)
  vi.stubGlobal('fetch', () =>
    server.there ? Promise.resolve({ status: server.knows ? 204 : 403 }) : Promise.reject(new TypeError('no server')),
  )
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
  sessionStorage.clear()
})

describe('the page’s host', () => {
  it('that hangs, goes, is started anew with other keys and comes back is known for what it is', async () => {
    const clock = new HandClock()
    const pass = async (seconds: number): Promise<void> => {
      vi.useRealTimers()
      await clock.pass(seconds * 1_000)
      vi.useFakeTimers()
    }
    const { ready, standing, connected } = connectHost(window, clock)
    await ready
    expect([standing.value.kind, connected.value]).toEqual(['here', true])
    await pass(5)
    sockets[0]!.beat()
    expect(sockets[0]!.sent).toHaveLength(1)
    await pass(32)
    expect([standing.value, connected.value]).toEqual([{ kind: 'silent', since: 5_000 }, true])
    sockets[0]!.beat()
    expect(standing.value.kind).toBe('here')

    server.there = false
    sockets[0]!.close()
    expect([standing.value, connected.value]).toEqual([{ kind: 'gone', since: 37_000 }, false])
    await vi.advanceTimersByTimeAsync(3_500)
    expect([sockets.length, standing.value.kind]).toEqual([4, 'gone'])

    Object.assign(server, { there: true, knows: false })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(standing.value).toEqual({ kind: 'refused', since: 37_000 })
    server.knows = true
    await vi.advanceTimersByTimeAsync(1_000)
    expect([standing.value.kind, connected.value]).toEqual(['here', true])
  })

  it.each([
    [{ there: false, knows: true }, 'no-host'],
    [{ there: true, knows: false }, 'not-allowed'],
  ])('says why it cannot be reached at first: %j is %s', async (state, code) => {
    Object.assign(server, state)
    await expect(connectHost(window, new HandClock()).ready).rejects.toMatchObject({ code })
  })
})
