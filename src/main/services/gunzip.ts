import { Gunzip } from 'fflate'
import { crc32 } from '../../shared/zip-form.ts'
import { TooLarge } from './regular-file.ts'

/** What of the packed bytes is unpacked at a time: a thousand times as much at most comes out of it. */
const STEP = 16 * 1024
/** A checksum and a length end each part of a gzip file. */
const TRAILER = 8

/**
 * Unpacks piece by piece, so that whoever takes the pieces can stop; the checksums that the file holds are compared.
 * @throws TooLarge after `most` bytes, Error for what is damaged, cut off or not gzip
 */
export function* gunzipped(packed: Uint8Array, most: number): Generator<Uint8Array> {
  let checksum = 0,
    length = 0,
    total = 0
  let pieces: Uint8Array[] = []
  const compare = (end: number): void => {
    const trailer = new DataView(packed.buffer, packed.byteOffset + Math.max(0, end - TRAILER), Math.min(end, TRAILER))
    if (
      trailer.byteLength < TRAILER ||
      trailer.getUint32(0, true) !== checksum ||
      trailer.getUint32(4, true) !== length >>> 0
    )
      throw new Error('it is damaged')
    checksum = 0
    length = 0
  }
  const stream = new Gunzip(piece => {
    checksum = crc32(piece, checksum)
    length += piece.length
    total += piece.length
    if (total > most) throw new TooLarge()
    if (piece.length > 0) pieces.push(piece)
  })
  // Parts may follow each other in one file.
  stream.onmember = compare
  for (let at = 0; at < packed.length; at += STEP) {
    push(stream, packed.subarray(at, at + STEP), at + STEP >= packed.length)
    yield* pieces
    pieces = []
  }
  compare(packed.length)
}

function push(stream: Gunzip, packed: Uint8Array, last: boolean): void {
  try {
    stream.push(packed, last)
  } catch (error) {
    // The library's own errors have a number.
    if (typeof (error as { code?: unknown }).code !== 'number') throw error
    throw new Error('it is no gzip file, damaged, or cut off', { cause: error })
  }
}

/** The same as one piece. @throws as `gunzipped` */
export const gunzippedWhole = (packed: Uint8Array, most: number): Uint8Array =>
  Buffer.concat([...gunzipped(packed, most)])
