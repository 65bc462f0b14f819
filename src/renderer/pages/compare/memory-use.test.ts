import { afterEach, expect, it, vi } from 'vitest'
import type { LabClient, MemoryUse, RunPage, RunRow } from '../../../shared/contract/index.ts'
import { planStyles } from '../../../figures/palette.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import { sampleRow } from '../../testing/sample-runs.ts'
import { memoryUseFigure, type RunUse } from './memory-use.ts'
import MemoryUsePanel from './MemoryUsePanel.vue'

const useOf = (...losses: number[]): MemoryUse => ({
  bins: losses.map((loss, i) => ({
    name: `bin ${i}`,
    lengths: [1, 2],
    strings: 9,
    whole: { loss: 1, accuracy: 0.8 },
    held: { loss: 1 + loss, accuracy: 0.8 - loss / 4 },
  })),
})
const FINISHED = { status: 'finished', step: 400 } as const
const ROWS = [
  sampleRow('full', 1, FINISHED),
  sampleRow('frozen-memory', 1, FINISHED),
  sampleRow('full', 2, { status: 'diverged' }),
  sampleRow('frozen-memory', 2, FINISHED),
]

function panel(memoryUse: LabClient['traces']['memoryUse'], rows: () => RunRow[] = () => ROWS) {
  const spy = vi.fn(memoryUse)
  const mounted = mountPage(
    MemoryUsePanel,
    {
      runs: {
        list: () =>
          Promise.resolve({ rows: rows(), total: rows().length, offset: 0, groups: [], version: 1 } satisfies RunPage),
      },
      traces: { memoryUse: spy },
    },
    { studyId: 'study', weights: 'best', styles: planStyles(['full', 'frozen-memory']) },
  )
  const press = async (text: string): Promise<void> => {
    await mounted.view
      .findAll('button')
      .find(button => button.text() === text)!
      .trigger('click')
    await settle(20)
  }
  return { ...mounted, spy, press }
}

afterEach(() => {
  document.body.replaceChildren()
})

it('draws the mean over seeds, the seeds behind it, and where the memory is worth nothing', () => {
  const run = (planId: string, seed: number, ...losses: number[]): RunUse => ({
    runId: `${planId}.${seed}`,
    endedAt: 1,
    planId,
    planTitle: planId.toUpperCase(),
    seed,
    use: useOf(...losses),
  })
  const style = { slot: 2, dash: [4], marker: 'star' } as const
  const { lines, x, y } = memoryUseFigure(
    [run('a', 1, 0.5, 0.1), run('b', 1, 0, -0.2), run('a', 2, 0.1, 0.3)],
    'loss',
    () => style,
  )
  expect(lines.map(({ label }) => label)).toEqual(['A', 'B', 'not used'])
  const close = (...values: number[]) => values.map(value => expect.closeTo(value, 12))
  expect(lines[0]).toMatchObject({
    x: [0, 1],
    y: close(0.3, 0.2),
    low: close(0.1, 0.1),
    high: close(0.5, 0.3),
    colour: 2,
    marker: 'star',
    members: [
      { label: 'seed 1', y: close(0.5, 0.1) },
      { label: 'seed 2', y: close(0.1, 0.3) },
    ],
  })
  expect(lines[1]).toMatchObject({ y: close(0, -0.2) })
  expect(lines[1]!.low).toBeUndefined()
  expect([x.ticks, y.title]).toEqual([
    [
      { at: 0, label: 'bin 0' },
      { at: 1, label: 'bin 1' },
    ],
    'nats per symbol',
  ])
  const shares = memoryUseFigure([run('a', 1, 0.4)], 'accuracy', () => style)
  expect([shares.lines[0]!.y, shares.y.format]).toEqual([close(0.1), 'share'])
})

it('tests run by run when asked to, can be stopped, and goes on where it was', async () => {
  let answer = (): void => {}
  const { view, spy, press } = panel(
    () =>
      new Promise(resolve => {
        answer = () => {
          resolve(useOf(0.5))
        }
      }),
  )
  await settle(20)
  expect(spy).not.toHaveBeenCalled()
  await press('Test without memory')
  answer()
  await settle(20)
  expect(view.get('[role=status]').text()).toContain('1 of 3 runs')
  await press('Stop')
  answer()
  await settle(20)
  expect(view.find('[role=status]').exists()).toBe(false)
  expect(spy.mock.calls.map(([{ runId }]) => runId)).toEqual(['study.full.1', 'study.frozen-memory.1'])
  await press('Go on')
  answer()
  await settle(20)
  answer()
  await settle(20)
  expect(spy.mock.calls.slice(2).map(([{ runId, weights }]) => [runId, weights])).toEqual([
    ['study.frozen-memory.1', 'best'],
    ['study.frozen-memory.2', 'best'],
  ])
  expect(view.findAll('button').map(button => button.text())).toContain('Test again')
  expect(view.findAll('.legend button').map(entry => entry.text())).toEqual([
    'Full training',
    'Memory frozen',
    'not used',
  ])
  view.unmount()
})

it('keeps the focus on its button, and tests again only what is another run by now', async () => {
  let rows = ROWS
  const { view, spy, press } = panel(
    () => Promise.resolve(useOf(0.5)),
    () => rows,
  )
  view.findAll('button')[0]!.element.focus()
  await press('Test without memory')
  expect(document.activeElement!.textContent).toBe('Test again')
  rows = [{ ...ROWS[0]!, endedAt: 99 }, ROWS[1]!, ROWS[2]!]
  spy.mockClear()
  await press('Test again')
  expect(spy.mock.calls.map(([{ runId }]) => runId)).toEqual(['study.full.1'])
  expect(view.findAll('.legend button').map(entry => entry.text())).toEqual([
    'Full training',
    'Memory frozen',
    'not used',
  ])
  view.unmount()
})

it('goes on past a run that cannot be tested, and names it', async () => {
  const { view, spy, press } = panel(({ runId }) =>
    runId === 'study.full.1' ? Promise.reject(new Error('The checkpoint is damaged.')) : Promise.resolve(useOf(0.5)),
  )
  await press('Test without memory')
  expect(spy).toHaveBeenCalledTimes(3)
  expect(view.text()).toContain('1 run could not be tested. Full training, seed 1: The checkpoint is damaged.')
  expect(view.findAll('.legend button').map(entry => entry.text())).toEqual(['Memory frozen', 'not used'])
  view.unmount()
})

it('says that there is no memory, and what went wrong', async () => {
  const none = panel(() => Promise.resolve(null))
  await none.press('Test without memory')
  expect(none.view.text()).toContain('No run of this study has a memory to test.')
  none.view.unmount()
  const failing = panel(
    () => Promise.resolve(null),
    () => {
      throw new Error('The history is closed.')
    },
  )
  await failing.press('Test without memory')
  expect(failing.view.text()).toContain('The history is closed.')
  failing.view.unmount()
})
