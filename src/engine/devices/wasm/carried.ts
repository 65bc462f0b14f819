import type { Shape } from '../../algebra/tensor.ts'
import type { Carried } from '../device.ts'
import { partSizes, type PartSizes } from '../lowering/carried.ts'

/** A part of the state in the memory of a program: element 0 of row 0, in the first lane. */
export interface StatePlace {
  readonly name: string
  readonly shape: Shape
  /** Address in bytes. */
  readonly at: number
  /** Bytes from one row to the next: where a list of pairs has room for more rows than are there, they lie further apart. */
  readonly rowStride: number
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
    const extent = partSizes(shape, rows)
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
    const extent = partSizes(shape, rows)
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
function eachRow({ rows, perRow, pairs }: PartSizes, visit: (row: number, count: number) => void): void {
  for (let row = 0; row < rows; row++) visit(row, pairs ? (perRow / rows) * (row + 1) : perRow)
}
