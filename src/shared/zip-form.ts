/** What zip archives are made of (APPNOTE 6.3.10), for those that write them and those that read them. */

/** With what each record begins: before a file, in the directory, and at the end. */
export const LOCAL = 0x04034b50,
  ENTRY = 0x02014b50,
  END = 0x06054b50

export type ZipField = readonly [bytes: 2 | 4, value: number]

/** A record: its signature and its numbers, the low byte first. */
export function zipRecord(signature: number, ...fields: readonly ZipField[]): Uint8Array {
  const bytes = new Uint8Array(4 + fields.reduce((sum, [size]) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, signature, true)
  let at = 4
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += size
  }
  return bytes
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

/** The checksum of zip archives and of gzip (CRC-32/ISO-HDLC), unsigned. @param before the checksum of the bytes before these */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = before ^ 0xffffffff
  for (let at = 0; at < bytes.length; at++) crc = TABLE[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
