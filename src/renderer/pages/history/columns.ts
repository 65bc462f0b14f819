import type { RunRow, SortColumn } from '../../../shared/contract/index.ts'
import { STATUS } from '../../components/status.ts'
import { MEASURES } from '../../../shared/measures.ts'
import { duration, moment, share, short, whole } from '../../lib/numbers.ts'

const ABOVE = MEASURES['cross-entropy-difference']

/** A column of the run table. */
export interface Column {
  readonly id: SortColumn
  readonly title: string
  readonly hint?: string
  /** Pixels; of a column that stretches the least, and its share of the room that is left. */
  readonly width: number
  readonly stretch?: number
  readonly numeric?: boolean
  /** Somebody gave it its width. */
  readonly sized?: boolean
  readonly text: (run: RunRow) => string
}

export const COLUMNS: readonly Column[] = [
  { id: 'study', title: 'Study', width: 130, stretch: 3, text: run => run.studyName },
  { id: 'plan', title: 'Plan', width: 150, stretch: 2, text: run => run.planTitle },
  { id: 'seed', title: 'Seed', width: 50, numeric: true, text: run => String(run.seed) },
  { id: 'status', title: 'Status', width: 112, text: run => STATUS[run.diverged ? 'diverged' : run.status].title },
  {
    id: 'bestLoss',
    title: 'Best loss',
    hint: 'Best validation loss, nats per symbol',
    width: 82,
    numeric: true,
    text: run => short(run.bestLoss),
  },
  {
    id: 'firstAccuracy',
    title: 'Short strings',
    hint: 'Accuracy in the first bin',
    width: 96,
    numeric: true,
    text: run => share(run.firstAccuracy),
  },
  {
    id: 'lastAccuracy',
    title: 'Long strings',
    hint: 'Accuracy in the last bin',
    width: 92,
    numeric: true,
    text: run => share(run.lastAccuracy),
  },
  {
    id: 'retention',
    title: MEASURES.retention.short,
    hint: 'Accuracy on the longest strings over accuracy on the shortest; says nothing where a run never left the floor',
    width: 80,
    numeric: true,
    text: run => (run.diverged ? 'diverged' : short(run.retention)),
  },
  {
    id: 'lastDifference',
    title: ABOVE.short,
    hint: `Loss less the exact distribution’s in the last bin, ${ABOVE.unit}`,
    width: 96,
    numeric: true,
    text: run => short(run.lastDifference),
  },
  { id: 'task', title: 'Task', width: 100, stretch: 1.5, text: run => run.taskId },
  { id: 'controller', title: 'Controller', width: 84, text: run => run.controllerId },
  { id: 'memory', title: 'Memory', width: 110, stretch: 1.5, text: run => run.memoryId },
  {
    id: 'learningRate',
    title: 'Rate',
    hint: 'Learning rate of the first epoch',
    width: 76,
    numeric: true,
    text: run => short(run.learningRate),
  },
  { id: 'epochsDone', title: 'Epochs', width: 68, numeric: true, text: run => whole(run.epochsDone) },
  { id: 'bestEpoch', title: 'Best epoch', width: 84, numeric: true, text: run => whole(run.bestEpoch) },
  { id: 'step', title: 'Steps', width: 76, numeric: true, text: run => whole(run.step) },
  {
    id: 'trainLoss',
    title: 'Train loss',
    hint: 'Mean training loss of the newest epoch, nats per symbol',
    width: 82,
    numeric: true,
    text: run => short(run.trainLoss),
  },
  {
    id: 'seconds',
    title: 'Time',
    hint: 'Training time',
    width: 88,
    numeric: true,
    text: run => (run.seconds > 0 ? duration(run.seconds) : ''),
  },
  { id: 'queued', title: 'Added', width: 108, text: run => moment(run.queuedAt) },
  { id: 'started', title: 'Started', width: 108, text: run => moment(run.startedAt) },
  { id: 'ended', title: 'Ended', width: 108, text: run => moment(run.endedAt) },
  { id: 'tags', title: 'Tags', width: 84, stretch: 1, text: run => run.tags.join(', ') },
  { id: 'note', title: 'Note', width: 96, stretch: 2, text: run => run.note },
]

export const DEFAULT_COLUMNS: readonly SortColumn[] = [
  'study',
  'plan',
  'seed',
  'status',
  'bestLoss',
  'lastAccuracy',
  'retention',
  'seconds',
  'ended',
  'tags',
]

/** Widths that somebody gave, pixels. */
export type Widths = Readonly<Partial<Record<SortColumn, number>>>
export const NARROWEST = 40
export const WIDEST = 800

/** The columns of these names, in their order. */
export const columnsNamed = (ids: readonly SortColumn[]): Column[] =>
  [...new Set(ids)].flatMap(id => COLUMNS.find(column => column.id === id) ?? [])

/** What was given a width no longer stretches. */
export const withWidths = (columns: readonly Column[], widths: Widths): Column[] =>
  columns.map(column => {
    const width = widths[column.id]
    if (width === undefined) return column
    const { stretch: _, ...rest } = column
    return { ...rest, width, sized: true }
  })

/** Shown among the others: behind the one that it follows by default. */
export function withColumn(ids: readonly SortColumn[], id: SortColumn): SortColumn[] {
  const usual = COLUMNS.map(column => column.id)
  const place =
    usual
      .slice(0, usual.indexOf(id))
      .reverse()
      .map(other => ids.indexOf(other))
      .find(at => at >= 0) ?? -1
  return ids.toSpliced(place + 1, 0, id)
}

/** @param before the column that it is to stand before; null: last */
export function withMoved(ids: readonly SortColumn[], id: SortColumn, before: SortColumn | null): SortColumn[] {
  if (id === before) return [...ids]
  const others = ids.filter(one => one !== id)
  const at = before === null ? -1 : others.indexOf(before)
  return others.toSpliced(at < 0 ? others.length : at, 0, id)
}

/** What follows the last of those in sight, which need not be all; null: nothing does. */
export const behind = (
  columns: readonly Pick<Column, 'id'>[],
  inSight: readonly Pick<Column, 'id'>[],
): SortColumn | null => columns[columns.findIndex(({ id }) => id === inSight.at(-1)?.id) + 1]?.id ?? null

/** What a column is to stand before once it has moved by one place to the left or right; undefined: it is there already. */
export function beside(
  columns: readonly Pick<Column, 'id'>[],
  id: SortColumn,
  by: number,
): SortColumn | null | undefined {
  const at = columns.findIndex(column => column.id === id)
  if (at + by < 0 || at + by >= columns.length) return undefined
  return columns[by < 0 ? at - 1 : at + 2]?.id ?? null
}

/** Pixels that columns take at least. */
export const widthOf = (columns: readonly Column[]): number => columns.reduce((sum, { width }) => sum + width, 0)

/** What tells runs apart, most telling first. */
const TELLING: readonly SortColumn[] = [
  'plan',
  'seed',
  'bestLoss',
  'study',
  'tags',
  'status',
  'retention',
  'lastAccuracy',
]

/** Columns that fit into so many pixels, in the table's order: first those by which the rows are sorted, then the most telling. One at least. */
export function fitting(columns: readonly Column[], width: number, sorted: readonly SortColumn[]): readonly Column[] {
  const order = [...sorted, ...TELLING, ...columns.map(({ id }) => id)]
    .map(id => columns.find(column => column.id === id))
    .filter(column => column !== undefined)
  const kept: Column[] = []
  for (const column of new Set(order)) if (kept.length === 0 || widthOf([...kept, column]) <= width) kept.push(column)
  return columns.filter(column => kept.includes(column))
}
