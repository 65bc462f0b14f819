import type { VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FullRun, RunPage, RunQuery, RunRow } from '../../../shared/contract/index.ts'
import { LabError } from '../../../shared/errors.ts'
import { replace, useRouter } from '../../shell/router.ts'
import type { Handlers } from '../../testing/fake-lab.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import { sampleRow, sampleStudy } from '../../testing/sample-runs.ts'
import { COLUMNS } from './columns.ts'
import HistoryPage from './HistoryPage.vue'

const SCORED = {
  status: 'finished',
  epochsDone: 4,
  step: 400,
  bestEpoch: 2,
  firstAccuracy: 0.9,
  lastAccuracy: 0.45,
  retention: 0.5,
  seconds: 75,
  endedAt: Date.UTC(2026, 0, 2),
} as const
const ROWS = [
  sampleRow('full', 1, { ...SCORED, bestLoss: 0.25, note: 'the first', tags: ['paper'] }),
  sampleRow('full', 2, { ...SCORED, bestLoss: 0.5, starred: true }),
  sampleRow('frozen-memory', 1, { ...SCORED, bestLoss: 0.75 }),
  sampleRow('frozen-memory', 2, {
    status: 'failed',
    error: { code: 'crashed', message: 'The training thread ended.' },
  }),
]

const record = (row: RunRow): FullRun =>
  ({
    run: row,
    row,
    sealed: row.planId === 'frozen-memory' ? true : null,
    inTrash: false,
    study: { ...sampleStudy(), spec: { name: 'Sample' } },
    plan: { id: row.planId, freeze: [] },
    parameters: [],
    attempts: [],
    freezes:
      row.planId === 'frozen-memory'
        ? [{ epoch: 1, action: 'freeze', parameters: ['memory.actions.weights'], reason: 'memory from epoch 1' }]
        : [],
    epochs: [],
    scores: { best: [], last: [] },
    checkpoints: [{ which: 'best', epoch: 1, step: 200, sha256: 'c0ffee00c0ffee00', bytes: 1024 }],
    snapshots: [],
  }) as unknown as FullRun

/** A host that knows these runs, and sorts and filters as little as the test needs. */
function history(rows: readonly RunRow[] = ROWS, more: Handlers = {}) {
  const list = vi.fn(({ search = '' }: RunQuery = {}): Promise<RunPage> => {
    if (search.endsWith('>')) return Promise.reject(new LabError('bad-search', 'at character 10: a number is missing'))
    const found = search === '' ? rows : rows.filter(({ planId }) => search.includes(planId))
    return Promise.resolve({
      rows: structuredClone(found) as RunRow[],
      total: found.length,
      offset: 0,
      groups: [],
      version: 1,
    })
  })
  const handlers = {
    runs: {
      list,
      ids: vi.fn(() => Promise.resolve(rows.map(({ id }) => id))),
      get: ({ runId }: { runId: string }) => Promise.resolve(record(rows.find(({ id }) => id === runId)!)),
      facets: () => Promise.resolve({ fields: {} }),
      describe: vi.fn(() => Promise.resolve(undefined)),
      remove: vi.fn(({ runs }: { runs: string[] }) => Promise.resolve({ undo: 'u1', runs: runs.length })),
      differences: vi.fn(() => Promise.resolve([{ path: 'training.learningRate', values: [0.005, 0.01] }])),
    },
  }
  return { ...mountPage(HistoryPage, { ...handlers, ...more }), handlers }
}

/** Everything is so many pixels wide. */
function makeWide(pixels: number): void {
  vi.stubGlobal('ResizeObserver', function (tell: () => void) {
    return { observe: tell, disconnect: () => {} }
  })
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(pixels)
}

const grid = (view: VueWrapper) => view.get('[role=grid]')
const key = (view: VueWrapper, name: string, more: Record<string, unknown> = {}) =>
  grid(view).trigger('keydown', { key: name, ...more })
const seedsChosen = (view: VueWrapper): string[] =>
  view.findAll('[role=row][aria-selected=true]').map(row => row.attributes('aria-rowindex')!)
const lastQuery = (list: { mock: { calls: unknown[][] } }): RunQuery => list.mock.calls.at(-1)![0] as RunQuery

beforeEach(() => {
  replace({ page: 'history' })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  replace({ page: 'welcome' })
  document.body.replaceChildren()
})

describe('the history page', () => {
  it('asks again at once for what a person changed, and every three seconds at most for what training changes', async () => {
    vi.useFakeTimers()
    const {
      view,
      host,
      handlers: {
        runs: { list },
      },
    } = history()
    await vi.advanceTimersByTimeAsync(4_000)
    list.mockClear()
    const say = async (what: string[], then: number): Promise<void> => {
      host.say('changes.onChange', { version: 2, what, runs: ['study.full.1'] })
      await vi.advanceTimersByTimeAsync(then)
    }
    for (let second = 0; second < 8; second++) await say(['progress'], 1_000)
    expect(list).toHaveBeenCalledTimes(3)
    await say(['runs'], 1)
    await say(['trash'], 1)
    expect(list).toHaveBeenCalledTimes(5)
    await say(['progress'], 2_900)
    expect(list).toHaveBeenCalledTimes(5)
    await vi.advanceTimersByTimeAsync(200)
    expect(list).toHaveBeenCalledTimes(6)
    view.unmount()
  })

  it('shows every run with its figures', async () => {
    const { view } = history()
    await settle()
    expect([grid(view).attributes('aria-rowcount'), view.get('[role=status]').text()]).toEqual(['4', '4 runs'])
    const cells = view.findAll('[role=row][aria-rowindex="1"] [role=gridcell]').map(cell => cell.text())
    for (const text of ['Sample', 'Full training', '1', 'Finished', '0.250', '45.0 %', '0.500', '1 min 15 s', 'paper'])
      expect(cells).toContain(text)
    view.unmount()
  })

  it('sorts by a click on a heading, with Shift after the others, and forgets it at the third click', async () => {
    const {
      view,
      handlers: {
        runs: { list },
      },
    } = history()
    await settle()
    const heading = (text: string) => view.findAll('[role=columnheader] button').find(one => one.text() === text)!
    await heading('Best loss').trigger('click')
    expect(lastQuery(list).sort).toEqual([{ by: 'bestLoss', descending: false }])
    await heading('Seed').trigger('click', { shiftKey: true })
    expect(lastQuery(list).sort).toEqual([
      { by: 'bestLoss', descending: false },
      { by: 'seed', descending: false },
    ])
    expect(view.findAll('[role=columnheader]').filter(one => one.attributes('aria-sort') === 'ascending')).toHaveLength(
      2,
    )
    view.unmount()
  })

  it('moves and resizes columns by keys and by dragging, keeps them, and resets them', async () => {
    const { view, host } = history()
    await settle()
    const heads = () => view.findAll<HTMLElement>('[data-column]')
    const order = (): string[] => heads().map(head => head.attributes('data-column')!)
    const head = (id: string) => heads().find(one => one.attributes('data-column') === id)!
    const button = (id: string) => head(id).get('button')
    expect(order().slice(0, 4)).toEqual(['study', 'plan', 'seed', 'status'])
    await button('plan').trigger('keydown', { key: 'ArrowRight', ctrlKey: true })
    await settle(20)
    expect([order().slice(0, 3), document.activeElement === button('plan').element]).toEqual([
      ['study', 'seed', 'plan'],
      true,
    ])
    expect(
      view
        .findAll('[role=row][aria-rowindex="1"] [data-of]')
        .slice(0, 3)
        .map(cell => cell.attributes('data-of')),
    ).toEqual(['study', 'seed', 'plan'])
    expect(view.get('[aria-live=polite]').text()).toMatch(/^Plan: column 3 of \d+$/)

    heads().forEach((one, i) => {
      one.element.getBoundingClientRect = () => ({ left: 100 * i, width: 100 }) as DOMRect
    })
    const drag = async (
      target: Pick<ReturnType<typeof button>, 'element' | 'trigger'>,
      from: number,
      to: number,
    ): Promise<void> => {
      ;(target.element as HTMLElement).setPointerCapture = () => {}
      await target.trigger('pointerdown', { button: 0, clientX: from })
      await target.trigger('pointermove', { clientX: to })
      await target.trigger('pointerup')
      await target.trigger('click', { detail: 1 })
      await settle(20)
    }
    await drag(button('status'), 350, 20)
    expect(order().slice(0, 4)).toEqual(['status', 'study', 'seed', 'plan'])
    expect(view.findAll('[aria-sort=ascending]')).toHaveLength(0)
    await button('status').trigger('click', { detail: 0 })
    expect(head('status').attributes('aria-sort')).toBe('ascending')
    const columns = (): string => (grid(view).element as HTMLElement).style.getPropertyValue('--columns')
    head('seed').element.getBoundingClientRect = () => ({ left: 0, width: 50 }) as DOMRect
    await drag(head('seed').get('.edge'), 50, 80)
    expect(columns()).toContain(' 80px ')
    await button('seed').trigger('keydown', { key: 'ArrowLeft', ctrlKey: true, shiftKey: true })
    expect(columns()).toContain(' 42px ')
    await settle(500)
    const kept = new Map(
      host.asked
        .filter(([name]) => name === 'layout.set')
        .map(([, input]) => [(input as { key: string }).key, (input as { value: unknown }).value]),
    )
    expect([(kept.get('history-columns') as string[]).slice(0, 4), kept.get('history-widths')]).toEqual([
      ['status', 'study', 'seed', 'plan'],
      { seed: 42 },
    ])

    await view.get('button[aria-label=Columns]').trigger('click')
    await settle(50)
    ;[...document.querySelectorAll<HTMLElement>('[role^=menuitem]')]
      .find(item => item.textContent.includes('Reset columns'))!
      .click()
    await settle(50)
    expect([order().slice(0, 4), columns().includes('42px')]).toEqual([['study', 'plan', 'seed', 'status'], false])
    view.unmount()
  })

  it('moves a column behind those in sight beside an open record, and no farther', async () => {
    makeWide(350)
    replace({ page: 'history', subject: 'study.full.1' })
    const { view } = history()
    await settle()
    const order = (): string[] => view.findAll('[data-column]').map(one => one.attributes('data-column')!)
    const toTheRight = async (id: string): Promise<void> => {
      await view.get(`[data-column=${id}] button`).trigger('keydown', { key: 'ArrowRight', ctrlKey: true })
      await settle(20)
    }
    const focused = (): string | undefined =>
      document.activeElement?.closest<HTMLElement>('[data-column]')?.dataset.column
    expect(order()).toEqual(['plan', 'seed', 'bestLoss'])
    await toTheRight('seed')
    expect([order(), focused(), view.get('[aria-live=polite]').text()]).toEqual([
      ['plan', 'bestLoss', 'seed'],
      'seed',
      'Seed: column 3 of 3',
    ])
    await view.get('[aria-label="Close record"]').trigger('click')
    await settle(20)
    expect(order().slice(0, 6)).toEqual(['study', 'plan', 'status', 'bestLoss', 'seed', 'lastAccuracy'])
    view.unmount()
  })

  it('leaves the focus in the headings where a moved column no longer fits', async () => {
    makeWide(366)
    replace({ page: 'history', subject: 'study.full.1' })
    const kept = ['plan', 'seconds', 'ended', 'epochsDone']
    const { view } = history(ROWS, {
      layout: {
        get: ({ key }: { key: string }) => Promise.resolve(key === 'history-columns' ? kept : undefined),
        set: () => Promise.resolve(undefined),
      },
    })
    await settle()
    const order = (): string[] => view.findAll('[data-column]').map(one => one.attributes('data-column')!)
    expect(order()).toEqual(['plan', 'seconds', 'epochsDone'])
    await view.get('[data-column=seconds] button').trigger('keydown', { key: 'ArrowRight', ctrlKey: true })
    await settle(20)
    expect(order()).toEqual(['plan', 'ended'])
    expect(document.activeElement?.closest<HTMLElement>('[data-column]')?.dataset.column).toBe('ended')
    view.unmount()
  })

  it('filters as one types, at once, and puts the search into the address', async () => {
    const {
      view,
      handlers: {
        runs: { list },
      },
    } = history()
    await settle()
    const box = view.get('input[type=search], input[role=combobox]')
    await box.setValue('plan:frozen-memory')
    expect(lastQuery(list).search).toBe('plan:frozen-memory')
    await settle(50)
    expect(view.get('[role=status]').text()).toBe('2 runs')
    expect(useRouter().place.value.query).toEqual({ q: 'plan:frozen-memory' })
    await box.setValue('retention>')
    await settle(150)
    expect(view.get('[role=alert]').text()).toContain('at character 10')
    expect(view.get('[role=status]').text()).toBe('2 runs')
    view.unmount()
  })

  it('draws a line anew only when its run is another', async () => {
    const {
      view,
      handlers: {
        runs: { list },
      },
    } = history()
    const drawn = vi.spyOn(
      COLUMNS.find(({ id }) => id === 'bestLoss')!,
      'text',
    )
    await settle()
    expect(drawn).toHaveBeenCalledTimes(4)
    const box = view.get('input[role=combobox]')
    let answer!: (page: RunPage) => void
    list.mockReturnValueOnce(
      new Promise(resolve => {
        answer = resolve
      }),
    )
    await box.setValue('retention>0')
    expect([list.mock.calls.length, drawn.mock.calls.length]).toEqual([2, 4])
    answer({
      rows: [...structuredClone(ROWS.slice(0, 3)), { ...ROWS[3]!, bestLoss: 0.125 }],
      total: 4,
      offset: 0,
      groups: [],
      version: 2,
    })
    await settle(50)
    expect(view.get('[role=row][aria-rowindex="4"]').text()).toContain('0.125')
    expect(drawn).toHaveBeenCalledTimes(5)
    view.unmount()
  })

  it('is moved through and chosen from by keys', async () => {
    const { view, handlers } = history()
    await settle()
    await key(view, 'ArrowDown')
    await settle(50)
    expect([seedsChosen(view), useRouter().place.value.subject]).toEqual([['1'], 'study.full.1'])
    await key(view, 'ArrowDown', { shiftKey: true })
    await settle(50)
    expect(seedsChosen(view)).toEqual(['1', '2'])
    expect(view.get('[role=toolbar]').text()).toContain('2 runs chosen')
    await key(view, 'Escape')
    expect(seedsChosen(view)).toEqual([])
    await key(view, 'a', { ctrlKey: true })
    await settle(50)
    expect(seedsChosen(view)).toEqual(['1', '2', '3', '4'])
    expect(handlers.runs.ids).toHaveBeenCalledOnce()
    view.unmount()
  })

  it('marks a run that diverged, and gives it no retention', async () => {
    const { view } = history([sampleRow('full', 1, { status: 'finished', diverged: true, bestLoss: 1.77e30 })])
    await settle()
    const line = view.get('.line')
    expect(line.get('[data-of=status]').text()).toBe('Diverged')
    expect(line.find('.status.good').exists()).toBe(false)
    expect(line.get('[data-of=retention]').text()).toBe('diverged')
    view.unmount()
  })

  it('goes from the search to the table by Enter and Down, and closes the record by Escape', async () => {
    const { view } = history()
    await settle()
    const grid = view.get('[role=grid]').element
    const input = view.get('input[role=combobox]')
    for (const pressed of ['Enter', 'ArrowDown']) {
      ;(input.element as HTMLInputElement).focus()
      await input.trigger('keydown', { key: 'Escape' })
      await input.trigger('keydown', { key: pressed })
      expect([pressed, document.activeElement === grid]).toEqual([pressed, true])
    }
    await key(view, 'ArrowDown')
    await settle(50)
    expect(useRouter().place.value.subject).toBe('study.full.1')
    await key(view, 'Escape')
    expect(useRouter().place.value.subject).toBeNull()
    view.unmount()
  })

  it('stars, tags and removes what is chosen, and shows what differs', async () => {
    const {
      view,
      handlers: { runs },
    } = history()
    await settle()
    await key(view, 'ArrowDown')
    await key(view, 'ArrowDown', { shiftKey: true })
    await settle(50)
    const chosen = ['study.full.1', 'study.full.2']
    const bar = view.get('[role=toolbar]')
    await bar
      .findAll('button')
      .find(one => one.text() === 'Star')!
      .trigger('click')
    await bar.get('input').setValue('paper')
    await bar.get('form').trigger('submit')
    expect(runs.describe.mock.calls.map(([change]: unknown[]) => change)).toEqual([
      { runs: chosen, starred: true },
      { runs: chosen, addTags: ['paper'] },
    ])
    await bar
      .findAll('button')
      .find(one => one.text() === 'What differs')!
      .trigger('click')
    await settle(50)
    expect(document.body.textContent).toContain('Learning rate0.0050.01')
    // Its columns are named by study, plan and seed, not by the run's id.
    expect(document.body.textContent).toContain('Full training · seed 2')
    expect(document.querySelector('dialog')!.textContent).not.toContain('study.full.1')
    await view
      .get('[role=toolbar]')
      .findAll('button')
      .find(one => one.text() === 'Remove')!
      .trigger('click')
    await settle(50)
    expect(runs.remove.mock.calls).toEqual([[{ runs: chosen }, undefined]])
    expect(seedsChosen(view)).toEqual([])
    view.unmount()
  })

  it('shows the record of a run: its figures, its seal, its note, which is kept as it is written', async () => {
    replace({ page: 'history', subject: 'study.frozen-memory.1' })
    const {
      view,
      handlers: { runs },
    } = history()
    await settle()
    const pane = view.get('[aria-label="Run record"]')
    expect(
      pane
        .findAll('dd')
        .slice(0, 4)
        .map(one => one.text()),
    ).toEqual(['0.750 nats per symbol', '90.0 % accuracy', '45.0 % accuracy', '0.500'])
    expect(pane.text()).toContain('Frozen stayed frozen')
    expect(pane.text()).toContain('memory from epoch 1')
    await pane.get('textarea').setValue('look again')
    await settle(1_100)
    expect(runs.describe.mock.calls).toEqual([
      [{ runs: ['study.frozen-memory.1'], note: 'look again', was: '' }, undefined],
    ])
    await pane.get('[aria-label="Close record"]').trigger('click')
    expect(useRouter().place.value.subject).toBeNull()
    view.unmount()
  })

  it('says that there are no runs, that none matches, and why the host does not answer', async () => {
    const { view } = history([])
    await settle()
    expect(view.text()).toContain('No runs yet')
    view.unmount()
    const matching = history()
    const { view: filtered } = matching
    await settle()
    await filtered.get('input[type=search], input[role=combobox]').setValue('plan:other')
    await settle(150)
    expect(filtered.text()).toContain('No run matches')
    expect(filtered.findAll('[role=columnheader]').length).toBeGreaterThan(2)
    const {
      handlers: {
        runs: { list },
      },
    } = matching
    list.mockReturnValueOnce(new Promise(() => {}))
    await filtered.get('input[role=combobox]').setValue('')
    await settle(100)
    expect([filtered.text().includes('No run matches'), filtered.text().includes('No runs yet')]).toEqual([true, false])
    await filtered.get('input[role=combobox]').setValue('plan:another')
    await settle(150)
    await filtered
      .findAll('button')
      .find(one => one.text() === 'Show all runs')!
      .trigger('click')
    await settle(150)
    expect(filtered.get('[role=status]').text()).toBe('4 runs')
    filtered.unmount()
    const { view: trashed } = history([], {
      trash: {
        list: () => Promise.resolve([{ undo: 'u', what: 'study' as const, title: 'Sample', runs: 12, removedAt: 1 }]),
      },
    })
    await settle(150)
    expect(trashed.text()).toContain('All runs are in the trash')
    expect(trashed.text()).toContain('12 runs are kept there')
    expect(trashed.text()).not.toContain('Every run that is trained is kept here')
    trashed.unmount()
    const { view: refused } = mountPage(HistoryPage, {
      runs: {
        list: () => Promise.reject(new LabError('disconnected', 'The connection to the app’s host is gone.')),
        facets: () => Promise.resolve({ fields: {} }),
      },
    })
    await settle()
    // That the host is gone stands above every page.
    expect(refused.find('[role=alert]').exists()).toBe(false)
    refused.unmount()
  })
})
