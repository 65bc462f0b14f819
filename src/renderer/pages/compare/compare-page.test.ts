import type { VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Comparison } from '../../../shared/comparison.ts'
import type { PlanCurve, RunPage } from '../../../shared/contract/index.ts'
import { LabError } from '../../../shared/errors.ts'
import { replace, useRouter } from '../../shell/router.ts'
import { mountPage, settle } from '../../testing/mount-page.ts'
import { sampleRow, sampleStudy } from '../../testing/sample-runs.ts'
import { sampleComparison, sampleLengths } from '../../testing/samples.ts'
import ComparePage from './ComparePage.vue'

const FINISHED = { status: 'finished', step: 400, epochsDone: 4, endedAt: 2 } as const
const ROWS = [
  sampleRow('full', 1, FINISHED),
  sampleRow('full', 2, FINISHED),
  sampleRow('frozen-memory', 1, FINISHED),
  sampleRow('frozen-memory', 2, FINISHED),
]
const curve = (planId: string, title: string, mean: number[]): PlanCurve =>
  ({
    planId,
    title,
    steps: Float64Array.of(100, 400),
    mean: Float64Array.from(mean),
    low: Float64Array.from(mean),
    high: Float64Array.from(mean),
    seeds: Int32Array.of(2, 2),
  }) as unknown as PlanCurve

function compare(
  study = sampleStudy({ endedAt: 2, runs: { finished: 4 } }),
  get = vi.fn((_: unknown): Promise<Comparison> => Promise.resolve(sampleComparison())),
) {
  const handlers = {
    studies: {
      list: () => Promise.resolve([study]),
      duplicate: vi.fn(() =>
        Promise.resolve({ id: 'draft', name: 'Sample, again', content: { name: 'Sample' }, updatedAt: 1, revision: 1 }),
      ),
    },
    runs: {
      list: () => Promise.resolve({ rows: ROWS, total: 4, offset: 0, groups: [], version: 1 } satisfies RunPage),
    },
    comparison: { get, lengths: vi.fn(() => Promise.resolve(sampleLengths())) },
    curves: {
      plans: vi.fn((_: { metric: string }) =>
        Promise.resolve([curve('full', 'Full training', [2, 1]), curve('frozen-memory', 'Memory frozen', [3, 1.5])]),
      ),
      get: () => Promise.resolve([]),
    },
    drafts: {
      list: () => Promise.resolve([]),
      save: vi.fn(() => Promise.resolve({ id: 'draft', name: '', content: {}, updatedAt: 1, revision: 2 })),
    },
  }
  return { ...mountPage(ComparePage, handlers), handlers }
}

const lines = (view: VueWrapper): string[] =>
  view.findAll('details.difference summary').map(line => line.attributes('aria-label')!)
const figure = (view: VueWrapper, title: string) => view.get(`[role=application][aria-label^="${title}"]`)

afterEach(() => {
  replace({ page: 'welcome' })
  document.body.replaceChildren()
})

describe('the compare page', () => {
  it('asks anew when a run of its study has ended or was archived, and not for what others do or training learns', async () => {
    replace({ page: 'compare', subject: 'study' })
    const { view, host, handlers } = compare()
    await settle()
    const asked = (): number[] => [
      handlers.comparison.get.mock.calls.length,
      handlers.comparison.lengths.mock.calls.length,
      handlers.curves.plans.mock.calls.length,
    ]
    expect(asked()).toEqual([1, 1, 1])
    host.say('changes.onChange', { version: 2, what: ['progress'], runs: ['study.full.1'] })
    host.say('changes.onChange', { version: 3, what: ['runs', 'studies'], runs: ['other.full.1'] })
    await settle(50)
    expect(host.asked.filter(([name]) => name === 'studies.list')).toHaveLength(2)
    expect(asked()).toEqual([1, 1, 1])
    host.say('changes.onChange', { version: 4, what: ['runs'], runs: ['study.full.1'] })
    await settle(50)
    expect(asked()).toEqual([2, 2, 2])
    view.unmount()
  })

  it('says which plan wins, by how much and how sure that is', async () => {
    replace({ page: 'compare', subject: 'study' })
    const { view, handlers } = compare()
    await settle()
    // Words, then the matrix, then a line a difference, then figures.
    const order = [...view.element.querySelectorAll('.answer, .matrix, .differences, [role=application]')].map(
      one => one.className || one.getAttribute('role'),
    )
    expect(order.slice(0, 3)).toEqual(['answer', 'matrix', 'panel differences'])
    expect(view.get('.answer h2').text()).toBe(sampleComparison().answer.headline)
    expect(view.findAll('.answer dl > div').map(row => row.text())).toEqual([
      '10–40Full training and Memory frozen come close to the optimum, skill 0.94 and 0.91.',
      '81–160Memory frozen gets part of the way, skill 0.81; Full training does not beat guessing.',
    ])
    expect(view.findAll('.matrix tbody tr').map(row => row.findAll('td').map(cell => cell.text()))).toEqual([
      ['Between0.94 [0.89, 0.99]', 'Floor0.04 [−0.01, 0.09]'],
      ['Between0.91 [0.86, 0.96]', 'Between0.81 [0.76, 0.86]'],
    ])
    expect(lines(view)).toEqual(['Memory frozen, 81–160: Open'])
    const line = view.get('details.difference')
    expect(line.get('summary').text()).toBe('Memory frozen+20.0 [15.0, 25.0]Open2 of 2 seeds better')
    ;(line.element as HTMLDetailsElement).open = true
    await line.trigger('toggle')
    expect(line.findAll('dd').map(one => one.text())).toEqual(['1.00', '0.500', '0.500', '1.6', '2'])
    expect(line.text()).toContain('2 paired seeds cannot settle this.')
    expect(line.text()).toContain('8 more runs to train')
    await line
      .findAll('button')
      .find(one => one.text() === 'Build with 6 seeds')!
      .trigger('click')
    await settle(50)
    expect(handlers.drafts.save.mock.calls).toEqual([
      [{ draftId: 'draft', revision: 1, name: 'Sample, again', content: { name: 'Sample', seeds: 6 } }, undefined],
    ])
    expect(useRouter().place.value).toMatchObject({ page: 'build', subject: 'draft' })
    view.unmount()
  })

  it('has a table by test length with floor and ceiling', async () => {
    replace({ page: 'compare', subject: 'study' })
    const { view } = compare()
    await settle()
    const rows = view
      .findAll('[aria-label="Means by plan and range"] tr')
      .map(row => row.findAll('th, td').map(cell => cell.text().replace(/\s+/g, ' ')))
    expect(rows[0]).toEqual(['Plan', '10–40', '81–160', 'Retention', 'Speed', 'Seeds'])
    expect(rows[1]![0]).toBe('Full training reference')
    expect(rows[1]![2]).toMatch(/^50\.0 %/)
    expect(rows[2]![2]).toMatch(/^70\.0 %/)
    expect(rows.find(([name]) => name === 'Optimal')!.slice(1, 3)).toEqual(['73.5 %', '75.0 %'])
    expect(rows.find(([name]) => name === 'Trivial')!.slice(1, 3)).toEqual(['46.0 %', '49.0 %'])
    view.unmount()
  })

  it('asks for the learning curves before it knows anything else of the study, and once', async () => {
    replace({ page: 'compare', subject: 'study' })
    let list!: (studies: ReturnType<typeof sampleStudy>[]) => void
    const listed = new Promise<ReturnType<typeof sampleStudy>[]>(resolve => {
      list = resolve
    })
    const { view, handlers } = compare()
    view.unmount()
    handlers.studies.list = () => listed
    for (const asked of [handlers.curves.plans, handlers.comparison.get, handlers.comparison.lengths]) asked.mockClear()
    const { view: early } = mountPage(ComparePage, handlers)
    await settle(50)
    expect(
      [handlers.curves.plans, handlers.comparison.get, handlers.comparison.lengths].map(
        ({ mock }) => mock.calls.length,
      ),
    ).toEqual([1, 0, 0])
    list([sampleStudy({ endedAt: 2, runs: { finished: 4 } })])
    await settle()
    expect(
      [handlers.curves.plans, handlers.comparison.get, handlers.comparison.lengths].map(
        ({ mock }) => mock.calls.length,
      ),
    ).toEqual([1, 1, 1])
    expect(early.find('[role=application][aria-label^="Validation loss"]').exists()).toBe(true)
    early.unmount()
  })

  it('asks for the learning curves of the metric that was chosen last, and for no other', async () => {
    replace({ page: 'compare', subject: 'study' })
    const { view, handlers } = compare()
    view.unmount()
    handlers.curves.plans.mockClear()
    const { view: again } = mountPage(ComparePage, {
      ...handlers,
      layout: {
        get: ({ key }) => Promise.resolve(key === 'compare-learning' ? 'trainLoss' : undefined),
        set: () => Promise.resolve(undefined),
      },
    })
    await settle()
    expect(handlers.curves.plans.mock.calls.map(([{ metric }]) => metric)).toEqual(['trainLoss'])
    again.unmount()
  })

  it('draws no curves of a study of which no run has ended', async () => {
    replace({ page: 'compare', subject: 'study' })
    const { view } = compare(sampleStudy({ endedAt: null, runs: { running: 4 } }))
    await settle()
    expect(view.text()).toContain('No run has ended yet')
    expect(view.findAll('[role=application]')).toEqual([])
    view.unmount()
  })

  it('reads lengths and learning curves off by keys', async () => {
    replace({ page: 'compare', subject: 'study' })
    const { view, handlers } = compare()
    await settle()
    const lengths = view.findAll('[role=application]')[0]!
    await lengths.trigger('keydown', { key: 'End' })
    expect(lengths.get('[aria-live]').text()).toContain('Full training 50.0 %')
    expect(lengths.get('[aria-live]').text()).toContain('Memory frozen 68.0 %')
    await lengths.trigger('keydown', { key: 'ArrowLeft' })
    expect(lengths.get('[aria-live]').text()).toContain('Full training 70.0 %')
    const learning = figure(view, 'Validation loss')
    await learning.trigger('keydown', { key: 'End' })
    expect(learning.get('[aria-live]').text()).toMatch(/step 400: Memory frozen 1\.50+, Full training 1\.0+/)
    await view.get('select[aria-label="Metric"]').setValue('trainLoss')
    await settle(50)
    expect(handlers.curves.plans.mock.calls.map(([{ metric }]) => metric)).toEqual(['validationLoss', 'trainLoss'])
    view.unmount()
  })

  it('asks anew against another plan, on another target and for the last weights', async () => {
    replace({ page: 'compare', subject: 'study' })
    const get = vi.fn((_: unknown): Promise<Comparison> => Promise.resolve(sampleComparison()))
    const { view } = compare(undefined, get)
    await settle()
    const [against, on] = view.findAll('label select')
    await against!.setValue('frozen-memory')
    await on!.setValue('accuracy')
    await view
      .findAll('[role=radio], button')
      .find(one => one.text() === 'Last')!
      .trigger('click')
    await settle(50)
    expect(get.mock.calls.at(-1)![0]).toEqual({
      studyId: 'study',
      weights: 'last',
      reference: 'frozen-memory',
      targets: [
        { measure: 'accuracy', bin: '10-40' },
        { measure: 'accuracy', bin: '81-160' },
      ],
    })
    view.unmount()
  })

  it('says that it computes, and draws nothing that would move when the answer comes', async () => {
    replace({ page: 'compare', subject: 'study' })
    let give!: (comparison: Comparison) => void
    const answer = new Promise<Comparison>(resolve => {
      give = resolve
    })
    const { view } = compare(
      undefined,
      vi.fn(() => answer),
    )
    await settle()
    expect(view.get('.skeleton [role=status]').text()).toContain('Computing: 2 plans')
    expect(view.findAll('.skeleton .matrix i')).toHaveLength(2 * 3)
    expect(view.findAll('[role=application], .answer, table')).toEqual([])
    give(sampleComparison())
    await settle()
    expect(view.find('.skeleton').exists()).toBe(false)
    expect(view.find('.answer').exists()).toBe(true)
    view.unmount()
  })

  it('keeps the places of figures until all have come', async () => {
    replace({ page: 'compare', subject: 'study' })
    const { view, handlers } = compare()
    view.unmount()
    let give!: (lengths: ReturnType<typeof sampleLengths>) => void
    handlers.comparison.lengths.mockImplementation(
      () =>
        new Promise(resolve => {
          give = resolve
        }),
    )
    const { view: slow } = mountPage(ComparePage, handlers)
    await settle()
    expect(slow.find('.answer').exists()).toBe(true)
    expect(slow.findAll('.place')).toHaveLength(2)
    expect(slow.findAll('[role=application]')).toEqual([])
    give(sampleLengths())
    await settle()
    expect(slow.findAll('.place')).toEqual([])
    expect(slow.findAll('[role=application]').length).toBeGreaterThan(2)
    slow.unmount()
  })

  it('explains its words where they stand', async () => {
    replace({ page: 'compare', subject: 'study' })
    const { view } = compare()
    await settle()
    const word = view.findAll('button.term').find(one => one.text() === 'Floor')!
    await word.trigger('focus')
    const meaning = document.querySelector('[role=tooltip]')!
    expect(meaning.textContent).toContain('not clearly better than the trivial predictor')
    expect(word.attributes('aria-describedby')).toBe(meaning.id)
    await word.trigger('keydown', { key: 'Escape' })
    expect(document.querySelector('[role=tooltip]')).toBeNull()
    view.unmount()
  })

  it('gives nobody the better of two failures', async () => {
    replace({ page: 'compare', subject: 'study' })
    const failed = sampleComparison()
    for (const cell of failed.answer.cells) cell.standing = 'floor'
    failed.contrasts[0]!.verdict = {
      outcome: 'void',
      text: 'Memory frozen, accuracy: says nothing.',
      evidence: 'both at or below the floor',
    }
    failed.contrasts[0]!.seedsNeeded = { total: 8, further: 6 }
    const { view } = compare(
      undefined,
      vi.fn(() => Promise.resolve(failed)),
    )
    await settle()
    expect(lines(view)).toEqual(['Memory frozen, 81–160: Says nothing'])
    expect(view.find('.strip .side').exists()).toBe(false)
    expect(view.find('.tag.good').exists()).toBe(false)
    expect(view.find('[aria-label="Means by plan and range"] b').exists()).toBe(false)
    expect(view.text()).not.toContain('Build with')
    view.unmount()
  })

  it('hides a plan in every figure at once', async () => {
    replace({ page: 'compare', subject: 'study' })
    const { view } = compare()
    await settle()
    const entries = () => view.findAll('button[aria-pressed]').filter(one => one.text() === 'Memory frozen')
    await entries()[0]!.trigger('click')
    expect(entries().map(one => one.attributes('aria-pressed'))).toEqual(entries().map(() => 'false'))
    const learning = figure(view, 'Validation loss')
    await learning.trigger('keydown', { key: 'End' })
    expect(learning.get('[aria-live]').text()).not.toContain('Memory frozen')
    view.unmount()
  })

  it('says what is missing: no study, no run that has ended, runs that still train, a host that refuses', async () => {
    replace({ page: 'compare' })
    const none = mountPage(ComparePage).view
    await settle(50)
    expect(none.text()).toContain('Nothing to compare yet')
    none.unmount()
    replace({ page: 'compare', subject: 'study' })
    const untrained = compare(sampleStudy({ runs: { queued: 4 } }))
    await settle()
    expect(untrained.view.text()).toContain('No run has ended yet')
    expect(untrained.handlers.comparison.get).not.toHaveBeenCalled()
    untrained.view.unmount()
    const training = compare(sampleStudy({ endedAt: 2, runs: { finished: 3, running: 1 } })).view
    await settle()
    expect(training.text()).toContain('1 run of this study is not trained yet')
    training.unmount()
    const get = vi.fn((_: unknown): Promise<Comparison> =>
      Promise.reject(new LabError('bad-checkpoint', 'Two runs cannot be read.')),
    )
    const refused = compare(undefined, get).view
    await settle()
    expect(refused.get('[role=alert]').text()).toContain('Two runs cannot be read.')
    await refused.get('[role=alert] button').trigger('click')
    await settle(50)
    expect(get).toHaveBeenCalledTimes(2)
    refused.unmount()
  })
})
