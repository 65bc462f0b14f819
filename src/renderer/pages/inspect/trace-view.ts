import type { OptimalPrediction, Trace } from '../../../shared/contract/index.ts'
import { domainOf, valueAt, type Domain, type Matrix } from '../../charts/colour-map.ts'

/**
 * What a trace shows, as plain data. Columns are steps: column 0 is before the first symbol, column t after symbol t. What is predicted
 * in column t is symbol t + 1, at last the end of the string.
 */

export const END = '⊣'
export type Tensor = Trace['tensors'][number]
/** Cells of growing memories by their tensors' names, [columns, depth, units]. */
export type Cells = ReadonlyMap<string, Float32Array>

export const columnsOf = ({ symbols }: Pick<Trace, 'symbols'>): number => symbols.length + 1
export const nameOf = ({ symbolNames }: Pick<Trace, 'symbolNames'>, symbol: number): string =>
  symbolNames[symbol] ?? END

/** More symbols than that are too many for a row each. */
export const MOST_ROWS = 16

/**
 * Whether it is a piece of a text: its first word is not predicted, and what follows its last is not known. Nobody can know the next word, so
 * that no prediction is an error: what counts is how surprised the model is.
 */
export const isText = ({ nats, probabilities }: Pick<Trace, 'nats' | 'probabilities'>): boolean =>
  nats.length > 1 && Number.isNaN(nats.at(-1)!) && probabilities.at(-1) === 0

/** Mean cost of what has one; null where nothing has. */
export function meanCost({ nats }: Pick<Trace, 'nats'>): number | null {
  const known = nats.filter(cost => !Number.isNaN(cost))
  return known.length === 0 ? null : known.reduce((sum, cost) => sum + cost, 0) / known.length
}

/** The likeliest symbols of a column, the likeliest first; of equals the first. Those of no probability at all are none. */
export function likeliestAt(
  { probabilities, symbolNames }: Pick<Trace, 'probabilities' | 'symbolNames'>,
  column: number,
  count: number,
): number[] {
  const width = symbolNames.length + 1
  const from = column * width
  const best: number[] = []
  for (let symbol = 0; symbol < width; symbol++) {
    const share = probabilities[from + symbol]!
    if (!(share > 0) || (best.length === count && share <= probabilities[from + best.at(-1)!]!)) continue
    const at = best.findIndex(other => probabilities[from + other]! < share)
    best.splice(at < 0 ? best.length : at, 0, symbol)
    if (best.length > count) best.pop()
  }
  return best
}

/** How many symbols are likelier than this one, and one more. */
export function rankAt(trace: Pick<Trace, 'probabilities' | 'symbolNames'>, column: number, symbol: number): number {
  const own = probabilityAt(trace, column, symbol)
  let rank = 1
  for (let other = 0; other <= trace.symbolNames.length; other++) if (probabilityAt(trace, column, other) > own) rank++
  return rank
}

/** Number of the symbol that follows in a column; the end of the string is one more than the last symbol. */
export const targetAt = ({ symbols, symbolNames }: Pick<Trace, 'symbols' | 'symbolNames'>, column: number): number =>
  symbols[column] ?? symbolNames.length

/** The most likely symbol in a column; the first of equals. */
export function guessAt(
  { probabilities, symbolNames }: Pick<Trace, 'probabilities' | 'symbolNames'>,
  column: number,
): number {
  const width = symbolNames.length + 1
  let best = 0
  for (let i = 1; i < width; i++)
    if (probabilities[column * width + i]! > probabilities[column * width + best]!) best = i
  return best
}

export const probabilityAt = (
  { probabilities, symbolNames }: Pick<Trace, 'probabilities' | 'symbolNames'>,
  column: number,
  symbol: number,
): number => probabilities[column * (symbolNames.length + 1) + symbol]!

/** Probabilities that are taken to be alike. */
const ALIKE = 0.01

/**
 * Columns in which the model's guess is wrong. Against the exact distribution: where another symbol is more likely by more than a
 * hundredth; where several could come, any of the likeliest is right, and where no string goes on, nothing is wrong. Without one: where
 * the guess is not the target. Of a text, none.
 */
export function errors(trace: Trace, optimal: OptimalPrediction | null | undefined): number[] {
  const { symbolNames } = trace
  if (isText(trace)) return []
  return Array.from({ length: columnsOf(trace) }, (_, column) => column).filter(column => {
    const guess = guessAt(trace, column)
    if (!optimal) return guess !== targetAt(trace, column)
    const best = guessAt({ probabilities: optimal.probabilities, symbolNames }, column)
    return (
      probabilityAt({ probabilities: optimal.probabilities, symbolNames }, column, guess) <
      probabilityAt({ probabilities: optimal.probabilities, symbolNames }, column, best) - ALIKE
    )
  })
}

/** Share of probability that two predictions distribute differently, 0 to 1, column by column (total variation). */
export function disagreement(a: Trace, b: Trace): Float64Array {
  const width = a.symbolNames.length + 1
  return Float64Array.from({ length: columnsOf(a) }, (_, column) => {
    let sum = 0
    for (let i = 0; i < width; i++)
      sum += Math.abs(a.probabilities[column * width + i]! - b.probabilities[column * width + i]!)
    return sum / 2
  })
}

/** The first column in which two runs tell the next symbol clearly differently; -1 for none. */
export const firstDivergence = (a: Trace, b: Trace, from = 0.2): number =>
  disagreement(a, b).findIndex(share => share > from)

/** Units × time. */
export function unitsMatrix({ shape: [columns = 0, ...sides], data }: Pick<Tensor, 'shape' | 'data'>): Matrix {
  const rows = sides.reduce((size, side) => size * side, 1)
  return { columns, rows, values: data, start: 0, columnStep: rows, rowStep: 1 }
}

/** How a cell of several units becomes one number: its length, or one of its units. */
export type Reduction = 'norm' | number

/** Some neighbouring units of each cell: one of several stacks that lie side by side, and which one. */
export interface Units {
  readonly from: number
  readonly count: number
  readonly stack: number
}

/** Depth × time of a growing memory, the top above: the length of each cell; where a cell is a number, that. */
export function lengthsMatrix(
  {
    tensor: {
      shape: [columns = 0, rows = 0],
      lengths: own,
      data,
    },
  }: { readonly tensor: Tensor },
  { stack }: Pick<Units, 'stack'>,
): Matrix {
  const lengths = own ?? data
  const stacks = columns * rows > 0 ? lengths.length / (columns * rows) : 1
  return { columns, rows, values: lengths, start: stack, columnStep: rows * stacks, rowStep: stacks }
}

/** The same, one unit of each cell. @param cells [columns, depth, units] */
export function unitMatrix(
  { shape: [columns = 0, rows = 0, width = 1] }: Pick<Tensor, 'shape'>,
  cells: Float32Array,
  { from, count }: Units,
  unit: number,
): Matrix {
  return {
    columns,
    rows,
    values: cells,
    start: from + Math.min(unit, count - 1),
    columnStep: rows * width,
    rowStep: width,
  }
}

/** All cells of a growing memory's tensor; null where they are not here yet. */
export const cellsOf = ({ name, lengths, data }: Tensor, late: Cells | null): Float32Array | null =>
  lengths === null || data.length > 0 ? data : (late?.get(name) ?? null)

/** All cells at one step: depth × units. @param cells [columns, depth, units] */
export function cellsAt(
  { shape: [, rows = 0, width = 1] }: Pick<Tensor, 'shape'>,
  cells: Float32Array,
  column: number,
  { from, count }: Units,
): Matrix {
  return { columns: count, rows, values: cells, start: column * rows * width + from, columnStep: 1, rowStep: width }
}

/** A matrix less another of the same shape. */
export function difference(a: Matrix, b: Matrix): Matrix {
  const [columns, rows] = [Math.min(a.columns, b.columns), Math.min(a.rows, b.rows)]
  const values = new Float32Array(columns * rows)
  for (let x = 0, i = 0; x < columns; x++)
    for (let y = 0; y < rows; y++, i++) values[i] = valueAt(a, x, y) - valueAt(b, x, y)
  return { columns, rows, values, start: 0, columnStep: rows, rowStep: 1 }
}

/** The domain of everything in a matrix. */
export function matrixDomain({ columns, rows, values, start, columnStep, rowStep }: Matrix): Domain {
  if (rowStep === 1 && columnStep === rows) return domainOf(values.subarray(start, start + columns * rows))
  const picked = new Float32Array(columns * rows)
  for (let x = 0, i = 0; x < columns; x++)
    for (let y = 0, at = start + x * columnStep; y < rows; y++, i++, at += rowStep) picked[i] = values[at]!
  return domainOf(picked)
}

/** Rows from the top that ever hold anything: what is below is left out of the picture. */
export function usedRows(matrix: Matrix): number {
  for (let row = matrix.rows - 1; row >= 0; row--)
    for (let column = 0; column < matrix.columns; column++)
      if (Math.abs(valueAt(matrix, column, row)) > 1e-6) return row + 1
  return Math.min(1, matrix.rows)
}

/** A stretch of columns in sight, [from, to). */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Stretches of columns in which there is a number, within [first, last). */
export function knownIn(values: ArrayLike<number>, first: number, last: number): Range[] {
  const stretches: { from: number; to: number }[] = []
  for (let column = first; column < last; column++) {
    if (Number.isNaN(values[column]!)) continue
    const before = stretches.at(-1)
    if (before?.to === column) before.to = column + 1
    else stretches.push({ from: column, to: column + 1 })
  }
  return stretches
}

/** The range after zooming by `factor` around a column, within [0, columns) and never narrower than `least`. */
export function zoomed({ from, to }: Range, factor: number, around: number, columns: number, least = 8): Range {
  const width = Math.max(Math.min(least, columns), Math.min(columns, (to - from) * factor))
  const share = to > from ? (around - from) / (to - from) : 0.5
  return shifted({ from: around - share * width, to: around + (1 - share) * width }, 0, columns)
}

/** The range moved by so many columns, kept inside. */
export function shifted({ from, to }: Range, by: number, columns: number): Range {
  const width = Math.min(columns, to - from)
  const start = Math.max(0, Math.min(columns - width, from + by))
  return { from: start, to: start + width }
}

/** The range, moved as little as needed for a column to be in sight. */
export function revealing(range: Range, column: number, columns: number): Range {
  const margin = Math.min(4, (range.to - range.from) / 4)
  if (column < range.from + margin) return shifted(range, column - margin - range.from, columns)
  if (column + 1 > range.to - margin) return shifted(range, column + 1 + margin - range.to, columns)
  return range
}
