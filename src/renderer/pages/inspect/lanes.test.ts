import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { FullRun, OptimalPrediction, Trace } from '../../../shared/contract/index.ts'
import { LAB } from '../../composables/lab.ts'
import { replace } from '../../shell/router.ts'
import { fakeLab } from '../../testing/fake-lab.ts'
import { choiceFrom, nearestLength, queryOf, stringOf } from './choice.ts'
import { colourOf, paintHeat } from './colours.ts'
import InspectPage from './InspectPage.vue'
import { lanesOf, reduced, tensorLanes, titleOf, type HeatLane, type SeriesLane } from './lanes.ts'
import { cellUnits, filled, nextWrong, readingAt, spotAt, wrongPredictions } from './readout.ts'
import { leftOf, moved, stepAt, ticks } from './steps.ts'

const f32 = (...values: number[]): Float32Array => Float32Array.from(values)
/** `ab`, then the end: two symbols, three columns. Where both could come, the model says b; then it is wrong; then right. */
const trace: Trace = {
  runId: 'r1', weights: 'best', epoch: 3, symbolNames: ['a', 'b'], symbols: Int32Array.of(0, 1), inLanguage: true,
  probabilities: f32(0.4, 0.6, 0, 0.7, 0.2, 0.1, 0, 0.25, 0.75), nats: Float64Array.of(-Math.log(0.4), -Math.log(0.2), -Math.log(0.75)),
  tensors: [
    { name: 'controller.hidden', shape: [3, 2], rows: null, data: f32(0, 0, 0.5, -0.25, 1, -1) },
    { name: 'memory.cells', shape: [3, 2, 2], rows: 5, data: f32(0, 0, 0, 0, 1, -3, 0, 0, 2, 4, 1, -1) },
    { name: 'memory.actions', shape: [3, 1, 3], rows: null, data: f32(0, 0, 0, 0.7, 0.2, 0.1, 0.1, 0.8, 0.1) },
  ],
}
const optimal: OptimalPrediction = { lengths: [2], probabilities: f32(0.5, 0.5, 0, 0, 1, 0, 0, 0, 1), nats: Float64Array.of(Math.LN2, 0, 0) }

describe('wrong predictions', () => {
  it('are those that the exact distribution would not have made', () => {
    expect(wrongPredictions(trace, optimal)).toEqual([false, true, false])
  })

  it('are those that miss the target where nothing exact is known', () => {
    expect(wrongPredictions(trace, null)).toEqual([true, true, false])
  })

  it('are not those after what begins no string', () => {
    expect(wrongPredictions(trace, { ...optimal, probabilities: f32(0.5, 0.5, 0, 0, 0, 0, 0, 0, 0) })).toEqual([false, false, false])
  })

  it('are found in order', () => {
    const wrong = [false, true, false, true]
    expect([nextWrong(wrong, -1), nextWrong(wrong, 1), nextWrong(wrong, 3), nextWrong(wrong, 3, -1)]).toEqual([1, 3, null, 1])
  })
})

describe('lanes', () => {
  const lanes = lanesOf(trace, optimal, wrongPredictions(trace, optimal))

  it('say what was read, what comes, and what was expected', () => {
    expect(lanes.map(({ title }) => title)).toEqual(['Input', 'Target', 'P(target)', 'Prediction', 'Exact', 'Stack actions', 'Stack contents', 'Hidden units'])
    expect(lanes[0]).toMatchObject({ symbols: Int32Array.of(-1, 0, 1) })
    expect(lanes[1]).toMatchObject({ symbols: Int32Array.of(0, 1, 2), wrong: [false, true, false] })
    expect((lanes[2] as SeriesLane).series).toEqual([{ label: 'model', values: f32(0.4, 0.2, 0.75) }, { label: 'exact', values: f32(0.5, 1, 1) }])
  })

  it('show a superposition by mean size or by one unit', () => {
    const cells = (unit: 'mean' | number): HeatLane => tensorLanes(trace.tensors, { 'memory.cells': unit }).find(({ id }) => id === 'memory.cells') as HeatLane
    expect(cells('mean')).toMatchObject({ rows: 2, values: f32(0, 0, 2, 0, 3, 1), signed: false, most: 3, cells: 2, fullDepth: 5 })
    expect(cells(1)).toMatchObject({ values: f32(0, 0, -3, 0, 4, -1), signed: true, most: 4 })
    expect(reduced(f32(-1, 3, 5, -7), 2, 2, 'mean')).toEqual(f32(2, 6))
  })

  it('stack push, pop and no-op, one lane a stack', () => {
    const actions = (lanes.find(({ id }) => id === 'memory.actions.0') as SeriesLane)
    expect([actions.stacked, actions.series.map(({ label, values }) => [label, ...values.map(v => Math.round(v * 10))])]).toEqual([true, [['push', 0, 7, 1], ['pop', 0, 2, 8], ['no-op', 0, 1, 1]]])
    const two = tensorLanes([{ name: 'memory.actions', shape: [1, 2, 3], rows: null, data: f32(1, 0, 0, 0, 0, 1) }]) as SeriesLane[]
    expect(two.map(({ title, series }) => [title, series.map(({ values }) => values[0])])).toEqual([['Actions, stack 1', [1, 0, 0]], ['Actions, stack 2', [0, 0, 1]]])
  })

  it('join push and pop strengths, and draw what no one has named', () => {
    const made = tensorLanes([
      { name: 'memory.headWeights', shape: [2, 2, 1], rows: null, data: f32(0, 1, -2, 0) }, { name: 'memory.sharpness', shape: [2], rows: null, data: f32(1, 4) },
      { name: 'memory.pushed', shape: [2, 1], rows: null, data: f32(0, 0.001) }, { name: 'memory.values', shape: [2, 1, 1], rows: 1, data: f32(0, 0.2) },
      { name: 'memory.pop', shape: [2], rows: null, data: f32(0, 0.5) }, { name: 'memory.push', shape: [2], rows: null, data: f32(0, 1) }, { name: 'memory.none', shape: [2, 0], rows: 0, data: f32() },
    ])
    expect(made.map(({ kind, title }) => [kind, title])).toEqual([['series', 'Push and pop strengths'], ['heat', 'Stack contents'], ['heat', 'Pushed vector'], ['heat', 'Memory head weights'], ['series', 'Memory sharpness']])
    expect(made[0]).toMatchObject({ stacked: false, top: 1, series: [{ label: 'push', values: f32(0, 1) }, { label: 'pop', values: f32(0, 0.5) }] })
    expect(made.slice(1, 4).map(lane => (lane as HeatLane).most)).toEqual([Math.fround(0.2), 0.01, 2])
    expect(made[4]).toMatchObject({ top: 4 })
  })

  it('have titles by layer', () => {
    expect([titleOf('controller.forgetGate2').title, titleOf('controller.cell').title, titleOf('memory.writeHead2').title]).toEqual(['Forget gate, layer 2', 'Cell state', 'Memory write head 2'])
  })

  it('are read off in numbers', () => {
    const { groups, ...at } = readingAt(trace, optimal, lanes, [false, true, false], 1)
    expect(at).toMatchObject({ t: 1, input: 'a', target: 'b', wrong: true, exactNats: 0 })
    expect(at.nats).toBeCloseTo(-Math.log(0.2), 12)
    expect(at.outcomes.map(({ symbol, exact, target, chosen }) => [symbol, exact, target, chosen])).toEqual([['a', 0, false, true], ['b', 1, true, false], ['⊣', 0, false, false]])
    expect(groups.map(({ title }) => title)).toEqual(['Stack actions', 'Stack contents', 'Hidden units'])
    expect(groups[2]!.values).toEqual([{ label: '1', value: 0.5 }, { label: '2', value: -0.25 }])
    expect(spotAt(lanes[0]!, ['a', 'b'], 0, 0)).toEqual([{ label: 'Input', value: 'start' }])
    expect(spotAt(lanes[1]!, ['a', 'b'], 2, 0)).toEqual([{ label: 'Target', value: '⊣' }])
    expect(spotAt(lanes[7]!, ['a', 'b'], 2, 0.99)).toEqual([{ label: 'Hidden units 2', value: -1 }])
    expect(cellUnits(trace, 'memory.cells', 2, 1)).toEqual([1, -1])
  })

  it('are listed down to what is too small to say', () => {
    const values = (...given: number[]): { label: string, value: number }[] => given.map((value, i) => ({ label: String(i), value }))
    const deep = [0.5, 0, 0.001, ...Array.from({ length: 40 }, () => 1e-9)]
    expect([filled(values(...deep)).length, filled(values(...deep, Number.NaN)).length, filled(values(0, 0)).length]).toEqual([3, 44, 2])
  })

  it('of 1,000 steps, 64 deep and 32 wide, are made in a moment', () => {
    const big = { name: 'memory.cells', shape: [1001, 64, 32], rows: 1001, data: new Float32Array(1001 * 64 * 32).fill(0.5) }
    const before = performance.now()
    const [lane] = tensorLanes([big]) as [HeatLane]
    paintHeat(new Uint8ClampedArray(4 * 1001 * 64), lane.values, 1001, 64, lane.most, 'light')
    expect(performance.now() - before).toBeLessThan(1000)
    expect(lane.values.every(value => value === 0.5)).toBe(true)
  })
})

describe('colours', () => {
  const lightness = ([r, g, b]: readonly number[]): number => 0.2126 * r! ** 2.2 + 0.7152 * g! ** 2.2 + 0.0722 * b! ** 2.2

  it('go one way in lightness on both sides of zero, in both themes', () => {
    for (const [theme, way] of [['light', -1], ['dark', 1]] as const) {
      for (const sign of [1, -1]) {
        const seen = Array.from({ length: 101 }, (_, i) => lightness(colourOf(sign * i / 100, 1, theme)))
        expect(seen.every((value, i) => i === 0 || (value - seen[i - 1]!) * way >= 0)).toBe(true)
        expect(Math.abs(seen[100]! - seen[0]!)).toBeGreaterThan(0.5 * lightness([255, 255, 255]))
      }
      expect(colourOf(0.5, 1, theme)[2] > colourOf(0.5, 1, theme)[0]).toBe(true)
      expect(colourOf(-0.5, 1, theme)[2] < colourOf(-0.5, 1, theme)[0]).toBe(true)
    }
  })

  it('stand where the cell stands: time across, depth down', () => {
    const pixels = new Uint8ClampedArray(4 * 6)
    paintHeat(pixels, f32(0, 1, -1, 0.5, Number.NaN, 9), 3, 2, 1, 'light')
    const at = (t: number, row: number): number[] => [...pixels.subarray(4 * (row * 3 + t), 4 * (row * 3 + t) + 4)]
    expect([at(0, 0), at(0, 1), at(1, 0), at(1, 1), at(2, 0), at(2, 1)]).toEqual([0, 1, -1, 0.5, Number.NaN, 1].map(value => [...colourOf(value, 1, 'light'), 255]))
  })
})

describe('steps', () => {
  it('are found under the pointer, and clamped', () => {
    expect([stepAt(0, 10, 200), stepAt(39, 10, 200), stepAt(40, 10, 200), stepAt(-5, 10, 200), stepAt(900, 10, 200), stepAt(5, 10, 0)]).toEqual([0, 1, 2, 0, 9, 0])
    expect(Array.from({ length: 7 }, (_, t) => stepAt(leftOf(t + 0.5, 7, 333), 7, 333))).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('move by keys', () => {
    expect(['ArrowLeft', 'ArrowRight', 'PageUp', 'PageDown', 'Home', 'End', 'x', 'toString'].map(key => moved(key, 40, 81))).toEqual([39, 41, 32, 48, 0, 80, null, null])
    expect([moved('ArrowLeft', 0, 5), moved('PageDown', 4, 5)]).toEqual([0, 4])
  })

  it('have round labels apart from each other', () => {
    expect(ticks(81, 800)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80])
    expect(ticks(1001, 800).slice(0, 3)).toEqual([0, 100, 200])
    expect(ticks(3, 800)).toEqual([0, 1, 2])
  })
})

describe('the string', () => {
  it('is asked for once it is known', () => {
    const choice = { source: 'sampled', length: null, seed: 7, text: ' ' } as const
    expect([stringOf(choice), stringOf({ ...choice, length: 9 }), stringOf({ ...choice, source: 'typed' }), stringOf({ ...choice, source: 'typed', text: 'a b' })]).toEqual([null, { length: 9, seed: 7 }, null, { text: 'a b' }])
  })

  it('has a length that the task has', () => {
    expect([nearestLength([1, 3, 5], 4), nearestLength([1, 3, 5], 99), nearestLength([], 4)]).toEqual([3, 5, 4])
  })

  it('stands in the address', () => {
    for (const choice of [{ source: 'sampled', length: 41, seed: 3, text: '' }, { source: 'typed', length: null, seed: 0, text: '0 1 #' }] as const) expect(choiceFrom(queryOf(choice))).toEqual(choice)
    expect(choiceFrom({ length: '-3', seed: 'x' })).toEqual({ source: 'sampled', length: null, seed: 0, text: '' })
  })
})

describe('the page', () => {
  afterEach(() => { replace({ page: 'welcome' }); vi.useRealTimers() })
  const record = { row: { id: 'r1', studyName: 'Quick look', planTitle: 'Memory frozen', seed: 2 }, study: { spec: { task: { id: 'copy' }, data: { train: { lengths: [1, 2], strings: 10 } } } } } as unknown as FullRun
  const handlers = {
    runs: { get: () => Promise.resolve(record), list: () => Promise.resolve({ rows: [], total: 0, offset: 0, groups: [], version: 1 }) },
    preview: { task: () => Promise.resolve({ validLengths: [2, 4] } as never) },
  }
  const settle = async (): Promise<void> => { await flushPromises(); await new Promise(resolve => { setTimeout(resolve, 160) }); await flushPromises() }

  it('traces the run at its training length, steps by keys and jumps to what is wrong', async () => {
    replace({ page: 'inspect', subject: 'r1' })
    const { lab, asked } = fakeLab({ ...handlers, traces: { get: () => Promise.resolve(trace), optimal: () => Promise.resolve(optimal) } })
    const view = mount(InspectPage, { global: { provide: { [LAB as symbol]: lab } }, attachTo: document.body })
    await settle()
    expect(asked.filter(([name]) => name.startsWith('traces.'))).toEqual([['traces.get', { runId: 'r1', weights: 'best', string: { length: 2, seed: 0 } }], ['traces.optimal', { runId: 'r1', string: { length: 2, seed: 0 } }]])
    expect(view.text()).toContain('1 wrong prediction')
    expect(view.get('aside h2').text()).toBe('After 0 of 2 symbols')
    await view.get('[role=slider][aria-label=Step]').trigger('keydown', { key: 'End' })
    expect(view.get('aside h2').text()).toBe('After 2 of 2 symbols')
    await view.findAll('button').find(button => button.text() === 'First wrong')!.trigger('click')
    expect(view.findAll('aside dd').map(dd => dd.text())).toEqual(['a', 'b', '1.61 nats', '1.61'])
    expect(view.findAll('aside tbody tr').map(row => row.findAll('td').map(cell => cell.text()))).toEqual([['apredicted', '70.0 %', '0.0 %'], ['btarget', '20.0 %', '100.0 %'], ['⊣', '10.0 %', '0.0 %']])
    view.unmount()
  })

  it('says what is wrong with a run that was not trained, and asks again', async () => {
    replace({ page: 'inspect', subject: 'r1' })
    const get = vi.fn(() => Promise.reject(new Error('Run r1 has no checkpoint of its best weights')))
    const { lab } = fakeLab({ ...handlers, traces: { get } })
    const view = mount(InspectPage, { global: { provide: { [LAB as symbol]: lab } } })
    await settle()
    expect(view.get('[role=alert]').text()).toContain('has no checkpoint')
    await view.get('[role=alert] button').trigger('click')
    await settle()
    expect(get).toHaveBeenCalledTimes(2)
    view.unmount()
  })

  it('has nothing to show before anything is trained', async () => {
    replace({ page: 'inspect' })
    const { lab } = fakeLab(handlers)
    const view = mount(InspectPage, { global: { provide: { [LAB as symbol]: lab } } })
    await settle()
    expect(view.text()).toContain('Nothing to look into yet')
    view.unmount()
  })
})
