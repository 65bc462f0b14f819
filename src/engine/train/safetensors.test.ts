import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LabError } from '../../shared/errors.ts'
import { readSafetensors, writeSafetensors, type StoredTensor, type TensorFile } from './safetensors.ts'
import { bytesOf } from './sha256.ts'

const file: TensorFile = {
  metadata: { format: 'test', note: 'ü 雪' },
  tensors: new Map<string, StoredTensor>([
    ['weights', { shape: [2, 3], data: Float32Array.from([1, -0, NaN, Infinity, -Infinity, 1e-45]) }],
    ['order', { shape: [4], data: Int32Array.from([3, 0, -2, 1]) }],
    ['sums', { shape: [], data: Float64Array.from([Math.PI]) }],
    ['empty', { shape: [0, 7], data: new Float32Array(0) }],
    ['flags', { shape: [3], data: Uint8Array.from([1, 0, 255]) }],
  ]),
}

const bits = ({ metadata, tensors }: TensorFile) => ({
  metadata,
  tensors: Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [name, [data.constructor.name, shape, [...bytesOf(data)]]]),
  ),
})

function packed(header: unknown, values = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + values.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(values, 8 + text.length)
  return bytes
}

describe('what is written', () => {
  it('is read back to the bit, NaN and -0 included', () => {
    expect(bits(readSafetensors(writeSafetensors(file)))).toEqual(bits(file))
  })

  it('has the published layout: length, header, values at a multiple of 8 bytes', () => {
    const bytes = writeSafetensors({
      metadata: {},
      tensors: new Map([['a', { shape: [1], data: Float32Array.from([1]) }]]),
    })
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toEqual({
      __metadata__: {},
      a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    })
    expect([...bytes.subarray(8 + length)]).toEqual([0, 0, 0x80, 0x3f])
  })

  it('is read from the middle of a larger buffer, as copies', () => {
    const bytes = writeSafetensors(file)
    const larger = Buffer.alloc(bytes.length + 13)
    larger.set(bytes, 5)
    const read = readSafetensors(larger.subarray(5, 5 + bytes.length))
    larger.fill(0)
    expect(bits(read)).toEqual(bits(file))
  })
})

describe('a file that is not usable is refused with a reason', () => {
  const tensor = { dtype: 'F32', shape: [2], data_offsets: [0, 8] }
  const cases: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /0 bytes/],
    ['a huge header', Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 1]), /header would be 72057594037927936 bytes/],
    ['a header beyond the end', packed('{}').subarray(0, 9), /cut off: its header ends at byte 10, the file at 9/],
    ['no JSON', packed('{"a":'), /not JSON/],
    ['invalid UTF-8', Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe]), /not JSON/],
    ['a list', packed([]), /not a record/],
    ['metadata with a number', packed({ __metadata__: { a: 1 } }), /metadata "a" is not a text/],
    [
      'an unknown dtype',
      packed({ a: { ...tensor, dtype: 'BF16' } }, new Uint8Array(8)),
      /dtype "BF16"; F64, F32, I32, U8 are read/,
    ],
    [
      'a dtype from the prototype',
      packed({ a: { ...tensor, dtype: 'constructor' } }, new Uint8Array(8)),
      /dtype "constructor"/,
    ],
    ['a negative side', packed({ a: { ...tensor, shape: [-2] } }, new Uint8Array(8)), /shape \[-2\]/],
    [
      'a size that is not the shape',
      packed({ a: { ...tensor, shape: [3] } }, new Uint8Array(8)),
      /has 12 bytes, its data_offsets span 8/,
    ],
    [
      'a product that overflows',
      packed({ a: { ...tensor, shape: [2 ** 52, 2 ** 52] } }, new Uint8Array(8)),
      /data_offsets span 8/,
    ],
    [
      'offsets in reverse',
      packed({ a: { ...tensor, data_offsets: [8, 0] } }, new Uint8Array(8)),
      /data_offsets \[8,0\]/,
    ],
    [
      'an overlap',
      packed({ a: tensor, b: { ...tensor, data_offsets: [4, 12] } }, new Uint8Array(12)),
      /"b" begins at byte 4 of the values, not at 8/,
    ],
    [
      'a hole',
      packed({ a: tensor, b: { ...tensor, data_offsets: [12, 20] } }, new Uint8Array(20)),
      /"b" begins at byte 12/,
    ],
    ['values cut off', packed({ a: tensor }, new Uint8Array(7)), /cut off: its values end at byte 7, its tensors at 8/],
    ['values left over', packed({ a: tensor }, new Uint8Array(9)), /1 bytes at its end/],
  ]
  it.each(cases)('%s', (_, bytes, reason) => {
    expect(() => readSafetensors(bytes)).toThrow(reason)
    expect(() => readSafetensors(bytes)).toThrow(LabError)
  })

  const readable = (bytes: Uint8Array): boolean => {
    try {
      readSafetensors(bytes)
      return true
    } catch (error) {
      expect(error).toBeInstanceOf(LabError)
      return false
    }
  }

  it('every truncation', () => {
    const bytes = writeSafetensors(file)
    for (let length = 0; length < bytes.length; length++) expect(readable(bytes.subarray(0, length))).toBe(false)
  })

  it('random bytes and random edits: a LabError or a file, nothing else', () => {
    const bytes = writeSafetensors(file)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), noise => void readable(noise)),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), edits => {
        const edited = bytes.slice()
        for (const [at, value] of edits) edited[at] = value
        readable(edited)
      }),
      { numRuns: 3000 },
    )
  })
})
