import { closeSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { InputError } from '../../../shared/errors.ts'
import { systemReason } from '../../services/regular-file.ts'

/** Far more than a study is written in. */
const MOST_BYTES = 64 * 2 ** 20
const FIELD = 'STUDY.json'

/** A study file's bytes: from a file, a pipe that has a path, or the standard input where the path is `-`. @throws InputError for what cannot be read */
export async function studyBytes(path: string, input: AsyncIterable<Uint8Array> = process.stdin): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  const take = (piece: Uint8Array): void => {
    pieces.push(piece)
    length += piece.length
    if (length > MOST_BYTES) throw new InputError(FIELD, path, `a study file of at most ${MOST_BYTES / 2 ** 20} MiB`)
  }
  try {
    if (path === '-') for await (const piece of input) take(piece)
    else readAll(path, take)
  } catch (error) {
    if (error instanceof InputError) throw error
    const where = path === '-' ? '' : `; looked for ${resolve(path)}`
    throw new InputError(FIELD, path, `a study file that can be read (${systemReason(error)}${where})`)
  }
  return Buffer.concat(pieces)
}

function readAll(path: string, take: (piece: Uint8Array) => void): void {
  const handle = openSync(path, 'r')
  try {
    for (;;) {
      const piece = new Uint8Array(64 * 1024)
      const read = readSync(handle, piece)
      if (read === 0) return
      take(piece.subarray(0, read))
    }
  } finally {
    closeSync(handle)
  }
}
