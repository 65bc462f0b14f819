import type { VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { QueueState, RunPage, RunRow } from '../../../shared/contract/index.ts'
import FigurePanel from '../../charts/FigurePanel.vue'
import { LabError } from '../../../shared/errors.ts'
import { replace, useRouter } from '../../shell/router.ts'
import { toasts } from '../../shell/toasts.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import { setSeen } from '../../testing/sight.ts'
import { liveBatch, queueOf, sampleRow, sampleStudy } from '../../testing/sample-runs.ts'
import LivePage from './LivePage.vue'

const ROWS = [
  sampleRow('full', 1, { status: 'running', step: 100, epochsDone: 1 }),
  sampleRow('full', 2),
  sampleRow('frozen-memory', 1, { status: 'finished', step: 400, epochsDone: 4, bestLoss: 0.25 }),
  sampleRow('frozen-memory', 2, { status: 'paused', step: 200, epochsDone: 2 }),
]

/** A host of the sample study; `rows` may be changed before it says that runs have changed. */
function live(rows: RunRow[] = ROWS) {
  const state: QueueState = queueOf(rows)
  const handlers = {
    studies: { list: () => Promise.resolve([sampleStudy()]) },
    runs: {
      list: () =>
        Promise.resolve({ rows: [...rows], total: rows.length, offset: 0, groups: [], version: 1 } satisfies RunPage),
    },
    curves: {
      get: vi.fn(({ runs, metric }: { runs: string[]; metric: string }) =>
        Promise.resolve(
          runs.map(runId => ({
            runId,
            from: Float64Array.of(1, 26),
            to: Float64Array.of(25, 50),
            min: Float64Array.of(3, 2),
            max: Float64Array.of(3, 2),
            mean: metric === 'loss' ? Float64Array.of(3, 2) : Float64Array.of(NaN, NaN),
            freezes:
              metric === 'loss' && runId === 'study.frozen-memory.2'
                ? [{ step: 25, action: 'freeze' as const, reason: 'memory from epoch 1' }]
                : [],
          })),
        ),
      ),
    },
    queue: {
      get: () => Promise.resolve(state),
      pause: vi.fn(() => Promise.resolve(state)),
      resume: vi.fn(() => Promise.resolve(state)),
      cancel: vi.fn(() => Promise.resolve(state)),
      move: vi.fn(() => Promise.resolve(state)),
      hold: vi.fn(() => Promise.resolve(state)),
    },
  }
  const mounted = mountPage(LivePage, handlers)
  mounted.host.say('queue.onChange', state)
  return { ...mounted, handlers }
}

const button = (view: VueWrapper, text: string) => view.findAll('button').find(one => one.text() === text)!
const progress = (view: VueWrapper): string[][] =>
  view.findAll('[role=progressbar]').map(bar => [bar.attributes('aria-label')!, bar.attributes('aria-valuenow')!])
const drawnLines = (view: VueWrapper) => view.findAllComponents(FigurePanel)[0]!.props('figure').lines
const lastDrawn = (view: VueWrapper): number => Math.max(...drawnLines(view).flatMap(({ x }) => Array.from(x)))
/** What the main figure reads off at its cursor, for those who hear it. */
const reading = (view: VueWrapper): string => view.get('[role=application] [aria-live]').text()

afterEach(() => {
  vi.useRealTimers()
  setSeen(true)
  replace({ page: 'welcome' })
  document.body.replaceChildren()
})

describe('the live page', () => {
  it('shows how far each run of the study is, and what the queue does with it', async () => {
    replace({ page: 'live', subject: 'study' })
    const { view, handlers } = live()
    await settle()
    expect(progress(view)).toEqual([
      ['Full training, seed 1', '25'],
      ['Full training, seed 2', '0'],
      ['Memory frozen, seed 1', '100'],
      ['Memory frozen, seed 2', '50'],
    ])
    expect(view.text()).toContain('1 of 4 runs trained')
    expect(view.text()).toContain('best 0.25')
    await button(view, 'Pause').trigger('click')
    expect(handlers.queue.pause.mock.calls).toEqual([[{ runs: ['study.full.1', 'study.full.2'] }, undefined]])
    await button(view, 'Go on with 1 stopped run').trigger('click')
    expect(handlers.queue.resume.mock.calls).toEqual([[{ runs: ['study.frozen-memory.2'] }, undefined]])
    view.unmount()
  })

  it('draws what the history has, then what is said, and reads it off by keys', async () => {
    replace({ page: 'live', subject: 'study' })
    const { view, host, handlers } = live()
    await settle()
    expect(handlers.curves.get.mock.calls[0]![0]).toEqual({
      runs: ['study.full.1', 'study.frozen-memory.1', 'study.frozen-memory.2'],
      metric: 'loss',
      buckets: 600,
    })
    const figure = view.get('[role=application][aria-label^="Training loss"]')
    await figure.trigger('keydown', { key: 'End' })
    expect(reading(view)).toBe('step 38: Full training 2.00, Memory frozen 2.00')
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1, 0.5]))
    await settle(1_300)
    await figure.trigger('keydown', { key: 'End' })
    expect(reading(view)).toContain('step 150: Full training 0.50')
    expect(progress(view)[0]).toEqual(['Full training, seed 1', '50'])
    expect(view.text()).toContain('30 s left')
    expect(view.find('[role=application][aria-label*="ontroller"]').exists()).toBe(true)
    await figure.trigger('keydown', { key: 'Escape' })
    expect(reading(view)).toBe('')
    view.unmount()
  })

  it('averages the curves along the steps where that is chosen, and reads that off', async () => {
    replace({ page: 'live', subject: 'study' })
    const { view, host } = live()
    await settle()
    await view.get('select[aria-label="Smoothing"]').setValue('0.1')
    host.say('live.onProgress', liveBatch(ROWS[0]!, [2.5, 1]))
    await settle(1_300)
    const figure = view.get('[role=application][aria-label^="Training loss"]')
    await figure.trigger('keydown', { key: 'End' })
    const [, read] = /Full training ([\d.]+)/.exec(reading(view))!
    expect(Number(read)).toBeGreaterThan(1)
    expect(Number(read)).toBeLessThan(1.5)
    expect(view.get('figcaption').text()).toContain('Faint: as measured.')
    view.unmount()
  })

  it('asks for the metric in sight alone until it is drawn, then for the others one at a time', async () => {
    replace({ page: 'live', subject: 'study' })
    const { view, handlers } = live()
    let answer = (): void => {}
    const found = await handlers.curves.get({ runs: ['study.full.1'], metric: 'loss' })
    handlers.curves.get.mockClear()
    handlers.curves.get.mockImplementation(
      () =>
        new Promise(resolve => {
          answer = () => {
            resolve(found)
          }
        }),
    )
    await settle(100)
    expect(handlers.curves.get.mock.calls.map(([{ metric }]) => metric)).toEqual(['loss'])
    answer()
    await settle(20)
    expect(handlers.curves.get.mock.calls.map(([{ metric }]) => metric)).toEqual(['loss', 'trainLoss'])
    answer()
    await settle(300)
    expect(view.find('[role=application][aria-label^="Training loss"]').exists()).toBe(true)
    expect(handlers.curves.get.mock.calls.map(([{ metric }]) => metric)).toEqual([
      'loss',
      'trainLoss',
      'validationLoss',
    ])
    for (let i = 0; i < 18; i++) {
      answer()
      await settle(20)
    }
    const asked = handlers.curves.get.mock.calls.map(([one]) => one as { metric: string; buckets?: number })
    expect(new Set(asked.map(({ metric }) => metric)).size).toBe(18)
    expect(asked.filter(({ metric }) => metric.startsWith('gradientNorm')).map(({ buckets }) => buckets)).toEqual([
      120, 120, 120, 120,
    ])
    view.unmount()
  })

  it('draws its figures again when something is learned, not when the runs are listed again', async () => {
    replace({ page: 'live', subject: 'study' })
    const { view, host } = live()
    await settle()
    const before = view.findAllComponents(FigurePanel)[0]!.props('figure')
    host.say('changes.onChange', { version: 2, what: ['runs'], runs: [] })
    await settle(400)
    expect(view.findAllComponents(FigurePanel)[0]!.props('figure')).toBe(before)
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1, 0.5]))
    await settle(1_300)
    expect(view.findAllComponents(FigurePanel)[0]!.props('figure')).not.toBe(before)
    view.unmount()
  })

  it('draws all it has heard when the last run ends, and before a figure is saved', async () => {
    replace({ page: 'live', subject: 'study' })
    const rows = ROWS.map(row => ({ ...row }))
    const { view, host } = live(rows)
    await settle()
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1]))
    await settle(100)
    expect(lastDrawn(view)).toBe(75)
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1, 0.5]))
    await settle(1)
    expect(lastDrawn(view)).toBe(75)
    await view.findAllComponents(FigurePanel)[0]!.props('fresh')!()
    expect(lastDrawn(view)).toBe(150)
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1, 0.5, 0.4]))
    rows.forEach(row => {
      Object.assign(row, { status: 'finished' })
    })
    host.say('changes.onChange', { version: 2, what: ['runs'], runs: [] })
    await settle(300)
    expect(lastDrawn(view)).toBe(250)
    view.unmount()
  })

  it('lists its runs again when one of them has changed, as often as it takes, and not for others or for what it hears anyway', async () => {
    replace({ page: 'live', subject: 'study' })
    const rows = ROWS.map(row => ({ ...row }))
    const { view, host } = live(rows)
    await settle()
    const listed = (): number => host.asked.filter(([name]) => name === 'runs.list').length
    const [runs, studies] = [listed(), host.asked.filter(([name]) => name === 'studies.list').length]
    host.say('changes.onChange', { version: 2, what: ['progress'], runs: ['study.full.1'] })
    host.say('changes.onChange', { version: 3, what: ['runs'], runs: ['other.full.1'] })
    await settle(20)
    expect(listed()).toBe(runs)
    // The second comes while the first is still being answered.
    host.say('changes.onChange', { version: 4, what: ['runs'], runs: ['study.full.1'] })
    rows[0] = { ...rows[0]!, status: 'finished', bestLoss: 0.125 }
    host.say('changes.onChange', { version: 5, what: ['runs'], runs: ['study.full.1'] })
    await settle(20)
    expect(listed()).toBe(runs + 2)
    expect(view.text()).toContain('best 0.125')
    expect(host.asked.filter(([name]) => name === 'studies.list')).toHaveLength(studies)
    view.unmount()
  })

  it('listens no longer when it has been out of sight for a while, and reads what it missed when it is seen again', async () => {
    vi.useFakeTimers()
    replace({ page: 'live', subject: 'study' })
    const { view, host, handlers } = live()
    await vi.advanceTimersByTimeAsync(1_000)
    setSeen(false)
    await vi.advanceTimersByTimeAsync(1_000)
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1]))
    setSeen(true)
    await vi.advanceTimersByTimeAsync(1_500)
    expect(lastDrawn(view)).toBe(75)
    handlers.curves.get.mockClear()
    setSeen(false)
    await vi.advanceTimersByTimeAsync(15_000)
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1, 0.5]))
    setSeen(true)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(lastDrawn(view)).toBe(37.5)
    expect(handlers.curves.get).toHaveBeenCalledTimes(18)
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1, 0.5, 0.4]))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(lastDrawn(view)).toBe(250)
    view.unmount()
  })

  it('goes on with what it hears when the history does not answer, and reads it at the next look or when the host is reached again', async () => {
    vi.useFakeTimers()
    replace({ page: 'live', subject: 'study' })
    const { view, host, handlers, connected } = live()
    await vi.advanceTimersByTimeAsync(1_000)
    const look = async (out: number): Promise<void> => {
      setSeen(false)
      await vi.advanceTimersByTimeAsync(out)
      setSeen(true)
      await vi.advanceTimersByTimeAsync(2_000)
    }
    handlers.curves.get.mockRejectedValueOnce(new LabError('disconnected', 'The connection is gone.'))
    await look(15_000)
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1, 0.5, 0.4]))
    await vi.advanceTimersByTimeAsync(2_000)
    expect([lastDrawn(view), toasts.value]).toEqual([250, []])
    await look(100)
    expect(lastDrawn(view)).toBe(37.5)
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1, 0.5, 0.4, 0.3]))
    await vi.advanceTimersByTimeAsync(2_000)
    await look(100)
    expect(lastDrawn(view)).toBe(350)
    connected.value = false
    connected.value = true
    await vi.advanceTimersByTimeAsync(2_000)
    expect(lastDrawn(view)).toBe(37.5)
    view.unmount()
  })

  it('puts what it reads anew in place of all that was there, also of a run that is to begin anew', async () => {
    vi.useFakeTimers()
    replace({ page: 'live', subject: 'study' })
    const rows = ROWS.map(row => ({ ...row }))
    const { view, host, handlers } = live(rows)
    await vi.advanceTimersByTimeAsync(1_000)
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1, 0.5]))
    await vi.advanceTimersByTimeAsync(2_000)
    expect([drawnLines(view).map(({ label }) => label), progress(view)[0]]).toEqual([
      ['Full training', 'Memory frozen'],
      ['Full training, seed 1', '50'],
    ])
    setSeen(false)
    await vi.advanceTimersByTimeAsync(15_000)
    rows[0] = sampleRow('full', 1)
    handlers.curves.get.mockImplementation(({ runs }) =>
      Promise.resolve(
        runs.map(runId => {
          const [to, mean] = [Float64Array.of(30, 60), Float64Array.of(3, 2)]
          return { runId, from: to, to, min: mean, max: mean, mean, freezes: [] }
        }),
      ),
    )
    setSeen(true)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(drawnLines(view).map(({ label, x }) => [label, Array.from(x)])).toEqual([['Memory frozen', [15, 45]]])
    expect(progress(view)[0]).toEqual(['Full training, seed 1', '0'])
    view.unmount()
  })

  it('keeps what was said while the history was still being read, in order', async () => {
    replace({ page: 'live', subject: 'study' })
    const { view, host } = live()
    host.say('live.onProgress', liveBatch(ROWS[0]!, [1.5]))
    await settle(1_300)
    await view.get('[role=application]').trigger('keydown', { key: 'End' })
    expect(reading(view)).toContain('step 75: Full training 1.5')
    view.unmount()
  })

  it('puts waiting runs in another order by Alt and arrows, and stops all at once', async () => {
    replace({ page: 'live', subject: 'study' })
    const { view, handlers } = live([sampleRow('full', 1), sampleRow('full', 2), sampleRow('frozen-memory', 1)])
    await settle()
    await view
      .findAll('[role=radio], button')
      .find(one => one.text() === 'Queue (3)')!
      .trigger('click')
    const waiting = view.findAll('[draggable]')
    expect(waiting.map(run => run.text())).toEqual([
      'Full trainingseed 1',
      'Full trainingseed 2',
      'Memory frozenseed 1',
    ])
    await waiting[2]!.trigger('keydown', { key: 'ArrowUp', altKey: true })
    await waiting[0]!.trigger('keydown', { key: 'ArrowDown', altKey: true })
    await waiting[0]!.trigger('keydown', { key: 'ArrowDown' })
    expect(handlers.queue.move.mock.calls).toEqual([
      [{ runs: ['study.frozen-memory.1'], before: 'study.full.2' }, undefined],
      [{ runs: ['study.full.1'], before: 'study.frozen-memory.1' }, undefined],
    ])
    await button(view, 'Pause all').trigger('click')
    expect(handlers.queue.hold.mock.calls).toEqual([[{ stop: true }, undefined]])
    view.unmount()
  })

  it('goes to the comparison when all runs of the quick look are trained, and not before', async () => {
    replace({ page: 'live', subject: 'study', query: { then: 'compare' } })
    const rows = ROWS.map(row => ({ ...row }))
    const { view, host } = live(rows)
    await settle()
    expect(useRouter().place.value.page).toBe('live')
    for (const row of rows) row.status = 'finished'
    host.say('changes.onChange', { version: 2, what: ['runs'], runs: [] })
    await settle(400)
    expect(useRouter().place.value).toMatchObject({ page: 'compare', subject: 'study' })
    view.unmount()
  })

  it('says that training is held where numbers would be expected, and no time left', async () => {
    replace({ page: 'live', subject: 'study' })
    const waiting = [sampleRow('full', 1), sampleRow('full', 2)]
    const { view, host } = live(waiting)
    await settle()
    expect(view.text()).toContain('The first numbers are on their way')
    host.say('queue.onChange', queueOf(waiting, { state: 'held', secondsLeft: 1_206 }))
    await settle(50)
    expect(view.text()).toContain('Training is held: no numbers come until it goes on')
    for (const word of ['on their way', 'left']) expect(view.text()).not.toContain(word)
    view.unmount()
  })

  it('says nothing of runs before it knows them', async () => {
    replace({ page: 'live', subject: 'study' })
    const { view } = mountPage(LivePage, {
      studies: { list: () => Promise.resolve([sampleStudy()]) },
      runs: { list: () => new Promise(() => undefined) },
    })
    await settle(50)
    for (const word of ['0 of 0', 'Nothing was trained']) expect(view.text()).not.toContain(word)
    expect(view.text()).toContain('Reading the history …')
    view.unmount()
  })

  it('marks runs that ended at a loss which is none', async () => {
    replace({ page: 'live', subject: 'study' })
    const ended = { status: 'finished', step: 400, epochsDone: 4, bestLoss: 0.5 } as const
    const rows = [
      sampleRow('full', 1, { ...ended, trainLoss: 1e13 }),
      sampleRow('full', 2, { ...ended, trainLoss: 1.7 }),
      sampleRow('frozen-memory', 1, { ...ended, trainLoss: 1.6 }),
      sampleRow('frozen-memory', 2, { status: 'running', step: 100, epochsDone: 1, trainLoss: 1e13 }),
    ]
    const { view } = mountPage(LivePage, {
      studies: { list: () => Promise.resolve([sampleStudy()]), classes: () => Promise.resolve(3) },
      runs: { list: () => Promise.resolve({ rows, total: 4, offset: 0, groups: [], version: 1 }) },
      curves: { get: () => Promise.resolve([]) },
    })
    await settle()
    // Three classes: the useless predictor has ln 3 = 1.10 nats, 1.5 times that is 1.65.
    expect(view.findAll('.run').map(run => run.text().includes('diverged'))).toEqual([true, true, false, false])
    expect(view.text()).toContain('2 diverged')
    view.unmount()
  })

  it('says that nothing is trained, and follows the queue when something is', async () => {
    replace({ page: 'live' })
    const { view, host } = mountPage(LivePage)
    await settle(50)
    expect(view.text()).toContain('Nothing is being trained')
    host.say('queue.onChange', queueOf(ROWS))
    await settle(50)
    expect(useRouter().place.value).toMatchObject({ page: 'live', subject: 'study' })
    view.unmount()
  })

  it('says why a run failed and why the history cannot be written', async () => {
    replace({ page: 'live', subject: 'study' })
    const { view, host } = live([
      sampleRow('full', 1, { status: 'failed', error: { code: 'crashed', message: 'The training thread ended.' } }),
    ])
    await settle()
    expect(view.find('[title="The training thread ended."]').exists()).toBe(true)
    host.say(
      'queue.onChange',
      queueOf([], { state: 'blocked', failure: { code: 'disk-full', message: 'The disk is full.' } }),
    )
    await settle(50)
    await view
      .findAll('[role=radio], button')
      .find(one => one.text().startsWith('Queue'))!
      .trigger('click')
    expect(view.get('[role=alert]').text()).toBe('The disk is full.')
    view.unmount()
  })

  it('stays usable when the host refuses what is asked', async () => {
    replace({ page: 'live', subject: 'study' })
    const { view } = mountPage(LivePage, {
      studies: { list: () => Promise.resolve([sampleStudy()]) },
      runs: { list: () => Promise.reject(new LabError('disconnected', 'The connection is gone.')) },
    })
    await settle()
    expect(view.text()).not.toContain('0 of 0')
    view.unmount()
  })
})
