import { flushPromises } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { OptimalPrediction, RunPage, Trace, TraceWeights } from '../../../shared/contract/index.ts'
import { runAction } from '../../shell/commands.ts'
import { replace, useRouter } from '../../shell/router.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import InspectPage from './InspectPage.vue'
import { fidelity, handlers, ideal, optimal, rows, titles, trace, tracesAsked } from './testing/inspected.ts'

afterEach(() => {
  vi.useRealTimers()
  replace({ page: 'welcome' })
  document.body.replaceChildren()
})

describe('the inspector', () => {
  it('lists the runs of its study again when one of them has changed, and not for others or for what one that can be chosen learns', async () => {
    replace({ page: 'inspect', subject: 'study.full.1' })
    const { view, host } = mountPage(InspectPage, handlers())
    await settle(400)
    const listed = (): number => host.asked.filter(([name]) => name === 'runs.list').length
    const before = listed()
    host.say('changes.onChange', { version: 2, what: ['progress'], runs: ['study.full.1'] })
    host.say('changes.onChange', { version: 3, what: ['runs', 'studies'], runs: ['other.full.1'] })
    await settle(20)
    expect(listed()).toBe(before)
    host.say('changes.onChange', { version: 4, what: ['runs'], runs: ['study.frozen-memory.1'] })
    await settle(20)
    expect(listed()).toBe(before + 1)
    view.unmount()
  })

  it('offers a run when its first epoch has ended, and asks for that every three seconds at most', async () => {
    vi.useFakeTimers()
    replace({ page: 'inspect', subject: 'study.full.1' })
    const own = handlers()
    const second = { ...rows[1]!, epochsDone: 0 }
    const { view, host } = mountPage(InspectPage, {
      ...own,
      runs: {
        ...own.runs,
        list: () =>
          Promise.resolve({ rows: [rows[0]!, { ...second }], total: 2, offset: 0, groups: [], version: 1 } as RunPage),
      },
    })
    await vi.advanceTimersByTimeAsync(1_000)
    const listed = (): number => host.asked.filter(([name]) => name === 'runs.list').length
    const offered = async (): Promise<string[]> => {
      const chooser = view.get('button[aria-label^="Run: Full"]')
      await chooser.trigger('click')
      const items = [...document.querySelectorAll('[role^=menuitem]')].map(item => item.textContent)
      await chooser.trigger('click')
      return items
    }
    const before = listed()
    expect(await offered()).toEqual(['Full training · seed 1'])
    const learn = (): void => {
      host.say('changes.onChange', { version: 2, what: ['progress'], runs: ['study.frozen-memory.1'] })
    }
    learn()
    await vi.advanceTimersByTimeAsync(10)
    second.epochsDone = 1
    learn()
    learn()
    await vi.advanceTimersByTimeAsync(2_900)
    expect(listed()).toBe(before + 1)
    await vi.advanceTimersByTimeAsync(100)
    expect([listed(), await offered()]).toEqual([before + 2, ['Full training · seed 1', 'Memory frozen · seed 1']])
    learn()
    await vi.advanceTimersByTimeAsync(4_000)
    expect(listed()).toBe(before + 2)
    view.unmount()
  })

  it('traces the run at its longest training length, steps by keys and jumps to what is wrong', async () => {
    replace({ page: 'inspect', subject: 'study.full.1' })
    const { view, host } = mountPage(InspectPage, handlers())
    await settle(400)
    expect(tracesAsked(host.asked).at(-1)).toEqual({
      runId: 'study.full.1',
      weights: 'best',
      string: { length: 3, seed: 0 },
      depth: 64,
      cells: 'lengths',
    })
    expect(view.text()).toContain('1 error')
    expect(titles(view)).toEqual([
      'Input',
      'Next symbol',
      'Prediction',
      'Model',
      'Exact',
      'Cost',
      'Stack depth',
      'Ideal top',
      'Top read off',
      'Stack actions',
      'Stack contents',
      'Reading',
      'Hidden units',
      'Input gate',
    ])
    const slider = view.get('[role=slider][aria-label="Step of the string"]')
    await slider.trigger('keydown', { key: 'End' })
    expect([view.get('aside h2').text(), slider.attributes('aria-valuetext')]).toEqual([
      'Step 3 of 3',
      'step 3, after 0, next ⊣, predicted ⊣',
    ])
    await slider.trigger('keydown', { key: 'E', shiftKey: true })
    expect(view.get('aside h2').text()).toBe('Step 0 of 3')
    expect(view.findAll('aside tbody tr').map(line => line.findAll('th, td').map(cell => cell.text()))).toEqual([
      ['0', '40.0', '90.0'],
      ['1', '50.0', '10.0'],
      ['#', '5.0', '0.0'],
      ['⊣', '5.0', '0.0'],
    ])
    expect(view.get('aside .tag').text()).toBe('error')
    expect(view.get('aside p.soft').text()).toBe('Before the first symbol, next comes 0')
    expect(useRouter().place.value.query).toEqual({ length: '3' })
    view.unmount()
  })

  it('tests the run without its memory when asked to, and shows what that costs', async () => {
    replace({ page: 'inspect', subject: 'study.full.1' })
    const bins = [
      {
        name: 'short',
        lengths: [40, 80],
        strings: 200,
        whole: { loss: 0.2, accuracy: 0.9 },
        held: { loss: 0.75, accuracy: 0.6 },
      },
      {
        name: 'long',
        lengths: [81, 400],
        strings: 180,
        whole: { loss: 0.5, accuracy: 0.7 },
        held: { loss: Infinity, accuracy: 0.7 },
      },
    ]
    const memoryUse = vi.fn(() => Promise.resolve({ bins }))
    const own = handlers()
    const { view } = mountPage(InspectPage, { ...own, traces: { ...own.traces, memoryUse } })
    await settle(400)
    expect(memoryUse).not.toHaveBeenCalled()
    const card = view.get('[aria-label="Memory use"]')
    card.get('details').element.open = true
    await card.get('details').trigger('toggle')
    await settle(500)
    expect(memoryUse.mock.calls).toEqual([[{ runId: 'study.full.1', weights: 'best' }, expect.anything()]])
    expect(card.findAll('tbody tr').map(line => line.findAll('th, .unseen, .number').map(cell => cell.text()))).toEqual(
      [
        ['40–80', '90.0 %, with the reading held 60.0 %', '+0.550'],
        ['81–400', '70.0 %, with the reading held 70.0 %', '+∞'],
      ],
    )
    view.unmount()
  })

  it('draws a stack from how long its cells are, and asks for the cells when it stands', async () => {
    replace({ page: 'inspect', subject: 'study.full.1' })
    const lengthsOnly: Trace = {
      ...trace,
      tensors: trace.tensors.map(tensor => (tensor.lengths ? { ...tensor, data: new Float32Array() } : tensor)),
    }
    let arrive = (_: Trace): void => {}
    const whole = new Promise<Trace>(resolve => {
      arrive = resolve
    })
    const get = vi.fn(({ cells }: { cells?: string }) => (cells === 'lengths' ? Promise.resolve(lengthsOnly) : whole))
    const { view } = mountPage(InspectPage, handlers(get as never))
    await settle(400)
    expect(titles(view)).toContain('Stack contents')
    expect(view.findAll('aside section canvas')).toHaveLength(0)
    arrive(trace)
    await settle(0)
    expect(get.mock.calls.at(-1)![0]).toEqual({
      runId: 'study.full.1',
      weights: 'best',
      string: { symbols: [0, 2, 0] },
      depth: 64,
    })
    expect(view.findAll('aside section canvas')).toHaveLength(1)
    await view.get('[role=slider][aria-label="Step of the string"]').trigger('keydown', { key: 'End' })
    expect(view.findAll('aside section p').map(words => words.text())).toContain('1 of 3 rows × 2 units')
    const lane = view.get('[data-title="Stack contents"]')
    expect(lane.get('.scale').text()).toBe('0 … 5.0')
    await lane.get('select').setValue('1')
    expect(lane.get('.scale').text()).toBe('0 … 4.0')
    view.unmount()
  })

  it('calls the same predictions errors in the count and in the read-out, also where what came could not be known', async () => {
    replace({ page: 'inspect', subject: 'study.full.1' })
    const even: OptimalPrediction = {
      ...optimal,
      probabilities: Float32Array.of(0.5, 0.5, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1),
    }
    const { view } = mountPage(InspectPage, {
      ...handlers(),
      traces: { ...handlers().traces, optimal: () => Promise.resolve(even) },
    })
    await settle(400)
    expect(view.text()).not.toMatch(/\d errors?\b/)
    expect(view.get('aside .tag').text()).toBe('not to be known')
    view.unmount()
  })

  it('holds no answer against another string than the one that it is about, though that be as long; its lanes stay, empty', async () => {
    replace({ page: 'inspect', subject: 'study.full.1', query: { length: '3' } })
    const seedOf = ({ string }: { string: unknown }): number => (string as { seed?: number }).seed ?? 0
    const late: (() => void)[] = []
    /** At once for the first string, when it is told to for others. */
    const answered = <T>(asked: { string: unknown }, answer: T): Promise<T> =>
      seedOf(asked) === 0
        ? Promise.resolve(answer)
        : new Promise(resolve => {
            late.push(() => {
              resolve(answer)
            })
          })
    const second: OptimalPrediction = {
      ...optimal,
      probabilities: Float32Array.of(0.2, 0.8, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1),
    }
    const given = handlers()
    const { view } = mountPage(InspectPage, {
      ...given,
      traces: {
        ...given.traces,
        optimal: asked => answered(asked, seedOf(asked) === 0 ? optimal : second),
        ideal: asked =>
          answered(asked, {
            note: 'Pushes.',
            ideal:
              seedOf(asked) === 0
                ? ideal
                : { ...ideal, depth: Float64Array.of(1, 2, 2, 1), content: Float32Array.of(0, 1, 0, 1, 0, 1, 0, 1) },
          }),
        fidelity: asked => answered(asked, fidelity),
      },
    })
    await settle(600)
    const lanes = () => titles(view)
    const exact = (): string => view.findAll('aside tbody tr')[0]!.findAll('td').at(-1)!.text()
    const card = (): string => view.get('[aria-label="Ideal stack"] p').text()
    const errors = () => view.findAll('.actions button').find(button => button.text().includes('error'))!
    const before = lanes()
    expect([before.includes('Exact'), exact(), card(), errors().text(), view.get('aside .tag').text()]).toEqual([
      true,
      '90.0',
      'empty',
      '1 error',
      'error',
    ])
    expect(runAction('another-string')).toBe(true)
    await settle(500)
    expect([
      exact(),
      card(),
      errors().text(),
      errors().attributes('disabled'),
      view.get('aside .tag').text(),
      view.find('.score').exists(),
    ]).toEqual(['–', '…', '… errors', '', '…', false])
    expect(lanes()).toEqual(before)
    for (const answer of late.splice(0)) answer()
    await settle(500)
    expect([exact(), card(), errors() === undefined, view.get('aside .tag').text()]).toEqual([
      '20.0',
      'holds 1',
      true,
      'not to be known',
    ])
    expect(lanes()).toEqual(before)
    view.unmount()
  })

  it('keeps the string in the address when the navigation names the run alone', async () => {
    replace({ page: 'inspect', subject: 'study.full.1', query: { length: '3' } })
    const { view } = mountPage(InspectPage, handlers())
    await settle(400)
    replace({ page: 'inspect', subject: 'study.full.1' })
    await settle(50)
    expect(useRouter().place.value.query).toEqual({ length: '3' })
    view.unmount()
  })

  it('shows what the ideal stack holds and how far the memory does the same', async () => {
    replace({ page: 'inspect', subject: 'study.full.1' })
    const { view } = mountPage(InspectPage, handlers())
    await settle(500)
    const card = view.get('[aria-label="Ideal stack"]')
    expect(card.get('.score').text()).toBe('0.81 stack fidelity chance 0.12')
    expect(card.findAll('dd').map(part => part.text())).toEqual(['0.93', '0.70', '0.80'])
    expect(card.get('p').text()).toBe('empty')
    await view.get('[role=slider][aria-label="Step of the string"]').trigger('keydown', { key: 'ArrowRight' })
    expect(card.get('p').text()).toBe('pushes, holds 0')
    expect(view.findAll('.over .overlay')).toHaveLength(1)
    view.unmount()
    const none = mountPage(InspectPage, {
      ...handlers(),
      traces: { ...handlers().traces, ideal: () => Promise.resolve({ note: 'No single stack does it.', ideal: null }) },
    }).view
    await settle(500)
    expect(none.get('[aria-label="Ideal stack"]').text()).toBe('Ideal stackNo single stack does it.')
    expect(none.findAll('.overlay')).toHaveLength(0)
    none.unmount()
  })

  it('scrubs over training by keys, from traces that are there already, and holds them against the final weights', async () => {
    replace({ page: 'inspect', subject: 'study.full.1' })
    const get = vi.fn(({ weights }: { runId: string; weights: TraceWeights }): Promise<Trace> =>
      Promise.resolve({ ...trace, weights, epoch: typeof weights === 'object' ? weights.epoch : 3 }),
    )
    const { view, host } = mountPage(InspectPage, handlers(get as never))
    await settle(400)
    const line = view.get('[role=slider][aria-label="Epoch of training"]')
    expect([
      line.attributes('aria-valuenow'),
      line.attributes('aria-valuemax'),
      line.attributes('aria-valuetext'),
    ]).toEqual(['2', '3', 'after epoch 2 · loss 1.00'])
    expect(line.findAll('.frozen').map(span => span.attributes('title'))).toEqual(['memory frozen from epoch 1 to 3'])
    await line.trigger('focus')
    await settle(50)
    expect(
      tracesAsked(host.asked)
        .slice(-4)
        .map(input => (input as { weights: TraceWeights }).weights),
    ).toEqual([{ epoch: 0 }, { epoch: 1 }, { epoch: 2 }, { epoch: 3 }])
    const asked = get.mock.calls.length
    await line.trigger('keydown', { key: 'Home' })
    await flushPromises()
    expect(view.text()).toContain('initial weights')
    expect(useRouter().place.value.query).toEqual({ weights: '0', length: '3' })
    await line.trigger('keydown', { key: 'ArrowRight' })
    await flushPromises()
    expect([line.attributes('aria-valuenow'), view.get('.words .ice').text()]).toEqual(['1', 'memory'])
    expect(get.mock.calls).toHaveLength(asked)
    await view.get('.scrubber input[type=checkbox]').setValue(true)
    await settle(50)
    expect(get.mock.calls.at(-1)![0]).toMatchObject({ weights: 'last' })
    expect(useRouter().place.value.query).toMatchObject({
      weights: '1',
      against: 'study.full.1',
      againstWeights: 'last',
    })
    view.unmount()
  })

  it('draws the likeliest run of a nondeterministic stack', async () => {
    replace({ page: 'inspect', subject: 'study.full.1' })
    const rns: Trace = {
      ...trace,
      stack: {
        kind: 'automaton',
        distribution: 'memory.distribution',
        states: 1,
        alphabet: 2,
        window: 9,
        sealed: false,
      },
      tensors: [
        {
          name: 'memory.distribution',
          shape: [4, 2],
          rows: null,
          labels: ['q0, ⊥', 'q0, 1'],
          data: new Float32Array(8),
          lengths: null,
        },
      ],
    }
    const automaton = vi.fn(() =>
      Promise.resolve({
        moves: Uint8Array.of(0, 1, 2),
        states: new Int32Array(3),
        symbols: Int32Array.of(1, 1, 0),
        heights: Int32Array.of(2, 2, 1),
      }),
    )
    const { view } = mountPage(InspectPage, {
      ...handlers(vi.fn(() => Promise.resolve(rns))),
      traces: { ...handlers().traces, get: () => Promise.resolve(rns), automaton },
    })
    await settle(600)
    expect(titles(view).slice(6)).toEqual([
      'Stack depth',
      'Ideal top',
      'Top read off',
      'Likeliest run',
      'State and symbol',
    ])
    expect(
      view
        .findAll('.lane')
        .at(-1)!
        .findAll('.names > span')
        .map(name => name.text()),
    ).toEqual(['q0, ⊥', 'q0, 1'])
    await view.get('[role=slider][aria-label="Step of the string"]').trigger('keydown', { key: 'ArrowRight' })
    expect(view.text()).toContain('Likeliest run: push to q0, 1 on top, height 2')
    view.unmount()
  })

  it('runs a second model on the same string and goes to where they part', async () => {
    replace({ page: 'inspect', subject: 'study.full.1', query: { against: 'study.frozen-memory.1', text: '0 # 0' } })
    const { view, host } = mountPage(InspectPage, handlers())
    await settle(400)
    expect(tracesAsked(host.asked)).toContainEqual({
      runId: 'study.frozen-memory.1',
      weights: 'best',
      string: { text: '0 # 0' },
      depth: 64,
      cells: 'lengths',
    })
    await view
      .findAll('button')
      .find(button => button.text() === 'Diverge at 2')!
      .trigger('click')
    await settle(50)
    expect(view.get('aside h2').text()).toBe('Step 2 of 3')
    expect(view.findAll('aside thead :is(td, th)').map(cell => cell.text())).toEqual(['', 'model', 'second', 'exact'])
    expect(
      view
        .findAll('aside tbody tr')[0]!
        .findAll('td')
        .map(cell => cell.text()),
    ).toEqual(['70.0', '10.0', '100.0'])
    view.unmount()
  })

  it('opens the newest trained run, or says that there is none', async () => {
    replace({ page: 'inspect' })
    const { view } = mountPage(InspectPage, handlers())
    await settle(400)
    expect(useRouter().place.value.subject).toBe('study.full.1')
    view.unmount()
    replace({ page: 'inspect' })
    const { view: empty } = mountPage(InspectPage, {
      runs: { list: () => Promise.resolve({ rows: [], total: 0, offset: 0, groups: [], version: 1 }) },
    })
    await settle(50)
    expect(empty.text()).toContain('Nothing to look into yet')
    empty.unmount()
  })
})
