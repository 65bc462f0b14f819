import type { Shape } from '../../algebra/tensor.ts'
import type { Carried } from '../device.ts'

/** A part of the state in the memory of a program: element 0 of row 0, in the first lane. */
export interface StatePlace {
  readonly name: string
  readonly shape: Shape
  /** Address in bytes. */
  readonly at: number
  /** Bytes from one row to the next: where a list of pairs has room for more rows than are there, they lie further apart. */
  readonly rowStride: number
}

/** Sizes of one example's part of the state, growing axes having `rows` rows. */
export interface Extent {
  readonly rows: number
  readonly perRow: number
  readonly size: number
  /** Whether it is for pairs of rows, of which those with a later second one are not there. */ readonly pairs: boolean
}

export function extentOf(shape: Shape, rows: number): Extent {
  const growing = shape.filter(dim => typeof dim === 'string').length
  const inner = shape.reduce<number>((product, dim) => (typeof dim === 'number' ? product * dim : product), 1)
  if (growing === 0) return { rows: 1, perRow: inner, size: inner, pairs: false }
  return {
    rows,
    perRow: growing === 2 ? rows * inner : inner,
    size: growing === 2 ? rows * rows * inner : rows * inner,
    pairs: growing === 2,
  }
}

/** Brings examples from … of `states` into the first lanes, and the last of them into the lanes that are left. */
export function writeStates(
  buffer: ArrayBuffer,
  places: readonly StatePlace[],
  states: Carried['states'],
  rows: number,
  { from, size, lanes }: Lanes,
): void {
  for (const { name, shape, at, rowStride } of places) {
    const extent = extentOf(shape, rows)
    const values = states.get(name)!
    for (let lane = 0; lane < lanes; lane++) {
      const start = (from + Math.min(lane, size - 1)) * extent.size
      eachRow(extent, (row, count) => {
        const into = new Float32Array(buffer, at + row * rowStride, count * lanes)
        for (let k = 0; k < count; k++) into[k * lanes + lane] = values[start + row * extent.perRow + k]!
      })
    }
  }
}

/** Copies the first lanes to examples from … of `states`, which it makes room for. */
export function readStates(
  buffer: ArrayBuffer,
  places: readonly StatePlace[],
  states: Map<string, Float32Array>,
  rows: number,
  { from, size, lanes }: Lanes,
  examples: number,
): void {
  for (const { name, shape, at, rowStride } of places) {
    const extent = extentOf(shape, rows)
    const values = states.get(name) ?? new Float32Array(examples * extent.size)
    states.set(name, values)
    for (let lane = 0; lane < size; lane++) {
      eachRow(extent, (row, count) => {
        const source = new Float32Array(buffer, at + row * rowStride, count * lanes)
        for (let k = 0; k < count; k++)
          values[(from + lane) * extent.size + row * extent.perRow + k] = source[k * lanes + lane]!
      })
    }
  }
}

interface Lanes {
  readonly from: number
  readonly size: number
  readonly lanes: number
}

/** Rows and how many of their numbers are there. */
function eachRow({ rows, perRow, pairs }: Extent, visit: (row: number, count: number) => void): void {
  for (let row = 0; row < rows; row++) visit(row, pairs ? (perRow / rows) * (row + 1) : perRow)
}
