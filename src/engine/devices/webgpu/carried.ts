import type { Shape } from '../../algebra/tensor.ts'
import type { Batch, Carried } from '../device.ts'
import { partSizes } from '../lowering/carried.ts'
import type { Storage } from '../lowering/storage.ts'
import type { Layout } from './layout.ts'

/** What is done with one number of the state: where it lies in a string's memory, and its place among those of `Carried`, one part of the state behind the other. */
export interface Copying {
  readonly copy: (inMemory: string, place: string) => string
  /** Pairs of rows whose second one is later are not in memory. */
  readonly absent?: (place: string) => string
}

/** WGSL that visits all numbers of one string's state; a growing memory has `rows` of them. @param start first place */
export function visitStates(
  states: readonly (readonly [Shape, Storage])[],
  layout: Layout,
  rows: string,
  start: string,
  { copy, absent }: Copying,
): string {
  const lines = states.map(([shape, { base, strides }]) => {
    const growing = shape.filter(dim => typeof dim === 'string').length
    const inner = shape.reduce<number>((product, dim) => (typeof dim === 'number' ? product * dim : product), 1)
    const size = [`${inner}`, ...Array.from({ length: growing }, () => rows)].join(' * ')
    const at = `${layout.nameOf(base.global!)} + ${base.offset}`
    const row = strides[0]
    const body =
      growing < 2
        ? copy(`${at} + e`, 'place + e')
        : [
            `let row = e / (${rows} * ${inner});`,
            `let k = e % (${rows} * ${inner});`,
            `if (k < (row + 1) * ${inner}) { ${copy(`${at} + row * ${typeof row === 'number' ? row : layout.nameOf(row!.global)} + k`, 'place + e')} }`,
            absent ? `else { ${absent('place + e')} }` : '',
          ].join('\n')
    return `for (var e = lid; e < ${size}; e += THREADS) {\n${body}\n}\nplace += ${size};`
  })
  return `var place = ${start};\n${lines.join('\n')}`
}

/** Numbers of one string's state. */
export const stateFloats = (states: ReadonlyMap<string, Shape>, rows: number): number =>
  [...states.values()].reduce((sum, shape) => sum + partSizes(shape, rows).size, 0)

/** Writes the state of one stream of `carried` to `into`, one part behind the other. */
export function packState(
  into: Float32Array,
  states: ReadonlyMap<string, Shape>,
  rows: number,
  carried: Carried,
  row: number,
): void {
  let at = 0
  for (const [name, shape] of states) {
    const { size } = partSizes(shape, rows)
    into.set(carried.states.get(name)!.subarray(row * size, (row + 1) * size), at)
    at += size
  }
}

/** The state after a chunk. @param packed of each stream, as `packState` writes them */
export function unpackStates(
  packed: readonly Float32Array[],
  states: ReadonlyMap<string, Shape>,
  rows: number,
  { size, length, carried }: Batch,
): Carried {
  let at = 0
  const found = new Map(
    [...states].map(([name, shape]) => {
      const { size: own } = partSizes(shape, rows)
      const values = new Float32Array(size * own)
      packed.forEach((state, row) => {
        values.set(state.subarray(at, at + own), row * own)
      })
      at += own
      return [name, values]
    }),
  )
  return { size, age: (carried?.age ?? 0) + length, states: found }
}
