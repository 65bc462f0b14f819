import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Study } from '../../../shared/records.ts'
import { notifyEnd, progressShown } from './progress.ts'

const electron = vi.hoisted(() => {
  const shown: { title: string; body: string; click: () => void }[] = []
  const blockers = new Set<number>()
  let next = 0
  let supported = true
  class Notification {
    static isSupported = (): boolean => supported
    readonly #given: { title: string; body: string }
    #click = (): void => {}
    constructor(given: { title: string; body: string }) {
      this.#given = given
    }
    on(_: string, listen: () => void): void {
      this.#click = listen
    }
    show(): void {
      shown.push({ ...this.#given, click: this.#click })
    }
  }
  return {
    shown,
    blockers,
    support: (now: boolean) => {
      supported = now
    },
    Notification,
    powerSaveBlocker: {
      start: () => {
        blockers.add(next)
        return next++
      },
      stop: (id: number) => blockers.delete(id),
    },
  }
})
vi.mock('electron', () => electron)

afterEach(() => {
  electron.shown.length = 0
  electron.support(true)
})

describe('the task bar', () => {
  const window = { isDestroyed: () => false, setProgressBar: vi.fn(), setTitle: vi.fn() }
  const last = (): unknown[] => [window.setProgressBar.mock.lastCall![0], window.setTitle.mock.lastCall![0]]

  it('fills as the queue empties, and the machine stays awake meanwhile', () => {
    const show = progressShown(() => window as never)
    show({ running: 2, waiting: 2, secondsLeft: null })
    expect(last()).toEqual([0.5 / 4.5, 'Permafrost – 2 training, 2 waiting'])
    expect(electron.blockers.size).toBe(1)
    show({ running: 2, waiting: 0, secondsLeft: 45.2 })
    expect(last()).toEqual([2.5 / 4.5, 'Permafrost – 2 training, 0 waiting, 45 s left'])
    // A queue that grows while it trains counts from its greatest.
    show({ running: 2, waiting: 8, secondsLeft: 7200 })
    expect(last()).toEqual([0.5 / 10.5, 'Permafrost – 2 training, 8 waiting, 2.0 h left'])
    expect(electron.blockers.size).toBe(1)
    show({ running: 0, waiting: 8, secondsLeft: null })
    expect(last()).toEqual([-1, 'Permafrost'])
    expect(electron.blockers.size).toBe(0)
    show({ running: 1, waiting: 0, secondsLeft: 600 })
    expect(last()).toEqual([0.5 / 1.5, 'Permafrost – 1 training, 0 waiting, 10 min left'])
  })

  it('is left alone without a window', () => {
    const before = window.setProgressBar.mock.calls.length
    progressShown(() => undefined)({ running: 1, waiting: 0, secondsLeft: null })
    progressShown(() => ({ ...window, isDestroyed: () => true }) as never)({
      running: 1,
      waiting: 0,
      secondsLeft: null,
    })
    expect(window.setProgressBar.mock.calls.length).toBe(before)
  })
})

describe('the end of a study', () => {
  const study = (runs: Study['runs']): Study => ({ name: 'Copying', runs }) as Study

  it('is told with what came of its runs, and leads to it', () => {
    const opened = vi.fn()
    notifyEnd(study({ finished: 3, 'stopped-early': 1, failed: 1, diverged: 2 }), opened)
    notifyEnd(study({ finished: 1 }), opened)
    expect(electron.shown.map(({ title, body }) => [title, body])).toEqual([
      ['Copying', '4 runs trained, 1 failed, 2 diverged'],
      ['Copying', '1 run trained'],
    ])
    electron.shown[0]!.click()
    expect(opened).toHaveBeenCalledOnce()
  })

  it('is told nobody where the system shows nothing', () => {
    electron.support(false)
    notifyEnd(study({ finished: 1 }), () => {})
    expect(electron.shown).toEqual([])
  })
})
