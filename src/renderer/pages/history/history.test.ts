import { nextTick, shallowRef } from 'vue'
import { mount } from '@vue/test-utils'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Facets, RunGroup, RunPage, RunQuery, RunRow } from '../../../shared/contract/index.ts'
import { parseSearch } from '../../../shared/search/parse.ts'
import { LAB } from '../../composables/lab.ts'
import { fakeLab } from '../../testing/fake-lab.ts'
import {
  behind,
  beside,
  COLUMNS,
  columnsNamed,
  DEFAULT_COLUMNS,
  fitting,
  widthOf,
  withColumn,
  withMoved,
  withWidths,
} from './columns.ts'
import { completions } from './complete.ts'
import { linesOf, nextSort, windowOf } from './rows.ts'
import { useSelection } from './selection.ts'
import { useRows } from './use-rows.ts'

const group = (key: string, start: number, count: number): RunGroup => ({
  key,
  label: key,
  start,
  count,
  meanBestLoss: null,
  meanRetention: null,
})

describe('columns beside an open record', () => {
  const ids = (width: number, sorted: Parameters<typeof fitting>[2] = []): string[] =>
    fitting(columnsNamed(DEFAULT_COLUMNS), width, sorted).map(({ id }) => id)

  it('are those that tell most, in the table’s order, and the sorted ones before others', () => {
    expect(ids(widthOf(COLUMNS))).toEqual(DEFAULT_COLUMNS)
    expect(ids(290)).toEqual(['plan', 'seed', 'bestLoss'])
    expect(ids(290, ['ended'])).toEqual(['plan', 'ended'])
    // Beside the record of a window 1280 wide.
    expect(ids(644)).toEqual(['study', 'plan', 'seed', 'status', 'bestLoss', 'tags'])
    expect(ids(0)).toEqual(['plan'])
  })

  it('fit, whatever the room', () => {
    fc.assert(
      fc.property(fc.integer({ min: 150, max: 2000 }), fc.subarray(COLUMNS.map(({ id }) => id)), (width, sorted) => {
        const found = fitting(COLUMNS, width, sorted)
        expect(widthOf(found)).toBeLessThanOrEqual(width)
        expect(found.length).toBeGreaterThan(0)
      }),
    )
  })
})

describe('lines of a table', () => {
  it('are its runs when nothing is grouped', () => {
    const lines = linesOf(3, [], new Set())
    expect([lines.count, lines.at(2), lines.lineOf(2), lines.lineOf(3)]).toEqual([3, { kind: 'run', index: 2 }, 2, -1])
  })

  it('have headings, and nothing below those that are closed', () => {
    const lines = linesOf(6, [group('a', 0, 2), group('b', 2, 3), group('c', 5, 1)], new Set(['b']))
    expect(lines.count).toBe(6)
    expect(
      Array.from({ length: 6 }, (_, i) => {
        const line = lines.at(i)
        return line.kind === 'group' ? line.group.key : line.index
      }),
    ).toEqual(['a', 0, 1, 'b', 'c', 5])
    expect([lines.lineOf(1), lines.lineOf(3), lines.lineOf(5)]).toEqual([2, -1, 5])
  })

  it('find back what they show', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ count: fc.integer({ min: 1, max: 5 }), closed: fc.boolean() }), {
          minLength: 1,
          maxLength: 12,
        }),
        shape => {
          let start = 0
          const groups = shape.map(({ count }, i) => {
            const made = group(String(i), start, count)
            start += count
            return made
          })
          const lines = linesOf(start, groups, new Set(shape.flatMap(({ closed }, i) => (closed ? [String(i)] : []))))
          for (let line = 0; line < lines.count; line++) {
            const shown = lines.at(line)
            if (shown.kind === 'run') expect(lines.lineOf(shown.index)).toBe(line)
          }
        },
      ),
    )
  })

  it('in sight are few', () => {
    expect(windowOf({ scrollTop: 2800, height: 560, rowHeight: 28, count: 10_000 })).toEqual({ first: 92, last: 128 })
    expect(windowOf({ scrollTop: 0, height: 560, rowHeight: 28, count: 3 })).toEqual({ first: 0, last: 3 })
  })
})

describe('columns as somebody wants them', () => {
  const ids = ['study', 'plan', 'seed', 'status'] as const

  it('stand in their order, with the widths that were given', () => {
    expect(withWidths(columnsNamed(['seed', 'study', 'seed']), { study: 300 })).toMatchObject([
      { id: 'seed', width: 50 },
      { id: 'study', width: 300, sized: true },
    ])
    expect(withWidths(columnsNamed(['study']), { study: 300 })[0]).not.toHaveProperty('stretch')
  })

  it('move before another, or to the end', () => {
    expect([
      withMoved(ids, 'status', 'plan'),
      withMoved(ids, 'study', null),
      withMoved(ids, 'plan', 'plan'),
      withMoved(ids, 'plan', 'note'),
    ]).toEqual([
      ['study', 'status', 'plan', 'seed'],
      ['plan', 'seed', 'status', 'study'],
      [...ids],
      ['study', 'seed', 'status', 'plan'],
    ])
    const columns = columnsNamed(ids)
    expect([
      beside(columns, 'study', -1),
      beside(columns, 'status', 1),
      beside(columns, 'plan', -1),
      beside(columns, 'plan', 1),
      beside(columns, 'seed', 1),
    ]).toEqual([undefined, undefined, 'study', 'status', null])
  })

  it('go behind those in sight, and not behind the others too', () => {
    const columns = columnsNamed(ids)
    expect([behind(columns, columnsNamed(['study', 'seed'])), behind(columns, columns)]).toEqual(['status', null])
  })

  it('appear where they belong', () => {
    expect([withColumn(ids, 'bestLoss'), withColumn(['seed', 'study'], 'plan'), withColumn(['seed'], 'study')]).toEqual(
      [
        [...ids, 'bestLoss'],
        ['seed', 'study', 'plan'],
        ['study', 'seed'],
      ],
    )
  })
})

it('sorts up, down, not at all; with Shift by several columns', () => {
  const once = nextSort([], 'seed', false)
  const twice = nextSort(once, 'seed', false)
  expect([once, twice, nextSort(twice, 'seed', false)]).toEqual([
    [{ by: 'seed', descending: false }],
    [{ by: 'seed', descending: true }],
    [],
  ])
  expect(nextSort(once, 'plan', true)).toEqual([
    { by: 'seed', descending: false },
    { by: 'plan', descending: false },
  ])
  expect(nextSort(nextSort(once, 'plan', true), 'seed', true)).toEqual([
    { by: 'seed', descending: true },
    { by: 'plan', descending: false },
  ])
})

describe('completion of a search', () => {
  const facets: Facets = {
    fields: {
      plan: [
        { value: 'frozen-memory', label: 'Memory frozen', runs: 12 },
        { value: 'full', label: 'Full training', runs: 8 },
      ],
      study: [{ value: 'Quick look', label: 'Quick look', runs: 20 }],
    },
  }
  const apply = (search: string, cursor = search.length): string[] =>
    completions(search, cursor, facets).map(
      ({ insert, start, end }) => search.slice(0, start) + insert + search.slice(end),
    )

  it('names fields, then values', () => {
    expect(apply('re')).toEqual(['retention>'])
    expect(apply('is:starred -pl')).toEqual(['is:starred -plan:'])
    expect(apply('plan:mem')).toEqual(['plan:frozen-memory '])
    expect(apply('plan:full,fr')).toEqual(['plan:full,frozen-memory '])
    expect(apply('is:sta seed:1', 6)).toEqual(['is:starred  seed:1'])
    expect(apply('study:')).toEqual(['study:"Quick look" '])
    expect(apply('study:"Quick l')).toEqual(['study:"Quick look" '])
  })

  it('makes searches that can be read', () => {
    for (const made of [...apply('plan:'), ...apply('study:'), ...apply('is:')])
      expect(parseSearch(made)).toHaveLength(1)
  })
})

it('chooses rows by click, one by one and in a row', () => {
  const { click, ids } = useSelection()
  const idOf = (i: number): string => `r${i}`
  const plain = { shiftKey: false, ctrlKey: false, metaKey: false }
  click(2, plain, idOf)
  click(4, { ...plain, shiftKey: true }, idOf)
  expect([...ids.value]).toEqual(['r2', 'r3', 'r4'])
  click(3, { ...plain, ctrlKey: true }, idOf)
  click(8, { ...plain, metaKey: true }, idOf)
  expect([...ids.value].sort()).toEqual(['r2', 'r4', 'r8'])
  click(1, plain, idOf)
  expect([...ids.value]).toEqual(['r1'])
})

describe('rows of a query', () => {
  const settle = (): Promise<unknown> =>
    new Promise(resolve => {
      setTimeout(resolve)
    })
  const row = (i: number): RunRow => ({ id: `r${i}` }) as RunRow

  it('come page by page as they are wanted, and anew when the query or the history changes', async () => {
    let total = 1000
    const list = vi.fn(({ offset = 0, limit = 200 }: { offset?: number; limit?: number } = {}): Promise<RunPage> =>
      Promise.resolve({
        rows: Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, i) => row(offset + i)),
        total,
        offset,
        groups: [],
        version: 1,
      }),
    )
    const { lab, say } = fakeLab({ runs: { list } })
    const query = shallowRef<RunQuery>({ search: '' })
    let rows!: ReturnType<typeof useRows>
    const view = mount(
      {
        setup() {
          rows = useRows(query)
          return () => null
        },
      },
      { global: { provide: { [LAB as symbol]: lab } } },
    )
    await settle()
    expect([rows.total.value, rows.rowAt(199)?.id, rows.rowAt(200)]).toEqual([1000, 'r199', undefined])
    rows.want(390, 430)
    await settle()
    expect([rows.rowAt(395)?.id, rows.rowAt(410)?.id]).toEqual(['r395', 'r410'])
    rows.want(390, 430)
    await settle()
    expect(list).toHaveBeenCalledTimes(3)

    total = 10
    say('changes.onChange', { version: 2, what: ['runs'], runs: [] })
    await settle()
    expect(rows.total.value).toBe(10)
    query.value = { search: 'is:starred' }
    await nextTick()
    await settle()
    expect(list.mock.lastCall?.[0]).toMatchObject({ search: 'is:starred', offset: 0 })
    view.unmount()
    const calls = list.mock.calls.length
    say('changes.onChange', { version: 3, what: ['runs'], runs: [] })
    expect(list).toHaveBeenCalledTimes(calls)
  })

  it('keep what is there beside an error', async () => {
    let fails = false
    const { lab, say } = fakeLab({
      runs: {
        list: () =>
          fails
            ? Promise.reject(new Error('At character 3: …'))
            : Promise.resolve({ rows: [row(0)], total: 1, offset: 0, groups: [], version: 1 }),
      },
    })
    let rows!: ReturnType<typeof useRows>
    mount(
      {
        setup() {
          rows = useRows(shallowRef<RunQuery>({}))
          return () => null
        },
      },
      { global: { provide: { [LAB as symbol]: lab } } },
    )
    await settle()
    fails = true
    say('changes.onChange', { version: 2, what: ['runs'], runs: [] })
    await settle()
    expect([rows.error.value?.message, rows.rowAt(0)?.id]).toEqual(['At character 3: …', 'r0'])
  })
})
