import { describe, expect, it } from 'vitest'
import { SORT_COLUMNS, GROUP_COLUMNS, type RunRow } from '../../shared/contract/runs.ts'
import { chance } from '../../engine/chance.ts'
import { exportTable } from './export-table.ts'
import { facetsOf } from './facets.ts'
import { arrange, COLUMN_VALUES, pageOf } from './run-table.ts'

const row = (i: number, fields: Partial<RunRow> = {}): RunRow => ({
  id: `s.full.${i}`,
  studyId: 's',
  studyName: 'Study 1',
  planId: 'full',
  planTitle: 'Full training',
  seed: i,
  status: 'finished',
  error: null,
  learningRate: 0.01,
  epochs: 2,
  stepsPerEpoch: 4,
  epochsDone: 2,
  step: 8,
  bestEpoch: 1,
  bestLoss: i / 10,
  trainLoss: null,
  frozenIntact: true,
  arithmetic: null,
  queuedAt: i,
  startedAt: null,
  endedAt: null,
  seconds: 1,
  starred: false,
  archived: false,
  note: '',
  tags: [],
  taskId: 'marked-reversal',
  controllerId: 'lstm',
  memoryId: 'none',
  firstAccuracy: null,
  lastAccuracy: null,
  diverged: false,
  retention: null,
  lastDifference: null,
  ...fields,
})

const ids = (rows: readonly RunRow[]): number[] => rows.map(({ seed }) => seed)

describe('the run table', () => {
  const rows = [
    row(1, { bestLoss: 0.3, studyName: 'Study 10' }),
    row(2, { bestLoss: null, studyName: 'study 2' }),
    row(3, { bestLoss: 0.1, archived: true }),
    row(4, { bestLoss: 0.2, studyName: 'Study 2', tags: ['x'] }),
  ]

  it('leaves archived runs out unless they are asked for', () => {
    expect(ids(arrange(rows, {}).rows)).toEqual([1, 2, 4])
    expect(ids(arrange(rows, { archived: true }).rows)).toEqual([1, 2, 3, 4])
    expect(ids(arrange(rows, { search: 'is:archived' }).rows)).toEqual([3])
    expect(ids(arrange(rows, { search: 'loss<0.25' }).rows)).toEqual([4])
  })

  it('sorts numbers by size and text as people do; what is not known comes last either way; equals keep their order', () => {
    expect(ids(arrange(rows, { sort: [{ by: 'bestLoss' }] }).rows)).toEqual([4, 1, 2])
    expect(ids(arrange(rows, { sort: [{ by: 'bestLoss', descending: true }] }).rows)).toEqual([1, 4, 2])
    expect(ids(arrange(rows, { sort: [{ by: 'study' }] }).rows)).toEqual([2, 4, 1])
    expect(ids(arrange(rows, { sort: [{ by: 'memory' }] }).rows)).toEqual([1, 2, 4])
    expect(ids(arrange(rows, { sort: [{ by: 'tags' }, { by: 'seed', descending: true }] }).rows)).toEqual([4, 2, 1])
  })

  it.each(SORT_COLUMNS)('sorts by %s as a comparison of each two would', by => {
    const source = chance(1)
    const mixed = Array.from({ length: 60 }, (_, i) =>
      row(source.integer(30), {
        bestLoss: source.integer(3) ? source.uniform() : null,
        studyName: `Study ${source.integer(20)}`,
        note: source.integer(2) ? `n${i % 7}` : '',
        startedAt: source.integer(2) ? i % 9 : null,
      }),
    )
    const sorted = arrange(mixed, { sort: [{ by }] }).rows.map(COLUMN_VALUES[by])
    sorted.slice(1).forEach((value, i) => {
      const before = sorted[i]!
      if (before === null) expect(value).toBeNull()
      else if (value !== null)
        expect(
          typeof value === 'number'
            ? value >= (before as number)
            : value.localeCompare(before as string, 'en', { numeric: true, sensitivity: 'base' }) >= 0,
        ).toBe(true)
    })
  })

  it.each(GROUP_COLUMNS)('stands together by %s, every row in one group', column => {
    const { rows: all, groups } = arrange(
      [
        row(1, { taskId: 'b', planId: 'p', tags: ['a', 'b'] }),
        row(2),
        row(1, { taskId: 'b' }),
        row(3, { status: 'failed', memoryId: 'm', controllerId: 'gru', studyId: 't' }),
      ],
      { group: column, sort: [{ by: 'seed', descending: true }] },
    )
    expect(all).toHaveLength(4)
    expect(groups.map(({ start }) => start)).toEqual(
      groups.map((_, i) => groups.slice(0, i).reduce((sum, { count }) => sum + count, 0)),
    )
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(4)
    expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length)
  })

  it('puts runs that diverged last in every order of how good they are, and into no mean', () => {
    const some = [
      row(1, { bestLoss: 0.2, retention: 0.7 }),
      row(2, { bestLoss: 1e13, retention: null, diverged: true }),
      row(3, { bestLoss: 0.4, retention: 0.9 }),
    ]
    const seeds = (descending: boolean) =>
      arrange(some, { sort: [{ by: 'bestLoss', descending }] }).rows.map(({ seed }) => seed)
    expect([seeds(false), seeds(true)]).toEqual([
      [1, 3, 2],
      [3, 1, 2],
    ])
    expect(arrange(some, { group: 'task' }).groups[0]).toMatchObject({
      meanBestLoss: expect.closeTo(0.3, 12),
      meanRetention: expect.closeTo(0.8, 12),
    })
  })

  it('tells no mean over unlike tasks', () => {
    const mixed = [row(1, { bestLoss: 0.2 }), row(2, { bestLoss: 0.4, taskId: 'dyck' })]
    expect(arrange(mixed, { group: 'controller' }).groups[0]).toMatchObject({ meanBestLoss: null, meanRetention: null })
  })

  it('tells the means of a group over what is known', () => {
    const { groups } = arrange(rows, { group: 'task', archived: true })
    expect(groups).toEqual([
      {
        key: 'marked-reversal',
        label: 'marked-reversal',
        start: 0,
        count: 4,
        meanBestLoss: expect.closeTo(0.2, 12),
        meanRetention: null,
      },
    ])
  })

  it('gives a page of it', () => {
    expect(pageOf(rows, { offset: 1, limit: 1, sort: [{ by: 'bestLoss' }] }, 7)).toMatchObject({
      rows: [{ seed: 1 }],
      total: 3,
      offset: 1,
      version: 7,
    })
    expect(pageOf(rows, { offset: 10, limit: 5 }, 7).rows).toEqual([])
  })

  it('knows the values to search for', () => {
    const { fields } = facetsOf([...rows, row(5, { planId: 'frozen', planTitle: 'Memory frozen', starred: true })])
    expect(fields.plan).toEqual([
      { value: 'full', label: 'Full training', runs: 4 },
      { value: 'frozen', label: 'Memory frozen', runs: 1 },
    ])
    expect(fields.tag).toEqual([{ value: 'x', label: 'x', runs: 1 }])
    expect(fields.is!.find(({ value }) => value === 'starred')!.runs).toBe(1)
    expect(fields.seed).toBeUndefined()
  })
})

describe('an exported table', () => {
  const rows = [row(1, { bestLoss: 0.123456789, note: 'a|b, "c"\n_d_', endedAt: 0 }), row(2, { bestLoss: null })]
  const text = (format: 'csv' | 'json' | 'latex' | 'markdown') =>
    new TextDecoder().decode(exportTable(rows, ['plan', 'bestLoss', 'note', 'ended'], format).bytes)

  it('is exact in CSV and JSON', () => {
    expect(text('csv')).toBe(
      'run,plan,bestLoss,note,ended\ns.full.1,Full training,0.123456789,"a|b, ""c""\n_d_",1970-01-01T00:00:00.000Z\ns.full.2,Full training,,,\n',
    )
    expect(JSON.parse(text('json'))).toEqual([
      {
        run: 's.full.1',
        plan: 'Full training',
        bestLoss: 0.123456789,
        note: 'a|b, "c"\n_d_',
        ended: '1970-01-01T00:00:00.000Z',
      },
      { run: 's.full.2', plan: 'Full training', bestLoss: null, note: null, ended: null },
    ])
  })

  it('is readable in Markdown and LaTeX, with nothing that they would take for markup', () => {
    expect(text('markdown').split('\n').slice(0, 3)).toEqual([
      '| plan | bestLoss | note | ended |',
      '| --- | ---: | --- | --- |',
      '| Full training | 0.1235 | a\\|b, "c" \\_d\\_ | 1970-01-01T00:00:00.000Z |',
    ])
    expect(text('latex')).toContain(
      'Full training & 0.1235 & a\\textbar{}b, "c" \\_d\\_ & 1970-01-01T00:00:00.000Z \\\\',
    )
    expect(text('latex')).toContain('\\begin{tabular}{lrll}')
  })
})
