import type { OptimalPrediction, Trace } from '../../../shared/contract/index.ts'
import { domainOf, type Domain, type Matrix } from '../../charts/colour-map.ts'
import { titleOf } from './titles.ts'

/**
 * What a trace shows, as plain data. Columns are steps: column 0 is before the first symbol, column t after symbol t. What is predicted
 * in column t is symbol t + 1, at last the end of the string.
 */

export const END = '⊣'
export type Tensor = Trace['tensors'][number]

export const columnsOf = ({ symbols }: Pick<Trace, 'symbols'>): number => symbols.length + 1
export const nameOf = ({ symbolNames }: Pick<Trace, 'symbolNames'>, symbol: number): string => symbolNames[symbol] ?? END

/** Number of the symbol that follows in a column; the end of the string is one more than the last symbol. */
export const targetAt = ({ symbols, symbolNames }: Pick<Trace, 'symbols' | 'symbolNames'>, column: number): number => symbols[column] ?? symbolNames.length

/** The most likely symbol in a column; the first of equals. */
export function guessAt({ probabilities, symbolNames }: Pick<Trace, 'probabilities' | 'symbolNames'>, column: number): number {
  const width = symbolNames.length + 1
  let best = 0
  for (let i = 1; i < width; i++) if (probabilities[column * width + i]! > probabilities[column * width + best]!) best = i
  return best
}

export const probabilityAt = ({ probabilities, symbolNames }: Pick<Trace, 'probabilities' | 'symbolNames'>, column: number, symbol: number): number => probabilities[column * (symbolNames.length + 1) + symbol]!

/** Probabilities that are taken to be alike. */
const ALIKE = 0.01

/**
 * Columns in which the model's guess is wrong. Against the exact distribution: where another symbol is more likely by more than a
 * hundredth; where several could come, any of the likeliest is right, and where no string goes on, nothing is wrong. Without one: where
 * the guess is not the target.
 */
export function errors(trace: Trace, optimal: OptimalPrediction | null | undefined): number[] {
  const { symbolNames } = trace
  return Array.from({ length: columnsOf(trace) }, (_, column) => column).filter(column => {
    const guess = guessAt(trace, column)
    if (!optimal) return guess !== targetAt(trace, column)
    const best = guessAt({ probabilities: optimal.probabilities, symbolNames }, column)
    return probabilityAt({ probabilities: optimal.probabilities, symbolNames }, column, guess) < probabilityAt({ probabilities: optimal.probabilities, symbolNames }, column, best) - ALIKE
  })
}

/** Share of probability that two predictions distribute differently, 0 to 1, column by column (total variation). */
export function disagreement(a: Trace, b: Trace): Float64Array {
  const width = a.symbolNames.length + 1
  return Float64Array.from({ length: columnsOf(a) }, (_, column) => {
    let sum = 0
    for (let i = 0; i < width; i++) sum += Math.abs(a.probabilities[column * width + i]! - b.probabilities[column * width + i]!)
    return sum / 2
  })
}

/** The first column in which two runs tell the next symbol clearly differently; -1 for none. */
export const firstDivergence = (a: Trace, b: Trace, from = 0.2): number => disagreement(a, b).findIndex(share => share > from)

/** Shares of actions at each step: [columns][actions], for one stack. */
export interface Actions { readonly title: string, readonly names: readonly string[], readonly at: (column: number, action: number) => number }

export type LaneKind =
  | { readonly kind: 'actions', readonly actions: Actions }
  | { readonly kind: 'lines', readonly lines: readonly { readonly name: string, readonly values: Float32Array }[] }
  | { readonly kind: 'depth', readonly tensor: Tensor, readonly strengths: Tensor | null }
  | { readonly kind: 'units', readonly tensor: Tensor }

export type Lane = LaneKind & { readonly id: string, readonly title: string, readonly hint: string, readonly component: string }

const ACTION_NAMES = ['push', 'pop', 'no-op']

/** The lanes of a trace's tensors, told by their shapes alone: actions, depth × time, units × time, single numbers. Memory before controller. */
export function lanesOf({ tensors }: Pick<Trace, 'tensors'>): Lane[] {
  const lanes: Lane[] = []
  const single: Tensor[] = []
  const strengths = tensors.find(({ shape, rows }) => rows !== null && shape.length === 2) ?? null
  for (const tensor of tensors) {
    const { name, shape, rows } = tensor
    if (tensor.data.length === 0) continue
    const named = { id: name, ...titleOf(name), component: componentOf(name) }
    if (rows !== null && shape.length === 3) lanes.push({ ...named, kind: 'depth', tensor, strengths })
    else if (rows !== null && shape.length === 2) { if (!tensors.some(other => other.rows !== null && other.shape.length === 3)) lanes.push({ ...named, kind: 'depth', tensor, strengths: null }) }
    else if (shape.length === 3 && shape[2] === ACTION_NAMES.length) lanes.push(...actionLanes(tensor))
    else if (shape.length === 1) single.push(tensor)
    else if (shape.length === 2) lanes.push({ ...named, kind: 'units', tensor })
  }
  for (const component of new Set(single.map(({ name }) => componentOf(name)))) {
    const own = single.filter(({ name }) => componentOf(name) === component)
    lanes.push({ id: `${component}.single`, title: own.map(({ name }) => titleOf(name).title).join(', '), hint: own.map(({ name }) => titleOf(name).hint).join('; '), component, kind: 'lines', lines: own.map(({ name, data }) => ({ name: titleOf(name).title, values: data })) })
  }
  return lanes.sort((a, b) => rank(a) - rank(b))
}

const KINDS: readonly Lane['kind'][] = ['actions', 'lines', 'depth', 'units']
/** What is read comes before what is pushed, what a unit puts out before its gates. */
const FIRST = ['memory.reading', 'controller.hidden']
const rank = ({ id, component, kind }: Lane): number => (component === 'memory' ? 0 : 20) + 2 * KINDS.indexOf(kind) - Number(FIRST.includes(id))

function actionLanes({ name, shape, data }: Tensor): Lane[] {
  const [, stacks = 1, count = 3] = shape
  return Array.from({ length: stacks }, (_, stack): Lane => {
    const { title: whole, hint } = titleOf(name)
    const title = stacks > 1 ? `${whole}, ${stack + 1}` : whole
    return { id: `${name}.${stack}`, title, hint, component: componentOf(name), kind: 'actions', actions: { title, names: ACTION_NAMES, at: (column, action) => data[(column * stacks + stack) * count + action]! } }
  })
}

const componentOf = (name: string): string => name.split('.')[0]!

/** Units × time. */
export function unitsMatrix({ shape: [columns = 0, rows = 0], data }: Tensor): Matrix {
  return { columns, rows, at: (column, row) => data[column * rows + row]! }
}

/** How a cell of several units becomes one number: its length, or one of its units. */
export type Reduction = 'norm' | number

/** Depth × time of a growing memory, the top above; NaN where nothing is stored. `strengths`: how much of each cell is left. */
export function depthMatrix({ shape, data }: Tensor, reduction: Reduction): Matrix {
  const [columns = 0, rows = 0, width = 1] = shape
  const reduced = new Float32Array(columns * rows)
  for (let i = 0; i < columns * rows; i++) reduced[i] = typeof reduction === 'number' ? data[i * width + reduction]! : norm(data, i * width, width)
  return { columns, rows, at: (column, row) => reduced[column * rows + row]! }
}

function norm(data: Float32Array, from: number, width: number): number {
  let sum = 0
  for (let i = from; i < from + width; i++) sum += data[i]! * data[i]!
  return Math.sqrt(sum)
}

/** All cells at one step: depth × units. */
export function cellsAt({ shape, data }: Tensor, column: number): Matrix {
  const [, rows = 0, width = 1] = shape
  return { columns: width, rows, at: (unit, depth) => data[(column * rows + depth) * width + unit]! }
}

/** A matrix less another of the same shape. */
export const difference = (a: Matrix, b: Matrix): Matrix => ({ columns: Math.min(a.columns, b.columns), rows: Math.min(a.rows, b.rows), at: (column, row) => a.at(column, row) - b.at(column, row) })

/** The domain of everything in a matrix. */
export function matrixDomain({ columns, rows, at }: Matrix): Domain {
  const values = new Float32Array(columns * rows)
  for (let x = 0; x < columns; x++) for (let y = 0; y < rows; y++) values[x * rows + y] = at(x, y)
  return domainOf(values)
}

/** Rows from the top that ever hold anything: what is below is left out of the picture. */
export function usedRows({ columns, rows, at }: Matrix): number {
  for (let row = rows - 1; row >= 0; row--) for (let column = 0; column < columns; column++) if (Math.abs(at(column, row)) > 1e-6) return row + 1
  return Math.min(1, rows)
}

/** A stretch of columns in sight, [from, to). */
export interface Range { readonly from: number, readonly to: number }

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
