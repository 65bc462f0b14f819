import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import type { QueuedRun, QueueState } from '../../shared/contract/index.ts'
import { LabError } from '../../shared/errors.ts'
import ErrorBoundary from '../components/ErrorBoundary.vue'
import { EMPTY_QUEUE, mountPage, settle } from '../testing/mount-page.ts'
import HostBanner from './HostBanner.vue'
import { noticeOf, type Known } from './notice.ts'
import { pageView } from './page-view.ts'
import { holdAll } from './queue-acts.ts'
import StatusBar from './StatusBar.vue'
import { sayError, toasts } from './toasts.ts'

const run = (seed: number, status: QueuedRun['status'] = 'queued'): QueuedRun => ({
  runId: `s.full.${seed}`,
  studyId: 's',
  studyName: 'Copying',
  planId: 'full',
  planTitle: 'Full training',
  seed,
  status,
  epochsDone: 0,
  epochs: 10,
})
const HELD: QueueState = {
  ...EMPTY_QUEUE,
  state: 'held',
  waiting: [run(1), run(2)],
  waitingCount: 2,
  secondsLeft: 1_206,
}
const BUSY: QueueState = { ...EMPTY_QUEUE, running: [run(1, 'running')], waiting: [run(2)], waitingCount: 1 }

afterEach(() => {
  document.body.innerHTML = ''
  toasts.value = []
})

describe('what stands above every page', () => {
  const known: Known = {
    standing: { kind: 'here', since: 0 },
    queue: BUSY,
    startAgain: 'npm run serve -- --port 9410',
    silentFor: 12.2,
    heardAt: new Date(2026, 10, 30, 14, 5, 9).getTime(),
  }

  it.each([
    [{}, null],
    [
      { standing: { kind: 'silent', since: 0 }, queue: HELD },
      'The lab has not answered for 12 s. What you see is as of 14:05:09.',
    ],
    [{ standing: { kind: 'gone', since: 0 }, startAgain: null }, 'Start it again: this page then goes on by itself.'],
    [{ standing: { kind: 'refused', since: 0 } }, 'Open the address that it printed when it started.'],
    [{ queue: HELD }, 'Training is held: 2 runs wait.'],
    [{ queue: { ...BUSY, state: 'held' } }, 'Training is held: 1 run waits. What has begun (1 run) goes on.'],
    [{ queue: { ...EMPTY_QUEUE, state: 'held' } }, null],
    [
      { queue: { ...BUSY, state: 'blocked', failure: { code: 'disk-full', message: 'The disk is full.' } } },
      'Training has stopped: The disk is full.',
    ],
  ] as [Partial<Known>, string | null][])('is of %j: %s', (given, text) => {
    const notice = noticeOf({ ...known, ...given })
    if (text === null) expect(notice).toBeNull()
    else expect(notice!.text).toContain(text)
  })

  it('is one line, the most pressing: a host that hangs or has gone before all else', async () => {
    const { view, host, standing, connected } = mountPage(HostBanner, { queue: { open: () => Promise.resolve(BUSY) } })
    const lines = (): string[] => view.findAll('[role=alert], [role=status]').map(line => line.text())
    await settle(0)
    expect(lines()).toEqual([])
    const interrupted = { stopped: [run(3, 'interrupted')], stoppedCount: 1, interruptedAtStart: 1 }
    host.say('queue.onChange', { ...HELD, ...interrupted })
    await settle(0)
    expect(lines()).toEqual([expect.stringContaining('1 run was interrupted when the app last ended')])
    await view.findAll('button')[1]!.trigger('click')
    expect(lines()).toEqual([expect.stringContaining('Training is held: 2 runs wait.')])
    standing.value = { kind: 'silent', since: performance.now() - 12_000 }
    await settle(0)
    expect(lines()).toEqual([
      expect.stringMatching(/^The lab has not answered for 12 s\. What you see is as of \d\d:\d\d:\d\d\.$/),
    ])
    connected.value = false
    standing.value = { kind: 'gone', since: performance.now() }
    await settle(0)
    expect(lines()).toEqual([expect.stringContaining('npm run serve -- --port 9410')])
    connected.value = true
    standing.value = { kind: 'here', since: 0 }
    host.say('queue.onChange', HELD)
    await settle(0)
    await view.get('button').trigger('click')
    expect(host.asked.map(([name]) => name)).toContain('queue.open')
    view.unmount()
  })
})

describe('the status bar', () => {
  it('says nothing of training that a host may have left, and no time left of what is held', async () => {
    const { view, host, standing } = mountPage(StatusBar)
    host.say('queue.onChange', { ...BUSY, secondsLeft: 21 })
    await settle(0)
    expect(view.text()).toContain('Training 1 run · 1 run waiting')
    expect(view.text()).toContain('21 s left')
    host.say('queue.onChange', HELD)
    await settle(0)
    expect([view.text().includes('2 runs waiting · held'), view.text().includes('left')]).toEqual([true, false])
    host.say('queue.onChange', { ...EMPTY_QUEUE, state: 'held' })
    await settle(0)
    expect(view.text()).toContain('Nothing to train · held')
    expect(view.text()).toContain('Go on')
    host.say('queue.onChange', { ...BUSY, secondsLeft: 21 })
    standing.value = { kind: 'silent', since: 0 }
    await settle(0)
    expect([view.text().includes('Training'), view.text().includes('left'), view.find('.light.on').exists()]).toEqual([
      false,
      false,
      false,
    ])
    expect(view.text()).toContain('The lab does not answer')
    view.unmount()
  })
})

describe('holding', () => {
  it('an empty queue says what that does, and offers to go on', async () => {
    const open = vi.fn(() => Promise.resolve(EMPTY_QUEUE))
    const { view, host } = mountPage(HostBanner, {
      queue: { hold: () => Promise.resolve({ ...EMPTY_QUEUE, state: 'held' as const }), open },
    })
    await holdAll(host.lab)
    expect(toasts.value.map(({ text }) => text)).toEqual([
      'Training is held: whatever is started from now on waits until you go on',
    ])
    toasts.value[0]!.action!.run()
    expect(open).toHaveBeenCalledTimes(1)
    view.unmount()
  })
})

describe('an error', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it('of a run that is being trained offers to stop it, and goes when it has stopped', async () => {
    const pause = vi.fn(() => Promise.resolve(EMPTY_QUEUE))
    const { view, host } = mountPage(HostBanner, { queue: { pause } })
    host.say('queue.onChange', BUSY)
    await vi.advanceTimersByTimeAsync(1)
    sayError(
      new LabError('run-taken', '“Copying”, Full training, seed 1, is being trained: stop it first.', {
        about: ['s.full.1'],
      }),
    )
    expect(toasts.value[0]).toMatchObject({ tone: 'bad', action: { title: 'Stop it' } })
    toasts.value[0]!.action!.run()
    expect(pause).toHaveBeenCalledWith({ runs: ['s.full.1'] }, undefined)
    host.say('queue.onChange', { ...BUSY, secondsLeft: 3 })
    await vi.advanceTimersByTimeAsync(1)
    expect(toasts.value).toHaveLength(1)
    host.say('queue.onChange', { ...BUSY, running: [] })
    await vi.advanceTimersByTimeAsync(1)
    expect(toasts.value).toEqual([])
    view.unmount()
  })

  it('of a host that is gone goes when it is back, is said once, and any other in a minute', async () => {
    const { view, connected } = mountPage(HostBanner)
    connected.value = false
    sayError(new LabError('disconnected', 'The connection to the app’s host is gone.'))
    sayError(new LabError('disconnected', 'The connection to the app’s host is gone.'))
    sayError(new Error('broken'))
    expect(toasts.value.map(({ text }) => text)).toEqual(['That was not done: the lab does not answer.', 'broken'])
    connected.value = true
    expect(toasts.value.map(({ text }) => text)).toEqual(['broken'])
    await vi.advanceTimersByTimeAsync(60_000)
    expect(toasts.value).toEqual([])
    view.unmount()
  })
})

describe('a page whose code does not come', () => {
  it('says so in words of its own, promises nothing, and begins anew when the host is back', async () => {
    const reload = vi.fn()
    vi.stubGlobal('location', { ...window.location, reload })
    const Missing = pageView(() => Promise.reject(new Error('Unable to preload CSS for /assets/HistoryPage-x.css')))
    const Page = defineComponent(() => () => h(ErrorBoundary, { name: 'History' }, () => h(Missing)))
    const { view, connected } = mountPage(Page)
    connected.value = false
    await settle(0)
    expect(view.text()).toContain('History could not be shown')
    for (const word of ['CSS', 'assets', 'preload', 'nothing is lost', 'not affected'])
      expect(view.text()).not.toContain(word)
    expect(reload).not.toHaveBeenCalled()
    connected.value = true
    await settle(0)
    expect(reload).toHaveBeenCalledTimes(1)
    view.unmount()
    vi.unstubAllGlobals()
  })
})
