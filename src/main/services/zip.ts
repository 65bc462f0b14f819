import { inflateRawSync } from 'node:zlib'
import { crc32, END, ENTRY, LOCAL } from '../../shared/zip-form.ts'

const END_SIZE = 22,
  ENTRY_SIZE = 46,
  LOCAL_SIZE = 30
const LONGEST_COMMENT = 0xffff
const STORED = 0,
  DEFLATED = 8
/** Stands where a number is too large for its field (zip64). */
const ELSEWHERE = 0xffffffff

export interface ZippedFile {
  /** As the archive has it, with its folders. */
  readonly name: string
  /** Length when unpacked, bytes, by the archive's directory. */
  readonly size: number
  /** Unpacks this file alone; never more bytes than `size`. @throws Error for what is damaged, encrypted or packed in another way than by deflate */
  content(): Uint8Array
}

/** The files of a zip archive (APPNOTE 6.3.10), in the order of its directory; nothing is unpacked yet. @throws Error for what is none */
export function filesInZip(bytes: Uint8Array): ZippedFile[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = endOfDirectory(view)
  const entries = view.getUint16(end + 10, true)
  let at = view.getUint32(end + 16, true)
  if (entries === 0xffff || at === ELSEWHERE) throw new Error('it is in the form zip64')
  const files: ZippedFile[] = []
  for (let entry = 0; entry < entries; entry++) {
    if (at + ENTRY_SIZE > end || view.getUint32(at, true) !== ENTRY) throw new Error('it is damaged')
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map(offset => view.getUint16(at + offset, true)) as [
      number,
      number,
      number,
    ]
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_SIZE, at + ENTRY_SIZE + nameLength))
    if (!name.endsWith('/')) files.push(fileAt(bytes, view, at, name))
    at += ENTRY_SIZE + nameLength + extraLength + commentLength
  }
  return files
}

function endOfDirectory(view: DataView): number {
  for (let at = view.byteLength - END_SIZE; at >= Math.max(0, view.byteLength - END_SIZE - LONGEST_COMMENT); at--) {
    if (view.getUint32(at, true) === END && at + END_SIZE + view.getUint16(at + 20, true) === view.byteLength) return at
  }
  throw new Error('it is no zip archive, or cut off')
}

function fileAt(bytes: Uint8Array, view: DataView, entry: number, name: string): ZippedFile {
  const [flags, method] = [view.getUint16(entry + 8, true), view.getUint16(entry + 10, true)]
  const [crc, packed, size, local] = [16, 20, 24, 42].map(offset => view.getUint32(entry + offset, true)) as [
    number,
    number,
    number,
    number,
  ]
  return {
    name,
    size,
    content() {
      if (flags & 1) throw new Error(`${name} is encrypted`)
      if ([packed, size, local].includes(ELSEWHERE)) throw new Error(`${name} is in the form zip64`)
      if (local + LOCAL_SIZE > bytes.length || view.getUint32(local, true) !== LOCAL)
        throw new Error(`${name} is damaged`)
      const from = local + LOCAL_SIZE + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
      const content = unpacked(bytes.subarray(from, from + packed), { method, size, name })
      if (content.length !== size || crc32(content) !== crc) throw new Error(`${name} is damaged`)
      return content
    },
  }
}

function unpacked(
  packed: Uint8Array,
  { method, size, name }: { method: number; size: number; name: string },
): Uint8Array {
  if (method === STORED) return packed
  if (method !== DEFLATED) throw new Error(`${name} is packed by method ${method}, not by deflate`)
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) })
  } catch (cause) {
    throw new Error(`${name} is damaged`, { cause })
  }
}
