import { afterEach, describe, expect, it, vi } from 'vitest'
import type { FullRun, OptimalPrediction, RunPage, RunRow, TaskPreview } from '../../../shared/contract/index.ts'
import { replace, useRouter } from '../../shell/router.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import { sampleTrace } from '../../testing/sample-trace.ts'
import InspectPage from './InspectPage.vue'

const trace = sampleTrace()
const other = { ...sampleTrace(), runId: 'study.frozen-memory.1', probabilities: Float32Array.from(trace.probabilities) }
other.probabilities.set([0.1, 0.1, 0.1, 0.7], 8)
const optimal: OptimalPrediction = { probabilities: Float32Array.of(0.9, 0.1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1), lengths: [3], nats: Float64Array.of(0.1, 0, 0, 0) }

const row = (id: string, planTitle: string): RunRow => ({ id, planTitle, seed: 1, epochsDone: 3 } as RunRow)
const rows = [row('study.full.1', 'Full training'), row('study.frozen-memory.1', 'Memory frozen')]
const record = (id: string): FullRun => ({
  run: rows.find(run => run.id === id)!, row: rows.find(run => run.id === id)!, checkpoints: [{ which: 'best' }, { which: 'last' }],
  study: { id: 'study', spec: { task: { id: 'marked-reversal' }, plans: [{ id: 'full' }, { id: 'frozen-memory' }], data: { train: { lengths: [1, 4] } }, evaluation: { bins: [] } } },
} as unknown as FullRun)

const handlers = (get = vi.fn(({ runId }: { runId: string }) => Promise.resolve(runId === 'study.full.1' ? trace : other))) => ({
  runs: { get: ({ runId }: { runId: string }) => Promise.resolve(record(runId)), list: () => Promise.resolve({ rows, total: 2, offset: 0, groups: [], version: 1 } as RunPage) },
  preview: { task: () => Promise.resolve({ validLengths: [1, 3] } as TaskPreview) },
  traces: { get, optimal: () => Promise.resolve(optimal) },
})
const tracesAsked = (asked: readonly [string, unknown][]): unknown[] => asked.filter(([name]) => name === 'traces.get').map(([, input]) => input)

afterEach(() => {
  replace({ page: 'welcome' })
  document.body.replaceChildren()
})

describe('the inspector', () => {
  it('traces the run at its longest training length, steps by keys and jumps to what is wrong', async () => {
    replace({ page: 'inspect', subject: 'study.full.1' })
    const { view, host } = mountPage(InspectPage, handlers())
    await settle(400)
    expect(tracesAsked(host.asked).at(-1)).toEqual({ runId: 'study.full.1', weights: 'best', string: { length: 3, seed: 0 }, depth: 64 })
    expect(view.text()).toContain('1 error')
    expect(view.findAll('.name > .clip').map(name => name.text())).toEqual(['Input', 'Next symbol', 'Prediction', 'Model', 'Exact', 'Cost', 'Stack actions', 'Stack contents', 'Reading', 'Hidden units', 'Input gate'])
    const slider = view.get('[role=slider][aria-label="Step of the string"]')
    await slider.trigger('keydown', { key: 'End' })
    expect([view.get('aside h2').text(), slider.attributes('aria-valuetext')]).toEqual(['Step 3 of 3', 'step 3, after 0, next ⊣, predicted ⊣'])
    await slider.trigger('keydown', { key: 'E', shiftKey: true })
    expect(view.get('aside h2').text()).toBe('Step 0 of 3')
    expect(view.findAll('aside tbody tr').map(line => line.findAll('th, td').map(cell => cell.text()))).toEqual([['0', '40.0', '90.0'], ['1', '50.0', '10.0'], ['#', '5.0', '0.0'], ['⊣', '5.0', '0.0']])
    expect(view.get('aside .tag').text()).toBe('wrong')
    expect(useRouter().place.value.query).toEqual({ length: '3' })
    view.unmount()
  })

  it('runs a second model on the same string and goes to where they part', async () => {
    replace({ page: 'inspect', subject: 'study.full.1', query: { against: 'study.frozen-memory.1', text: '0 # 0' } })
    const { view, host } = mountPage(InspectPage, handlers())
    await settle(400)
    expect(tracesAsked(host.asked)).toContainEqual({ runId: 'study.frozen-memory.1', weights: 'best', string: { text: '0 # 0' }, depth: 64 })
    await view.findAll('button').find(button => button.text() === 'Diverge at 2')!.trigger('click')
    await settle(50)
    expect(view.get('aside h2').text()).toBe('Step 2 of 3')
    expect(view.findAll('aside thead :is(td, th)').map(cell => cell.text())).toEqual(['', 'model', 'second', 'exact'])
    expect(view.findAll('aside tbody tr')[0]!.findAll('td').map(cell => cell.text())).toEqual(['70.0', '10.0', '100.0'])
    view.unmount()
  })

  it('says what is wrong with a string where it is typed', async () => {
    replace({ page: 'inspect', subject: 'study.full.1', query: { text: 'x' } })
    const refused = Object.assign(new Error('string.text has x; allowed: 0, 1, #'), { code: 'bad-input' })
    const { view } = mountPage(InspectPage, handlers(vi.fn(() => Promise.reject(refused))))
    await settle(400)
    expect(view.get('.string [role=alert]').text()).toBe('string.text has x; allowed: 0, 1, #')
    expect(view.get('.string input').attributes('aria-invalid')).toBe('true')
    view.unmount()
  })

  it('opens the newest trained run, or says that there is none', async () => {
    replace({ page: 'inspect' })
    const { view } = mountPage(InspectPage, handlers())
    await settle(400)
    expect(useRouter().place.value.subject).toBe('study.full.1')
    view.unmount()
    replace({ page: 'inspect' })
    const { view: empty } = mountPage(InspectPage, { runs: { list: () => Promise.resolve({ rows: [], total: 0, offset: 0, groups: [], version: 1 }) } })
    await settle(50)
    expect(empty.text()).toContain('Nothing to look into yet')
    empty.unmount()
  })
})
