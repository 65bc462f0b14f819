import { constants } from 'node:os'
import { describe, expect, it } from 'vitest'
import { signalExit, STOP_SIGNALS, StopRequests, type StopSignal } from './stop-signals.ts'

describe('signals that ask for an end', () => {
  it('give exit codes as shells do', () => {
    for (const signal of STOP_SIGNALS) expect(signalExit(signal)).toBe(128 + constants.signals[signal])
    expect(['SIGHUP', 'SIGINT', 'SIGTERM'].map(signal => signalExit(signal as StopSignal))).toEqual([129, 130, 143])
  })

  it('ask once, however many of them one press of a key sends', () => {
    let now = 5_000
    const requests = new StopRequests(() => now)
    expect(requests.hear('SIGTERM')).toBe('stop')
    for (const [after, signal, asked] of [
      [0, 'SIGTERM', null],
      [10, 'SIGINT', null],
      [999, 'SIGINT', null],
      [30_000, 'SIGTERM', null],
      [30_000, 'SIGHUP', null],
      [1_000, 'SIGINT', 'at once'],
      [1_500, 'SIGQUIT', 'at once'],
    ] as const) {
      now = 5_000 + after
      expect([after, signal, requests.hear(signal)]).toEqual([after, signal, asked])
    }
  })
})
