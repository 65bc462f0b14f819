import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Across } from '../../../shared/across.ts'
import type { StudyInfo } from '../../../shared/contract/index.ts'
import { planStyles } from '../../../figures/palette.ts'
import { replace, useRouter } from '../../shell/router.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import { acrossFigure, choiceFrom, choiceQuery, chosenStudies, optionsOf, toggled } from './across-choice.ts'
import ComparePage from './ComparePage.vue'

const study = (id: string, taskId: string, memoryId: string, more: Partial<StudyInfo> = {}): StudyInfo => ({
  id,
  name: `Study ${id}`,
  note: '',
  archived: false,
  createdAt: 1,
  runs: { finished: 4 },
  taskId,
  taskTitle: taskId === 'dyck' ? 'Dyck' : 'Reversal',
  controllerId: 'lstm',
  memoryId,
  plans: [
    { id: 'full', title: 'Full training' },
    { id: 'frozen-memory', title: 'Memory frozen' },
  ],
  seeds: 2,
  endedAt: 5,
  ...more,
})
const STUDIES = [
  study('a', 'reversal', 'stack'),
  study('b', 'dyck', 'stack'),
  study('c', 'dyck', 'none'),
  study('d', 'dyck', 'stack', { archived: true }),
  study('e', 'dyck', 'stack', { endedAt: null }),
]

function sample(ids: readonly string[]): Across {
  const summary = (mean: number) => ({
    values: [
      { seed: 1, value: mean - 0.1 },
      { seed: 2, value: mean + 0.1 },
    ],
    missing: [],
    mean,
    meanInterval: { low: mean - 0.1, high: mean + 0.1 },
    median: mean,
    medianInterval: null,
    min: mean - 0.1,
    max: mean + 0.1,
  })
  return {
    weights: 'best',
    measure: 'accuracy',
    end: 'longest',
    confidence: 0.95,
    reference: 'full',
    plans: [
      { id: 'full', title: 'Full training' },
      { id: 'frozen-memory', title: 'Memory frozen' },
    ],
    rows: STUDIES.filter(({ id }) => ids.includes(id)).map(
      ({ id, name, taskId, taskTitle, controllerId, memoryId }) => ({
        studyId: id,
        name,
        taskId,
        taskTitle,
        controllerId,
        memoryId,
        bin: '81-160',
        floor: 0.4,
        ceiling: 0.75,
        cells: {
          full: { summary: summary(0.5), standing: 'between', difference: null, leftOut: 0 },
          'frozen-memory': {
            summary: summary(0.625),
            standing: 'between',
            difference: { mean: 0.125, interval: { low: 0.1, high: 0.2 }, pairs: 2 },
            leftOut: 0,
          },
        },
      }),
    ),
    overall: [
      {
        plan: 'frozen-memory',
        title: 'Memory frozen',
        mean: 0.125,
        interval: { low: 0.1, high: 0.2 },
        p: 0.5,
        holmP: 0.5,
        smallestP: 0.5,
        studies: ids.length,
        seeds: 2,
        leftOut: 0,
        atFloor: 0,
        better: ids.length,
        worse: 0,
        outcome: 'open',
        text: 'Memory frozen is not shown to differ from Full training.',
      },
    ],
    differences: ids.length > 1 ? [{ path: 'task.id', values: [...ids] }] : [],
    leftOut: [],
  }
}

describe('a choice of studies', () => {
  it('stands in the address as it was made', () => {
    const choice = {
      tasks: ['dyck'],
      models: ['lstm/stack'],
      plans: ['full', 'frozen-memory'],
      measure: 'retention',
      end: 'shortest',
    } as const
    expect(choiceFrom(choiceQuery(choice))).toEqual(choice)
    expect(choiceFrom({ view: 'across', measure: 'toString', end: 'middle' })).toEqual({
      tasks: [],
      models: [],
      plans: [],
      measure: 'accuracy',
      end: 'longest',
    })
  })

  it('takes what has something to compare and fits', () => {
    const all = choiceFrom({})
    const ids = (choice: typeof all): string[] => chosenStudies(STUDIES, choice).map(({ id }) => id)
    expect([
      ids(all),
      ids({ ...all, tasks: ['dyck'] }),
      ids({ ...all, models: ['lstm/stack'] }),
      ids({ ...all, tasks: ['dyck'], models: ['lstm/none'] }),
    ]).toEqual([['a', 'b', 'c'], ['b', 'c'], ['a', 'b'], ['c']])
    expect(optionsOf(STUDIES)).toMatchObject({
      tasks: [{ title: 'Dyck' }, { title: 'Reversal' }],
      models: [{ title: 'lstm' }, { title: 'lstm, stack' }],
    })
  })

  it('begins with all, and is never none', () => {
    const all = ['x', 'y', 'z']
    expect([
      toggled([], 'y', all),
      toggled(['x', 'z'], 'y', all),
      toggled(['x'], 'x', all),
      toggled(['x'], 'y', all),
    ]).toEqual([['x', 'z'], [], [], ['x', 'y']])
  })

  it('is drawn with a point a study and the mean over all', () => {
    const figure = acrossFigure(sample(['a', 'b']), planStyles(['full', 'frozen-memory']))
    expect(figure.boxes).toMatchObject([
      {
        label: 'Memory frozen',
        x: 0,
        mean: 0.125,
        interval: [0.1, 0.2],
        values: [
          { label: 'Study a', value: 0.125 },
          { label: 'Study b', value: 0.125 },
        ],
      },
    ])
    expect(figure.title).toBe('Difference to Full training, by study')
  })
})

describe('studies side by side', () => {
  afterEach(() => {
    document.body.innerHTML = ''
  })

  it('writes minus signs, and how many pairs a difference leaves out', async () => {
    const answer = sample(['a'])
    const cell = answer.rows[0]!.cells['frozen-memory']!
    answer.rows[0]!.cells['frozen-memory'] = {
      ...cell,
      difference: { mean: -0.03, interval: null, pairs: 1 },
      leftOut: 1,
      summary: {
        ...cell.summary,
        mean: 'inf',
        values: [
          { seed: 1, value: 'inf' },
          { seed: 2, value: 0.4 },
        ],
      },
    }
    answer.overall[0]!.text =
      'Memory frozen is not shown to differ from Full training: -0.03 accuracy [-0.1, 0.02] on 81-160.'
    replace({ page: 'compare', subject: 'a', query: { view: 'across' } })
    const { view } = mountPage(ComparePage, {
      studies: { list: () => Promise.resolve(STUDIES) },
      comparison: { across: () => Promise.resolve(answer) },
    })
    await settle(400)
    expect(view.get('[aria-label="Over all studies"]').text()).toContain('−0.03 accuracy [−0.1, 0.02] on 81-160.')
    const shown = view.findAll('[aria-label="Figures by study"] tbody td').at(-2)!
    expect(shown.text()).toBe('∞−3.0 points1 of 2 left out')
    expect(shown.findAll('[title]').map(one => one.attributes('title'))).toEqual([
      expect.stringContaining('2 seeds, 1 of them without a finite figure'),
      ...Array.from(
        { length: 2 },
        () => 'Mean difference over 1 paired seed; 1 pair left out: a run of the two diverged, its loss is infinite',
      ),
    ])
    view.unmount()
  })

  it('lets nobody win a contest of failures', async () => {
    const answer = sample(['a'])
    const { cells } = answer.rows[0]!
    const figureOf = (index: number) => view.findAll('[aria-label="Figures by study"] tbody td').at(index)!
    cells['frozen-memory'] = { ...cells['frozen-memory']!, standing: 'floor' }
    cells.full = { ...cells.full!, standing: 'below' }
    replace({ page: 'compare', subject: 'a', query: { view: 'across' } })
    const { view } = mountPage(ComparePage, {
      studies: { list: () => Promise.resolve(STUDIES) },
      comparison: { across: () => Promise.resolve(answer) },
    })
    await settle(400)
    // The best mean of the row, and the one that is ahead of the reference: neither is bold, coloured or given a difference.
    expect([figureOf(-3).text(), figureOf(-2).text()]).toEqual(['50.0 %Below the floor', '62.5 %Floor'])
    expect(view.find('[aria-label="Figures by study"] tbody b').exists()).toBe(false)
    expect(view.find('.up, .down').exists()).toBe(false)
    view.unmount()
  })

  it('names settings and values as a person does', async () => {
    const answer = sample(['a', 'b'])
    answer.differences = [
      { path: 'plan', values: [[], [{ what: 'memory', from: 'start', until: 'end' }]] },
      { path: 'training.learningRate', values: [0.01, { logUniform: [0.001, 0.01] }] },
    ]
    replace({ page: 'compare', subject: 'a', query: { view: 'across' } })
    const { view } = mountPage(ComparePage, {
      studies: { list: () => Promise.resolve(STUDIES) },
      comparison: { across: () => Promise.resolve(answer) },
    })
    await settle(400)
    expect(view.findAll('table.differences tbody tr').map(row => row.findAll('td').map(cell => cell.text()))).toEqual([
      ['Frozen', 'nothing', 'memory'],
      ['Learning rate', '0.01', 'by seed, 0.001 to 0.01'],
    ])
    // A table that scrolls can be reached by keys.
    expect(view.get('[aria-label="Settings that differ"]').attributes('tabindex')).toBe('0')
    view.unmount()
  })

  it('shows figures, differences and what is said over all, and asks anew as tasks are picked', async () => {
    const across = vi.fn(({ studies }: { studies: string[] }) => Promise.resolve(sample(studies)))
    replace({ page: 'compare', subject: 'a', query: { view: 'across' } })
    const { view } = mountPage(ComparePage, {
      studies: { list: () => Promise.resolve(STUDIES) },
      comparison: { across: across as never },
    })
    await settle(400)
    // The newest first, neither archived nor without an end.
    expect(across.mock.lastCall![0]).toEqual({ studies: ['c', 'b', 'a'], measure: 'accuracy', end: 'longest' })
    expect(
      view.findAll('[aria-label="Figures by study"] tbody tr').map(row => row.findAll('td').map(cell => cell.text())),
    ).toEqual(
      ['a', 'b', 'c'].map(id => {
        const { taskTitle, memoryId } = STUDIES.find(one => one.id === id)!
        return [
          taskTitle,
          memoryId === 'none' ? 'lstm' : 'lstm, stack',
          `Study ${id} 81–160`,
          '40.0 %',
          '50.0 %',
          '62.5 %+12.5 points',
          '75.0 %',
        ]
      }),
    )
    expect(view.get('[aria-label="Over all studies"]').text()).toContain(
      'Memory frozen is not shown to differ from Full training.',
    )
    expect(view.get('table.differences').text()).toContain('Task')

    await view.get('button[aria-label="Tasks: all"]').trigger('click')
    const item = [...document.querySelectorAll<HTMLElement>('[role=menuitemcheckbox]')].find(one =>
      one.textContent.includes('Dyck'),
    )!
    expect(item.getAttribute('aria-checked')).toBe('true')
    item.click()
    await settle(400)
    expect(useRouter().place.value.query).toEqual({ view: 'across', tasks: 'reversal' })
    expect(across.mock.lastCall![0]).toMatchObject({ studies: ['a'] })
    expect(view.find('table.differences').exists()).toBe(false)
    await view.get('button[aria-label="Back to one study"]').trigger('click')
    expect(useRouter().place.value).toMatchObject({ page: 'compare', subject: 'a', query: {} })
    view.unmount()
  })
})
