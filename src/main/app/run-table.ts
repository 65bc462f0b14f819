import type { GroupColumn, RunGroup, RunPage, RunQuery, RunRow, SortColumn } from '../../shared/contract/index.ts'
import { matcher, namesArchived } from '../../shared/search/match.ts'
import { parseSearch } from '../../shared/search/parse.ts'

/** A value that a column holds: text in order of the alphabet, numbers by size; null comes last, whichever way. */
type Value = string | number | null

export const COLUMN_VALUES: Readonly<Record<SortColumn, (run: RunRow) => Value>> = {
  queued: run => run.queuedAt,
  study: run => run.studyName,
  task: run => run.taskId,
  controller: run => run.controllerId,
  memory: run => run.memoryId,
  plan: run => run.planTitle,
  seed: run => run.seed,
  status: run => run.status,
  learningRate: run => run.learningRate,
  epochsDone: run => run.epochsDone,
  step: run => run.step,
  bestEpoch: run => run.bestEpoch,
  bestLoss: run => run.bestLoss,
  trainLoss: run => run.trainLoss,
  firstAccuracy: run => run.firstAccuracy,
  lastAccuracy: run => run.lastAccuracy,
  retention: run => run.retention,
  lastDifference: run => run.lastDifference,
  seconds: run => run.seconds,
  started: run => run.startedAt,
  ended: run => run.endedAt,
  starred: run => Number(run.starred),
  note: run => run.note || null,
  tags: run => run.tags.join(' ') || null,
}

/** How good a run is: one that diverged comes last, whichever way. */
const MEASURED: readonly SortColumn[] = [
  'bestLoss',
  'trainLoss',
  'firstAccuracy',
  'lastAccuracy',
  'retention',
  'lastDifference',
]

const GROUPS: Readonly<Record<GroupColumn, (run: RunRow) => { key: string; label: string }>> = {
  study: run => ({ key: run.studyId, label: run.studyName }),
  plan: run => ({ key: run.planId, label: run.planTitle }),
  task: run => same(run.taskId),
  controller: run => same(run.controllerId),
  memory: run => same(run.memoryId),
  seed: run => same(String(run.seed)),
  status: run => same(run.status),
  tags: run => same(run.tags.join(', ')),
}

const same = (text: string): { key: string; label: string } => ({ key: text, label: text })

/** The rows that match, in order. @throws LabError `bad-search` */
export function arrange(
  rows: readonly RunRow[],
  { search = '', sort = [], group = null, archived = false }: RunQuery,
): { rows: readonly RunRow[]; groups: readonly RunGroup[] } {
  const terms = parseSearch(search)
  const matches = matcher(terms)
  const all = archived || namesArchived(terms)
  const sorted = sortRows(
    rows.filter(row => (all || !row.archived) && matches(row)),
    sort,
  )
  return group === null ? { rows: sorted, groups: [] } : grouped(sorted, group)
}

export function pageOf(
  rows: readonly RunRow[],
  query: RunQuery & { offset: number; limit: number },
  version: number,
): RunPage {
  const { rows: arranged, groups } = arrange(rows, query)
  return {
    rows: arranged.slice(query.offset, query.offset + query.limit),
    total: arranged.length,
    offset: query.offset,
    groups,
    version,
  }
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function sortRows(rows: readonly RunRow[], sort: NonNullable<RunQuery['sort']>): readonly RunRow[] {
  if (sort.length === 0) return rows
  const keys = sort.map(({ by, descending = false }) => ({
    values: ranks(
      rows,
      MEASURED.includes(by) ? run => (run.diverged ? null : COLUMN_VALUES[by](run)) : COLUMN_VALUES[by],
    ),
    sign: descending ? -1 : 1,
  }))
  const order = rows
    .map((_, i) => i)
    .sort((a, b) => {
      for (const { values, sign } of keys) {
        const [x, y] = [values[a]!, values[b]!]
        if (x !== y) return x === Infinity ? 1 : y === Infinity ? -1 : sign * (x - y)
      }
      return a - b
    })
  return order.map(i => rows[i]!)
}

/** A number for each row that orders as its value does; Infinity for none. Each text is compared once for all rows that have it. */
function ranks(rows: readonly RunRow[], of: (run: RunRow) => Value): Float64Array {
  const values = rows.map(of)
  const texts = [...new Set(values.filter(value => typeof value === 'string'))].sort(collator.compare)
  const rank = new Map(texts.map((text, i) => [text, i]))
  return Float64Array.from(values, value =>
    value === null ? Infinity : typeof value === 'number' ? Math.min(value, Number.MAX_VALUE) : rank.get(value)!,
  )
}

function grouped(
  rows: readonly RunRow[],
  column: GroupColumn,
): { rows: readonly RunRow[]; groups: readonly RunGroup[] } {
  const byKey = new Map<string, { label: string; rows: RunRow[] }>()
  for (const row of rows) {
    const { key, label } = GROUPS[column](row)
    const own = byKey.get(key)
    if (own) own.rows.push(row)
    else byKey.set(key, { label, rows: [row] })
  }
  let start = 0
  const groups = [...byKey].map(([key, { label, rows }]): RunGroup => {
    const group = {
      key,
      label,
      start,
      count: rows.length,
      meanBestLoss: meanOf(rows, row => row.bestLoss),
      meanRetention: meanOf(rows, row => row.retention),
    }
    start += rows.length
    return group
  })
  return { rows: [...byKey.values()].flatMap(({ rows }) => rows), groups }
}

function meanOf(rows: readonly RunRow[], of: (row: RunRow) => number | null): number | null {
  // Losses of unlike tasks have no mean, and a run that diverged has no part in one.
  if (rows.some(({ taskId }) => taskId !== rows[0]!.taskId)) return null
  const values = rows
    .filter(({ diverged }) => !diverged)
    .map(of)
    .filter(value => value !== null)
  return values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : null
}
