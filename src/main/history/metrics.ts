import { METRICS } from '../../shared/records.ts'
import type { Curve, Metric, Series } from '../../shared/records.ts'
import { bucketed, cellsOf } from './cells.ts'
import type { Part } from './cells.ts'
import type { Database } from './database.ts'
import { decodeFloats, decodePoint, encodeFloats, encodePoint, pointOf } from './points.ts'
import type { Progress } from './points.ts'

/** Points folded into one chunk, and points in one of its cells. */
export const CHUNK = 1024
const CELL = 32

interface ChunkRow {
  seq: number
  first_step: number
  last_step: number
  count: number
}
interface TailRow {
  step: number
  data: Uint8Array
}

/**
 * Stores a progress point of a run, given as its row number and its newest point's step. Points only move on: one at or before that
 * step is a repetition and is left out. Inside `write`.
 */
export function addPoint(db: Database, run: number, newest: number, event: Progress): void {
  if (event.step <= newest) return
  db.statement<[number, number, Uint8Array]>('INSERT INTO points (run, step, data) VALUES (?, ?, ?)').run(
    run,
    event.step,
    encodePoint(pointOf(event)),
  )
  const tail = db
    .statement<[number, number], number>('UPDATE runs SET point_step = ?, tail = tail + 1 WHERE seq = ? RETURNING tail')
    .pluck()
    .get(event.step, run)
  if (tail! >= CHUNK) foldTail(db, run)
}

/** Moves a run's rows into chunks, one for each metric. Inside `write`. */
export function foldTail(db: Database, run: number): void {
  for (const [metric, series] of seriesOfRows(tailRows(db, run))) addChunk(db, run, metric, series)
  db.statement<[number]>('DELETE FROM points WHERE run = ?').run(run)
  db.statement<[number]>('UPDATE runs SET tail = 0 WHERE seq = ?').run(run)
}

/** Removes the points after `step`. Inside `write`. */
export function cutPoints(db: Database, run: number, step: number): void {
  db.statement<[number, number]>('DELETE FROM points WHERE run = ? AND step > ?').run(run, step)
  const split = db
    .statement<[number, number, number], { metric: Metric; steps: Uint8Array; bits: Uint8Array }>(
      'SELECT metric, steps, bits FROM chunks WHERE run = ? AND first_step <= ? AND last_step > ?',
    )
    .all(run, step, step)
  db.statement<[number, number]>('DELETE FROM chunks WHERE run = ? AND last_step > ?').run(run, step)
  for (const { metric, steps, bits } of split) addChunk(db, run, metric, within(decode(steps, bits), -Infinity, step))
  db.statement<[{ run: number }]>(
    `UPDATE runs SET tail = (SELECT count(*) FROM points WHERE run = :run), point_step = max(
    coalesce((SELECT max(step) FROM points WHERE run = :run), -1), coalesce((SELECT max(last_step) FROM chunks WHERE run = :run), -1)) WHERE seq = :run`,
  ).run({ run })
}

/** Every point of a run to the bit, by metric; a metric without points is absent. */
export function allSeries(db: Database, run: number): Partial<Record<Metric, Series>> {
  const tail = seriesOfRows(tailRows(db, run))
  return Object.fromEntries(
    METRICS.flatMap(metric => {
      const parts = chunkPoints(db, run, metric)
      const end = tail.get(metric)
      if (end) parts.push(end)
      return parts.length > 0 ? [[metric, joined(parts)]] : []
    }),
  )
}

/**
 * A metric between two steps in at most `buckets` buckets. A long span is summed up from stored cells, so a bucket's edges lie where
 * theirs do; minimum, maximum and counts are exact for the steps that the bucket names, the mean up to the order of summation.
 */
export function curveOf(
  db: Database,
  run: number,
  metric: Metric,
  { buckets, from = -Infinity, to = Infinity }: { buckets: number; from?: number; to?: number },
): Curve {
  const chunks = db
    .statement<[number, string, number, number], ChunkRow>(
      'SELECT seq, first_step, last_step, count FROM chunks WHERE run = ? AND metric = ? AND last_step >= ? AND first_step <= ? ORDER BY first_step',
    )
    .all(run, metric, from, to)
  const tail = within(seriesOfRows(tailRows(db, run)).get(metric) ?? EMPTY, from, to)
  const points = chunks.reduce((sum, chunk) => sum + chunk.count, tail.steps.length)
  const parts = chunks.map(chunk => {
    const cut = chunk.first_step < from || chunk.last_step > to
    return cut ? within(pointsOf(db, chunk.seq), from, to) : chunkPart(db, chunk.seq, points / buckets)
  })
  return bucketed(metric, [...parts, tail], buckets)
}

/** As coarse as two cells a bucket allow. */
function chunkPart(db: Database, chunk: number, pointsPerBucket: number): Part {
  if (pointsPerBucket < 2 * CELL) return pointsOf(db, chunk)
  const column = pointsPerBucket >= 2 * CHUNK ? 'summary' : 'cells'
  return decodeFloats(
    db.statement<[number], Uint8Array>(`SELECT ${column} FROM chunks WHERE seq = ?`).pluck().get(chunk)!,
  )
}

const EMPTY: Series = { steps: new Float64Array(), values: new Float64Array() }

function addChunk(db: Database, run: number, metric: Metric, series: Series): void {
  const count = series.steps.length
  if (count === 0) return
  db.statement<[number, string, number, number, number, Uint8Array, Uint8Array, Uint8Array, Uint8Array]>(
    'INSERT INTO chunks (run, metric, first_step, last_step, count, summary, cells, steps, bits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  ).run(
    run,
    metric,
    series.steps[0]!,
    series.steps[count - 1]!,
    count,
    encodeFloats(cellsOf(series, count)),
    encodeFloats(cellsOf(series, CELL)),
    encodeFloats(series.steps),
    encodeFloats(series.values),
  )
}

function tailRows(db: Database, run: number): TailRow[] {
  return db.statement<[number], TailRow>('SELECT step, data FROM points WHERE run = ? ORDER BY step').all(run)
}

function seriesOfRows(rows: readonly TailRow[]): Map<Metric, Series> {
  const columns = new Map<Metric, { steps: number[]; values: number[] }>()
  for (const { step, data } of rows) {
    for (const [metric, value] of Object.entries(decodePoint(data)) as [Metric, number][]) {
      const column = columns.get(metric) ?? { steps: [], values: [] }
      column.steps.push(step)
      column.values.push(value)
      columns.set(metric, column)
    }
  }
  return new Map(
    [...columns].map(([metric, { steps, values }]) => [
      metric,
      { steps: Float64Array.from(steps), values: Float64Array.from(values) },
    ]),
  )
}

function chunkPoints(db: Database, run: number, metric: Metric): Series[] {
  return db
    .statement<[number, string], { steps: Uint8Array; bits: Uint8Array }>(
      'SELECT steps, bits FROM chunks WHERE run = ? AND metric = ? ORDER BY first_step',
    )
    .all(run, metric)
    .map(({ steps, bits }) => decode(steps, bits))
}

function pointsOf(db: Database, seq: number): Series {
  const { steps, bits } = db
    .statement<[number], { steps: Uint8Array; bits: Uint8Array }>('SELECT steps, bits FROM chunks WHERE seq = ?')
    .get(seq)!
  return decode(steps, bits)
}

const decode = (steps: Uint8Array, bits: Uint8Array): Series => ({
  steps: decodeFloats(steps),
  values: decodeFloats(bits),
})

/** The points from `from` to `to`, both included. */
function within({ steps, values }: Series, from: number, to: number): Series {
  const begin = steps.findIndex(step => step >= from)
  const end = steps.findLastIndex(step => step <= to) + 1
  return begin < 0 || end <= begin ? EMPTY : { steps: steps.slice(begin, end), values: values.slice(begin, end) }
}

function joined(parts: readonly Series[]): Series {
  const all = (pick: (part: Series) => Float64Array): Float64Array => {
    const whole = new Float64Array(parts.reduce((sum, part) => sum + part.steps.length, 0))
    let at = 0
    for (const part of parts) {
      whole.set(pick(part), at)
      at += part.steps.length
    }
    return whole
  }
  return { steps: all(part => part.steps), values: all(part => part.values) }
}
