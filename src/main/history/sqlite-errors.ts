import { basename, dirname } from 'node:path'
import { LabError } from '../../shared/errors.ts'
import { newestBackup } from './backup-names.ts'
import { UnreadableRow } from './json.ts'

/** The files of one history, as far as an error message needs them. */
export interface Place {
  readonly file: string
  readonly backups: string
}

export const sqliteCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('SQLITE_')
    ? error.code
    : ''

export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(error))

export function damaged({ file, backups }: Place, what: string, cause?: unknown): LabError {
  const backup = newestBackup(backups)
  return new LabError(
    'history-damaged',
    `The history ${file} is damaged (${what}). It was left as it is. ` +
      (backup
        ? `The newest backup is ${backup}: \`permafrost restore --home ${dirname(file)}\` moves all of the damaged history's files aside and brings the backup in.`
        : `There is no backup in ${backups}; to begin a new history, move ${basename(file)} aside, with ${basename(file)}-wal and -shm where they are.`),
    { cause },
  )
}

/** What a person can do about an error that SQLite or the file system reported; an error of neither is given back as it is. */
export function explain(error: unknown, place: Place): unknown {
  if (error instanceof UnreadableRow) return damaged(place, error.message, error)
  const code = sqliteCode(error) || (error instanceof Error && 'code' in error ? String(error.code) : '')
  const message = error instanceof Error ? error.message : String(error)
  if (code === 'SQLITE_ERROR' && message === 'malformed JSON')
    return damaged(place, 'a stored record cannot be read', error)
  if (/^(SQLITE_(CORRUPT|NOTADB|TOOBIG)|ERR_STRING_TOO_LONG)/.test(code)) return damaged(place, message, error)
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT|EFBIG)/.test(code))
    return new LabError(
      'disk-full',
      `There is no room left for the history ${place.file}; nothing of the last change was stored. Free some space and try again.`,
      { cause: error },
    )
  if (isBusy(error))
    return new LabError(
      'history-busy',
      `The history ${place.file} has been in use by another program for too long; nothing was stored.`,
      { cause: error },
    )
  if (/^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|EACCES|EPERM|EROFS|ENOTDIR|EISDIR|EEXIST)/.test(code))
    return new LabError(
      'history-unwritable',
      `The history ${place.file} cannot be opened for writing (${message}). Check the folder's permissions, or choose another one.`,
      { cause: error },
    )
  if (/^(SQLITE_IOERR|EIO)/.test(code))
    return new LabError(
      'history-io',
      `The disk refused to read or write the history ${place.file} (${code}); nothing of the last change was stored. Check for free space and disk errors.`,
      { cause: error },
    )
  return error
}

/** Does `work`; explains its errors. */
export function explained<T>(place: Place, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw explain(error, place)
  }
}
