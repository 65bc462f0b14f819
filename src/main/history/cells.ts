import type { Curve, Metric, Series } from '../../shared/records.ts'

/** Neighbouring points of a metric, summed up. */
export interface Cell {
  first: number
  last: number
  /** Over the finite values; Infinity and -Infinity where there is none. */
  min: number
  max: number
  sum: number
  /** Finite values, and others. */
  count: number
  lost: number
}

/** Numbers in an encoded cell. */
const WIDTH = 7

/** Points `begin` … `end`-1 of a series as one cell; at least one point. */
export function cellOf({ steps, values }: Series, begin: number, end: number): Cell {
  const cell: Cell = { first: steps[begin]!, last: steps[end - 1]!, min: Infinity, max: -Infinity, sum: 0, count: 0, lost: 0 }
  for (let i = begin; i < end; i++) {
    const value = values[i]!
    if (!Number.isFinite(value)) {
      cell.lost++
      continue
    }
    cell.min = Math.min(cell.min, value)
    cell.max = Math.max(cell.max, value)
    cell.sum += value
    cell.count++
  }
  return cell
}

/** A series in cells of `size` points; the last one may have fewer. */
export function cellsOf(series: Series, size: number): Cell[] {
  const cells: Cell[] = []
  for (let begin = 0; begin < series.steps.length; begin += size) cells.push(cellOf(series, begin, Math.min(begin + size, series.steps.length)))
  return cells
}

export function encodeCells(cells: readonly Cell[]): Float64Array {
  return Float64Array.from(cells.flatMap(({ first, last, min, max, sum, count, lost }) => [first, last, min, max, sum, count, lost]))
}

export function decodeCells(numbers: Float64Array): Cell[] {
  return Array.from({ length: numbers.length / WIDTH }, (_, i) => {
    const [first, last, min, max, sum, count, lost] = numbers.subarray(i * WIDTH, (i + 1) * WIDTH)
    return { first: first!, last: last!, min: min!, max: max!, sum: sum!, count: count!, lost: lost! }
  })
}

/**
 * Cells in order of steps, put together into at most `buckets` buckets of about equally many steps. A cell is never divided, so a
 * bucket's numbers hold exactly for the steps that it names.
 */
export function bucketed(metric: Metric, cells: readonly Cell[], buckets: number): Curve {
  const merged: Cell[] = []
  const first = cells[0]?.first ?? 0
  const width = ((cells.at(-1)?.last ?? 0) - first + 1) / buckets
  let current = -1
  for (const cell of cells) {
    const bucket = Math.min(buckets - 1, Math.floor((cell.first - first) / width))
    if (bucket === current) merge(merged.at(-1)!, cell)
    else merged.push({ ...cell })
    current = bucket
  }
  const column = (of: (cell: Cell) => number): Float64Array => Float64Array.from(merged, of)
  const finite = (of: (cell: Cell) => number): Float64Array => column(cell => cell.count > 0 ? of(cell) : NaN)
  return {
    metric,
    from: column(cell => cell.first),
    to: column(cell => cell.last),
    min: finite(cell => cell.min),
    max: finite(cell => cell.max),
    mean: finite(cell => cell.sum / cell.count),
    count: column(cell => cell.count),
    lost: column(cell => cell.lost),
  }
}

function merge(into: Cell, cell: Cell): void {
  into.last = cell.last
  into.min = Math.min(into.min, cell.min)
  into.max = Math.max(into.max, cell.max)
  into.sum += cell.sum
  into.count += cell.count
  into.lost += cell.lost
}
