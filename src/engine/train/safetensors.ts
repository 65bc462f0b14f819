import { describe, LabError } from '../../shared/errors.ts'
import { isRecord } from '../../shared/is-record.ts'
import { bytesOf } from './sha256.ts'

/**
 * The safetensors container (github.com/huggingface/safetensors): eight bytes of header length, a JSON header, raw little-endian
 * values without holes. Numbers are stored as they lie in memory, on the little-endian machines that the lab runs on.
 */

const DTYPES = { F64: Float64Array, F32: Float32Array, I32: Int32Array, U8: Uint8Array } as const
type Dtype = keyof typeof DTYPES

export type TensorData = Float64Array | Float32Array | Int32Array | Uint8Array
export interface StoredTensor {
  readonly shape: readonly number[]
  readonly data: TensorData
}
export interface TensorFile {
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

const MAX_HEADER = 100_000_000
const METADATA = '__metadata__'

export function writeSafetensors({ metadata, tensors }: TensorFile): Uint8Array {
  const widestFirst = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT)
  const header: Record<string, unknown> = { [METADATA]: metadata }
  let size = 0
  for (const [name, { shape, data }] of widestFirst) {
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [size, (size += data.byteLength)] }
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const start = 8 + Math.ceil(text.length / 8) * 8
  const bytes = new Uint8Array(start + size)
  bytes.fill(0x20, 8 + text.length, start)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true)
  bytes.set(text, 8)
  let at = start
  for (const [, { data }] of widestFirst) {
    bytes.set(bytesOf(data), at)
    at += data.byteLength
  }
  return bytes
}

/** @returns copies of what the file holds. @throws LabError `bad-safetensors` saying what is wrong with it. */
export function readSafetensors(bytes: Uint8Array): TensorFile {
  const { header, start } = readHeader(bytes)
  const metadata: Record<string, string> = {}
  const entries: Entry[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) Object.assign(metadata, checkMetadata(value))
    else entries.push(checkEntry(name, value))
  }
  checkCoverage(entries, bytes.length - start)
  return {
    metadata,
    tensors: new Map(entries.map(entry => [entry.name, { shape: entry.shape, data: copyOut(bytes, start, entry) }])),
  }
}

interface Entry {
  name: string
  dtype: Dtype
  shape: number[]
  begin: number
  end: number
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) bad(`it has ${bytes.length} bytes; even an empty one has more than 8`)
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  if (length > BigInt(MAX_HEADER)) bad(`its header would be ${length} bytes long; at most ${MAX_HEADER} are allowed`)
  const start = 8 + Number(length)
  if (start > bytes.length) bad(`it is cut off: its header ends at byte ${start}, the file at ${bytes.length}`)
  const header = parseHeader(bytes.subarray(8, start))
  if (!isRecord(header)) bad('its header is not a record')
  return { header, start }
}

function parseHeader(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    bad('its header is not JSON', { cause })
  }
}

function checkMetadata(value: unknown): Record<string, string> {
  if (!isRecord(value)) bad(`its metadata is ${describe(value)}; a record of texts is allowed`)
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string') bad(`its metadata ${describe(key)} is not a text`)
  return value as Record<string, string>
}

function checkEntry(name: string, value: unknown): Entry {
  const which = `tensor ${describe(name)}`
  if (!isRecord(value)) bad(`${which} is described by ${describe(value)}`)
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPES, dtype))
    bad(`${which} has dtype ${describe(dtype)}; ${Object.keys(DTYPES).join(', ')} are read`)
  if (!isSizes(shape)) bad(`${which} has shape ${describe(shape)}`)
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    bad(`${which} has data_offsets ${describe(offsets)}`)
  const [begin, end] = offsets as [number, number]
  const size = shape.reduce((product, side) => product * side, DTYPES[dtype as Dtype].BYTES_PER_ELEMENT)
  if (size !== end - begin)
    bad(
      `${which} of shape ${describe(shape)} and dtype ${dtype} has ${size} bytes, its data_offsets span ${end - begin}`,
    )
  return { name, dtype: dtype as Dtype, shape, begin, end }
}

/** Every byte belongs to exactly one tensor. */
function checkCoverage(entries: readonly Entry[], size: number): void {
  let covered = 0
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered)
      bad(
        `tensor ${describe(name)} begins at byte ${begin} of the values, not at ${covered}, where the one before it ends`,
      )
    covered = end
  }
  if (covered > size) bad(`it is cut off: its values end at byte ${size}, its tensors at ${covered}`)
  if (covered < size) bad(`${size - covered} bytes at its end belong to no tensor`)
}

function copyOut(bytes: Uint8Array, start: number, { dtype, begin, end }: Entry): TensorData {
  const copy = new Uint8Array(end - begin)
  copy.set(bytes.subarray(start + begin, start + end))
  return new DTYPES[dtype](copy.buffer)
}

function dtypeOf(data: TensorData): Dtype {
  return (Object.keys(DTYPES) as Dtype[]).find(name => data instanceof DTYPES[name])!
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every(side => Number.isSafeInteger(side) && side >= 0)

function bad(what: string, options?: ErrorOptions): never {
  throw new LabError('bad-safetensors', `This is not a usable safetensors file: ${what}.`, options)
}
