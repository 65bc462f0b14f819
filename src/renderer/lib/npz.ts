import { crc32, END, ENTRY, LOCAL, zipRecord } from '../../shared/zip-form.ts'

/** NumPy's archive of arrays: a zip, stored without compression, of `.npy` files (format 1.0, little-endian, row-major). */

export interface NpyArray { readonly name: string, readonly shape: readonly number[], readonly data: Float32Array | Float64Array | Int32Array }

export function npz(arrays: readonly NpyArray[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const array of arrays) {
    const name = new TextEncoder().encode(`${array.name}.npy`)
    const content = npy(array)
    const crc = crc32(content)
    const local = zipRecord(LOCAL, [2, 20], [2, 0], [2, 0], [4, TIME], [4, crc], [4, content.length], [4, content.length], [2, name.length], [2, 0])
    directory.push(concat([zipRecord(ENTRY, [2, 20], [2, 20], [2, 0], [2, 0], [4, TIME], [4, crc], [4, content.length], [4, content.length], [2, name.length], [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name]))
    parts.push(local, name, content)
    offset += local.length + name.length + content.length
  }
  const central = concat(directory)
  return concat([...parts, central, zipRecord(END, [2, 0], [2, 0], [2, arrays.length], [2, arrays.length], [4, central.length], [4, offset], [2, 0])])
}

/** 1 January 1980, the first day that zip knows: the same data gives the same file. */
const TIME = 0x00210000

const TYPES = { Float32Array: '<f4', Float64Array: '<f8', Int32Array: '<i4' } as const

function npy({ shape, data }: NpyArray): Uint8Array {
  const type = data instanceof Float32Array ? TYPES.Float32Array : data instanceof Float64Array ? TYPES.Float64Array : TYPES.Int32Array
  const words = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`
  const length = Math.ceil((10 + words.length + 1) / 64) * 64 - 10
  const head = new Uint8Array(10 + length)
  head.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 255, length >> 8])
  head.set(new TextEncoder().encode(words.padEnd(length - 1) + '\n'), 10)
  return concat([head, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)])
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
