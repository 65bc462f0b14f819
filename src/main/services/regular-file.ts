import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** Where a system knows neither, it has no pipes that a path leads to. */
const WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)
const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the disk reports an error',
  ESTALE: 'the network drive has lost it',
  ENXIO: 'it is a pipe or device that nothing is connected to',
  ERR_INVALID_ARG_VALUE: 'the path has a NUL character',
}

/** What a system's error means, as part of a sentence. */
export function systemReason(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return SENTENCES[code] ?? (code === '' ? message : `the system says ${code}`)
}

export class TooLarge extends Error {}

/**
 * A regular file's content, never more than `most` bytes, whatever its size is said to be. A pipe or device is not waited for.
 * @throws TooLarge, Error saying why it cannot be read
 */
export function readRegular(path: string, most: number): Uint8Array<ArrayBuffer> {
  const handle = openSync(path, WITHOUT_WAITING)
  try {
    const stats = fstatSync(handle)
    if (stats.isDirectory()) throw new Error(SENTENCES.EISDIR)
    if (!stats.isFile()) throw new Error('it is no regular file, but a pipe, a socket or a device')
    if (stats.size > most) throw new TooLarge()
    const bytes = new Uint8Array(stats.size)
    let length = 0
    while (length < bytes.length) {
      const read = readSync(handle, bytes, length, bytes.length - length, null)
      if (read === 0) break
      length += read
    }
    return bytes.subarray(0, length)
  } finally {
    closeSync(handle)
  }
}
