import type { Curve, Metric, Series } from '../../shared/records.ts'

/**
 * Neighbouring points of a metric, summed up into a cell of seven numbers: its first and last step; minimum, maximum and sum of the
 * finite values (Infinity, -Infinity and 0 where there is none); how many values are finite, and how many are not.
 */
const WIDTH = 7
const [FIRST, LAST, MIN, MAX, SUM, COUNT, LOST] = [0, 1, 2, 3, 4, 5, 6] as const

/** Points, each for itself, or cells one after the other; in order of steps. */
export type Part = Series | Float64Array

/** A series in cells of `size` points; the last one may have fewer. */
export function cellsOf({ steps, values }: Series, size: number): Float64Array {
  const cells = new Float64Array(WIDTH * Math.ceil(steps.length / size))
  for (let begin = 0, at = 0; begin < steps.length; begin += size, at += WIDTH) {
    const end = Math.min(begin + size, steps.length)
    open(cells, at, steps[begin]!)
    for (let i = begin; i < end; i++) addPoint(cells, at, steps[i]!, values[i]!)
  }
  return cells
}

/**
 * Points and cells in order of steps, put together into at most `buckets` buckets of about equally many steps. A cell is never divided,
 * so a bucket's numbers hold exactly for the steps that it names.
 */
export function bucketed(metric: Metric, parts: readonly Part[], buckets: number): Curve {
  const held = parts.filter(part => sizeOf(part) > 0)
  const first = held.length > 0 ? firstOf(held[0]!) : 0
  const width = held.length > 0 ? (lastOf(held.at(-1)!) - first + 1) / buckets : 0
  const merged = new Float64Array(
    WIDTH *
      Math.min(
        buckets,
        held.reduce((sum, part) => sum + sizeOf(part), 0),
      ),
  )
  let current = -1
  let at = -WIDTH
  /** Where the bucket stands that a step falls into. */
  const placeOf = (step: number): number => {
    const bucket = Math.min(buckets - 1, Math.floor((step - first) / width))
    if (bucket !== current) open(merged, (at += WIDTH), step)
    current = bucket
    return at
  }
  for (const part of held) {
    if (part instanceof Float64Array)
      for (let i = 0; i < part.length; i += WIDTH) addCell(merged, placeOf(part[i + FIRST]!), part, i)
    else
      for (let i = 0; i < part.steps.length; i++)
        addPoint(merged, placeOf(part.steps[i]!), part.steps[i]!, part.values[i]!)
  }
  return columnsOf(metric, merged.subarray(0, at + WIDTH))
}

const sizeOf = (part: Part): number => (part instanceof Float64Array ? part.length / WIDTH : part.steps.length)
const firstOf = (part: Part): number => (part instanceof Float64Array ? part[FIRST]! : part.steps[0]!)
const lastOf = (part: Part): number =>
  part instanceof Float64Array ? part[part.length - WIDTH + LAST]! : part.steps.at(-1)!

function open(cells: Float64Array, at: number, step: number): void {
  cells[at + FIRST] = step
  cells[at + MIN] = Infinity
  cells[at + MAX] = -Infinity
}

function addPoint(cells: Float64Array, at: number, step: number, value: number): void {
  cells[at + LAST] = step
  if (!Number.isFinite(value)) {
    cells[at + LOST]!++
    return
  }
  cells[at + MIN] = Math.min(cells[at + MIN]!, value)
  cells[at + MAX] = Math.max(cells[at + MAX]!, value)
  cells[at + SUM]! += value
  cells[at + COUNT]!++
}

function addCell(cells: Float64Array, at: number, from: Float64Array, i: number): void {
  cells[at + LAST] = from[i + LAST]!
  cells[at + MIN] = Math.min(cells[at + MIN]!, from[i + MIN]!)
  cells[at + MAX] = Math.max(cells[at + MAX]!, from[i + MAX]!)
  cells[at + SUM]! += from[i + SUM]!
  cells[at + COUNT]! += from[i + COUNT]!
  cells[at + LOST]! += from[i + LOST]!
}

function columnsOf(metric: Metric, cells: Float64Array): Curve {
  const count = cells.length / WIDTH
  const column = (which: number): Float64Array => {
    const values = new Float64Array(count)
    for (let i = 0, at = which; i < count; i++, at += WIDTH) values[i] = cells[at]!
    return values
  }
  const counts = column(COUNT)
  const finite = (values: Float64Array): Float64Array => values.map((value, i) => (counts[i]! > 0 ? value : NaN))
  return {
    metric,
    from: column(FIRST),
    to: column(LAST),
    min: finite(column(MIN)),
    max: finite(column(MAX)),
    mean: column(SUM).map((sum, i) => (counts[i]! > 0 ? sum / counts[i]! : NaN)),
    count: counts,
    lost: column(LOST),
  }
}
