import { concat, zip } from './zip.ts'

/** NumPy's archive of arrays: a zip of `.npy` files (format 1.0, little-endian, row-major). */

export interface NpyArray {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array | Int32Array
}

export const npz = (arrays: readonly NpyArray[]): Uint8Array<ArrayBuffer> =>
  zip(arrays.map(array => ({ name: `${array.name}.npy`, bytes: npy(array) })))

const TYPES = { Float32Array: '<f4', Float64Array: '<f8', Int32Array: '<i4' } as const

function npy({ shape, data }: NpyArray): Uint8Array {
  const type =
    data instanceof Float32Array
      ? TYPES.Float32Array
      : data instanceof Float64Array
        ? TYPES.Float64Array
        : TYPES.Int32Array
  const words = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`
  const length = Math.ceil((10 + words.length + 1) / 64) * 64 - 10
  const head = new Uint8Array(10 + length)
  head.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 255, length >> 8])
  head.set(new TextEncoder().encode(words.padEnd(length - 1) + '\n'), 10)
  return concat([head, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)])
}
