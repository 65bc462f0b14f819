import {
  copyFileSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** The few things the history does to files: a seam at which tests let a disk fail. */
export interface Disk {
  makeFolder(path: string): void
  /** A file's whole content, on the disk when it returns; its name may not be yet. */
  write(path: string, bytes: Uint8Array): void
  /** Atomic; replaces `to`. */
  rename(from: string, to: string): void
  /** A second name for one content; where the file system has no such thing, a copy. `to` must not exist. */
  link(from: string, to: string): void
  /** A missing file is no error. */
  remove(path: string): void
  /** Puts the folder's names on the disk. */
  syncFolder(path: string): void
  /** Undefined when there is no such file. */
  read(path: string): Uint8Array | undefined
  /** Names in a folder; none when there is no such folder. */
  list(path: string): string[]
}

export const realDisk: Disk = {
  makeFolder: path => {
    mkdirSync(path, { recursive: true })
  },
  write(path, bytes) {
    const file = openSync(path, 'w')
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  },
  rename: renameSync,
  link(from, to) {
    try {
      linkSync(from, to)
    } catch (error) {
      if (!has(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK')) throw error
      copyFileSync(from, to)
    }
  },
  remove: path => rmSync(path, { force: true }),
  syncFolder(path) {
    if (process.platform === 'win32') return
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  },
  read: path => absentAs(undefined, () => readFileSync(path)),
  list: path => absentAs([], () => readdirSync(path)),
}

/** Either the old content or the new one is under `path`, whatever happens meanwhile; the new one when it returns. The folder must exist. */
export function writeFileAtomically(path: string, bytes: Uint8Array | string, disk: Disk = realDisk): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    disk.write(temporary, typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
    disk.rename(temporary, path)
  } catch (error) {
    disk.remove(temporary)
    throw error
  }
  disk.syncFolder(dirname(path))
}

export const has = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))

function absentAs<T>(absent: T, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (has(error, 'ENOENT')) return absent
    throw error
  }
}
