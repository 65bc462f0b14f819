import { describe, expect, it } from 'vitest'
import { compare } from '../compare.ts'
import { across, type AcrossInput } from './across.ts'
import { acrossCsv, acrossLatex, acrossMarkdown } from './across-tables.ts'
import { inputOf, learner, runOf } from './testing/study.ts'

/** @param shift what freezing the memory adds to the reach of each seed */
function studyOf(
  studyId: string,
  shift: readonly number[],
  { plan = 'frozen-memory', reference = 'full', memoryId = 'superposition-stack', configuration = {} } = {},
): AcrossInput {
  const runs = shift.flatMap((by, i) => [
    runOf(reference, i + 1, learner(0.5, 0.1)),
    runOf(plan, i + 1, learner(0.5 + by, 0.1)),
  ])
  return {
    studyId,
    name: `Study ${studyId}`,
    taskId: 'count-3',
    taskTitle: 'Count',
    controllerId: 'lstm',
    memoryId,
    configuration: {
      task: { id: 'count-3' },
      model: { memory: { id: memoryId } },
      training: { epochs: 20 },
      ...configuration,
    },
    comparison: compare(inputOf(runs), { resamples: 200 }),
  }
}
const OPTIONS = { measure: 'skill', end: 'longest', resamples: 500 } as const

describe('studies side by side', () => {
  it('have the figures of their own comparisons, and differences paired by seed', () => {
    const input = studyOf('a', [0.1, 0.2, 0.3])
    const { rows, reference, plans } = across([input], OPTIONS)
    expect([reference, rows[0]!.bin]).toEqual(['full', 'long'])
    expect(plans.map(({ id }) => id)).toEqual(['full', 'frozen-memory', 'frozen-controller', 'classifier-only'])
    const [full, frozen] = ['full', 'frozen-memory'].map(
      plan => input.comparison.plans.find(({ id }) => id === plan)!.bins.long!.skill!,
    )
    expect(rows[0]!.cells.full).toEqual({
      summary: full,
      standing: 'between',
      difference: null,
      leftOut: 0,
    })
    expect(rows[0]!.cells['frozen-memory']!.summary).toEqual(frozen)
    expect(rows[0]!.cells['frozen-memory']!.difference!.mean).toBeCloseTo(Number(frozen!.mean) - Number(full!.mean), 12)
    expect(rows[0]!.cells['frozen-memory']!.difference!.pairs).toBe(3)
    expect(rows[0]!.cells['classifier-only']).toBeNull()
  })

  it('say how many pairs a difference leaves out since a run diverged, and all tables too', () => {
    const runs = [1, 2, 3].flatMap(seed => [
      runOf('full', seed, learner(0.5, 0.1), seed === 1 ? { status: 'diverged', scores: { best: [], last: [] } } : {}),
      runOf('frozen-memory', seed, learner(0.6, 0.1)),
      runOf('frozen-controller', seed, learner(0.4, 0.1), { status: 'diverged', scores: { best: [], last: [] } }),
    ])
    const record = across([{ ...studyOf('a', []), comparison: compare(inputOf(runs), { resamples: 200 }) }], {
      ...OPTIONS,
      measure: 'cross-entropy',
    })
    expect(record.rows[0]!.cells['frozen-memory']).toMatchObject({ difference: { pairs: 2 }, leftOut: 1 })
    expect(record.rows[0]!.cells['frozen-controller']).toBeNull()
    expect(record.overall).toMatchObject([
      {
        plan: 'frozen-memory',
        seeds: 2,
        leftOut: 1,
        text: expect.stringContaining('; 1 pair of runs left out, of which one diverged;'),
      },
    ])
    expect(acrossMarkdown(record)).toContain('| Count | lstm, superposition-stack | Study a | 1 | – |')
    expect(acrossMarkdown(across([studyOf('a', [0.1, 0.2])], OPTIONS))).not.toContain('leave out')
    expect(acrossCsv(record)).toContain('cross-entropy,full,1,\r\n')
  })

  it('count the same over all of them, however many seeds each has', () => {
    const inputs = [studyOf('a', [0.1, 0.1]), studyOf('b', [-0.2, -0.2, -0.2])]
    const { overall, rows } = across(inputs, OPTIONS)
    const means = rows.map(row => row.cells['frozen-memory']!.difference!.mean)
    expect(overall).toHaveLength(1)
    expect(overall[0]!.mean).toBeCloseTo((means[0]! + means[1]!) / 2, 12)
    expect(overall[0]).toMatchObject({
      plan: 'frozen-memory',
      studies: 2,
      seeds: 3,
      better: 1,
      worse: 1,
      outcome: 'open',
      smallestP: 0.25,
    })
    expect(overall[0]!.text).toContain('is not shown to differ')
    expect(overall[0]!.text).toContain('better in 1, worse in 1')
  })

  it('settle what holds in every seed, once there are seeds enough', () => {
    const shift = Array.from({ length: 8 }, (_, i) => 0.1 + i / 100)
    const { overall } = across([studyOf('a', shift), studyOf('b', shift)], OPTIONS)
    // All eight seeds one way: 2 / 2^8.
    expect(overall[0]!.p).toBe(2 / 256)
    expect(overall[0]).toMatchObject({ holmP: overall[0]!.p, outcome: 'better', better: 2, worse: 0 })
    expect(
      across(
        [
          studyOf(
            'a',
            shift.map(by => -by),
          ),
          studyOf(
            'b',
            shift.map(by => -by),
          ),
        ],
        OPTIONS,
      ).overall[0]!.outcome,
    ).toBe('worse')
    expect(across([studyOf('a', [0, 0, 0])], OPTIONS).overall[0]!.outcome).toBe('same')
  })

  it('correct for as many plans as are asked about, and show no others', () => {
    const shift = Array.from({ length: 8 }, () => 0.2)
    const inputs = [studyOf('a', shift), studyOf('b', shift, { plan: 'frozen-controller' })]
    const both = across(inputs, OPTIONS)
    expect(both.overall.map(({ plan, holmP }) => [plan, holmP])).toEqual([
      ['frozen-memory', (2 * 2) / 256],
      ['frozen-controller', (2 * 2) / 256],
    ])
    const one = across(inputs, { ...OPTIONS, plans: ['frozen-controller'] })
    expect([one.plans.map(({ id }) => id), one.overall.map(({ plan, holmP }) => [plan, holmP])]).toEqual([
      ['full', 'frozen-controller'],
      [['frozen-controller', 2 / 256]],
    ])
    expect(
      across(inputs, { ...OPTIONS, reference: 'frozen-memory' }).overall.map(({ plan, studies }) => [plan, studies]),
    ).toEqual([['full', 1]])
  })

  it('say what their configurations differ in, and nothing else', () => {
    const { differences } = across(
      [
        studyOf('a', [0]),
        studyOf('b', [0], { memoryId: 'stratification-stack', configuration: { training: { epochs: 40 } } }),
      ],
      OPTIONS,
    )
    expect(differences).toEqual([
      { path: 'model.memory.id', values: ['superposition-stack', 'stratification-stack'] },
      { path: 'training.epochs', values: [20, 40] },
    ])
  })

  it('take the end of the lengths that is asked for, and leave out what has no figure', () => {
    const input = studyOf('a', [0.1, 0.2])
    expect(across([input], { ...OPTIONS, end: 'shortest' }).rows[0]!.bin).toBe('short')
    expect(across([input], { ...OPTIONS, measure: 'retention' }).rows[0]!.bin).toBeNull()
    const none = studyOf('none', [])
    expect(across([input, none], OPTIONS)).toMatchObject({
      rows: [{ studyId: 'a' }],
      leftOut: [{ studyId: 'none', reason: 'no plan has a figure of skill' }],
    })
  })

  it('are the same twice, and read back from JSON as they were', () => {
    const inputs = [studyOf('a', [0.1, 0.3]), studyOf('b', [0.2, -0.1, 0.4])]
    const record = across(inputs, OPTIONS)
    expect(across(inputs, OPTIONS)).toEqual(record)
    expect(JSON.parse(JSON.stringify(record))).toEqual(record)
  })

  it('can be written as tables', () => {
    const record = across([studyOf('a', [0.1, 0.2])], OPTIONS)
    expect(acrossMarkdown(record)).toMatch(/\| Count \| lstm, superposition-stack \| Study a \|/)
    expect(acrossLatex(record)).toMatch(/\\begin\{tabular\}[^]*Count & lstm, superposition-stack & Study a/)
    const [head, ...rows] = acrossCsv(record).trim().split('\r\n')
    expect(head).toBe('study,name,task,controller,memory,bin,measure,plan,seed,value')
    expect(rows).toHaveLength(4)
    expect(rows[0]).toBe(
      `a,Study a,count-3,lstm,superposition-stack,long,skill,full,1,${record.rows[0]!.cells.full!.summary.values[0]!.value}`,
    )
  })
})
