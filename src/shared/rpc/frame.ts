import { LabError } from '../errors.ts'

/**
 * One message as bytes: the length of the JSON in 4 bytes (little-endian), the JSON, zeros up to a multiple of 8, then the contents of
 * typed arrays, each from a multiple of 8. In the JSON a typed array stands as `{"$":["f8",offset,length]}` (offset in bytes from where the
 * arrays begin, length in elements) and a number that JSON does not have as `{"$":"NaN"}`; keys that begin with `$` have one more.
 * A Float32Array of a million numbers costs one copy. The same bytes cross every wall, so there is one decoder to trust.
 */

type Arrays = Float64Array | Float32Array | Int32Array | Uint8Array

const KINDS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, u1: Uint8Array } as const
type Kind = keyof typeof KINDS
const NUMBERS: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity, '-0': -0 }
const DEEPEST = 100
const LENGTH_BYTES = 4
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

interface Packed {
  readonly arrays: Arrays[]
  bytes: number
}

/** Plain records, arrays, strings, numbers, flags, null, and typed arrays; `undefined` is left out of records and null in arrays. @throws TypeError for anything else */
export function encodeFrame(value: unknown): Uint8Array<ArrayBuffer> {
  const packed: Packed = { arrays: [], bytes: 0 }
  const json = encoder.encode(JSON.stringify(pack(value, packed, 0)))
  const start = aligned(LENGTH_BYTES + json.length)
  const frame = new Uint8Array(packed.arrays.length > 0 ? start + packed.bytes : LENGTH_BYTES + json.length)
  new DataView(frame.buffer).setUint32(0, json.length, true)
  frame.set(json, LENGTH_BYTES)
  let at = start
  for (const array of packed.arrays) {
    frame.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
    at = aligned(at + array.byteLength)
  }
  return frame
}

/** What was encoded; its typed arrays may share the frame's memory. @throws LabError `bad-frame` */
export function decodeFrame(bytes: Uint8Array): unknown {
  // A Buffer of Node slices differently.
  const frame = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
    const length = view.getUint32(0, true)
    if (length > frame.length - LENGTH_BYTES) throw new RangeError('shorter than it says')
    const json = decoder.decode(frame.subarray(LENGTH_BYTES, LENGTH_BYTES + length))
    const value: unknown = JSON.parse(json)
    return json.includes('"$')
      ? unpack(value, frame.subarray(Math.min(frame.length, aligned(LENGTH_BYTES + length))), 0)
      : value
  } catch (cause) {
    throw new LabError(
      'bad-frame',
      `A message cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8

function pack(value: unknown, packed: Packed, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $: Object.is(value, -0) ? '-0' : String(value) }
    case 'object':
      return value === null ? null : packObject(value, packed, depth)
    default:
      throw new TypeError(`a ${typeof value} cannot be sent`)
  }
}

function packObject(value: object, packed: Packed, depth: number): unknown {
  if (depth > DEEPEST) throw new TypeError('a record nested too deeply cannot be sent')
  if (Array.isArray(value)) return value.map(item => pack(item, packed, depth + 1))
  const kind = kindOf(value)
  if (kind) return packArray(kind, value as Arrays, packed)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype)
    throw new TypeError(`a ${value.constructor.name} cannot be sent`)
  const record = value as Readonly<Record<string, unknown>>
  const packedRecord: Record<string, unknown> = {}
  for (const key of Object.keys(record))
    put(packedRecord, key.startsWith('$') ? `$${key}` : key, pack(record[key], packed, depth + 1))
  return packedRecord
}

function kindOf(value: object): Kind | undefined {
  return (Object.keys(KINDS) as Kind[]).find(kind => value instanceof KINDS[kind])
}

function packArray(kind: Kind, array: Arrays, packed: Packed): unknown {
  const tag = { $: [kind, packed.bytes, array.length] }
  packed.arrays.push(array)
  packed.bytes = aligned(packed.bytes + array.byteLength)
  return tag
}

function unpack(value: unknown, arrays: Uint8Array, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEEPEST) throw new RangeError('nested too deeply')
  if (Array.isArray(value)) return value.map(item => unpack(item, arrays, depth + 1))
  if (Object.hasOwn(value, '$')) return unpackTag((value as { $: unknown }).$, arrays)
  const record = value as Readonly<Record<string, unknown>>
  const unpacked: Record<string, unknown> = {}
  for (const key of Object.keys(record))
    put(unpacked, key.startsWith('$') ? key.slice(1) : key, unpack(record[key], arrays, depth + 1))
  return unpacked
}

/** A field of the record's own, whatever it is called. */
function put(record: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true })
  else record[key] = value
}

function unpackTag(tag: unknown, arrays: Uint8Array): number | Arrays {
  if (typeof tag === 'string' && Object.hasOwn(NUMBERS, tag)) return NUMBERS[tag]!
  const [kind, offset, length] = Array.isArray(tag) ? (tag as unknown[]) : []
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind) || !isCount(offset) || !isCount(length))
    throw new RangeError('an unknown kind of value')
  const Kind = KINDS[kind as Kind]
  if (offset + length * Kind.BYTES_PER_ELEMENT > arrays.length) throw new RangeError('an array reaches past the end')
  const part = arrays.subarray(offset, offset + length * Kind.BYTES_PER_ELEMENT)
  const { buffer, byteOffset } = part.byteOffset % Kind.BYTES_PER_ELEMENT === 0 ? part : part.slice()
  return new Kind(buffer as ArrayBuffer, byteOffset, length)
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
