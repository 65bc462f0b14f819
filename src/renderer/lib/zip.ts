import { crc32, END, ENTRY, LOCAL, zipRecord } from '../../shared/zip-form.ts'

/** A file in an archive. */
export interface Entry {
  readonly name: string
  readonly bytes: Uint8Array
}

/** A zip archive, stored without compression: the same files give the same archive. */
export function zip(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const entry of entries) {
    const name = new TextEncoder().encode(entry.name)
    const { length } = entry.bytes
    const about = [
      [2, UTF8],
      [2, 0],
      [4, TIME],
      [4, crc32(entry.bytes)],
      [4, length],
      [4, length],
      [2, name.length],
      [2, 0],
    ] as const
    const local = zipRecord(LOCAL, [2, 20], ...about)
    directory.push(
      concat([zipRecord(ENTRY, [2, 20], [2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), name]),
    )
    parts.push(local, name, entry.bytes)
    offset += local.length + name.length + length
  }
  const central = concat(directory)
  return concat([
    ...parts,
    central,
    zipRecord(END, [2, 0], [2, 0], [2, entries.length], [2, entries.length], [4, central.length], [4, offset], [2, 0]),
  ])
}

/** 1 January 1980, the first day that zip knows. */
const TIME = 0x00210000
/** Says that names are UTF-8. */
const UTF8 = 0x0800

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
