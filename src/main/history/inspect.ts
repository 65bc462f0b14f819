import { statSync } from 'node:fs'
import type Sqlite from 'better-sqlite3'
import { LabError } from '../../shared/errors.ts'
import { connect, newer } from './database.ts'
import { has } from './disk.ts'
import { APPLICATION_ID, userVersion } from './migrate.ts'
import { damaged, sqliteCode } from './sqlite-errors.ts'
import type { Place } from './sqlite-errors.ts'

/** Files up to this size are checked whole each time they are opened (a third of a second for 83 MB). */
const CHECKED_WHOLE = 16 * 2 ** 20

/** SQLite takes a file of fewer bytes for a new one. */
const SMALLEST = 512

/** Size in bytes; undefined when there is no file. */
export function sizeOf(file: string): number | undefined {
  try {
    return statSync(file).size
  } catch (error) {
    if (has(error, 'ENOENT')) return undefined
    throw error
  }
}

/**
 * Looks at an existing file through a connection that cannot write, before anything else touches it.
 * @throws LabError `history-damaged`, `history-newer`, `history-foreign`
 */
export function refuseUnusable(place: Place, known: number, { whole = false } = {}): void {
  const size = sizeOf(place.file) ?? 0
  if (size < SMALLEST) throw damaged(place, size === 0 ? 'it is empty' : `only ${size} bytes of it are left`)
  const raw = connect(place.file, { readonly: true })
  try {
    refuseStrange(raw, place, known)
    if (whole || size <= CHECKED_WHOLE) checkWhole(raw, place)
  } catch (error) {
    // In a folder that cannot be written, SQLite cannot even read; opening for writing says it better.
    if (!/^SQLITE_(READONLY|CANTOPEN)/.test(sqliteCode(error))) throw error
  } finally {
    raw.close()
  }
}

/** @throws LabError `history-newer`, `history-foreign` */
export function refuseStrange(raw: Sqlite.Database, place: Place, known: number): void {
  if (raw.pragma('application_id', { simple: true }) !== APPLICATION_ID) throw foreign(place)
  const version = userVersion(raw)
  if (version > known) throw newer(place, version, known)
}

/** @throws LabError `history-damaged` with the first fault found */
export function checkWhole(raw: Sqlite.Database, place: Place): void {
  const found = raw.pragma('quick_check(1)', { simple: true })
  if (found !== 'ok') throw damaged(place, String(found).replaceAll('\n', ' '))
}

const foreign = ({ file }: Place): LabError =>
  new LabError(
    'history-foreign',
    `${file} is a database, but not a history of this app. It was left as it is; choose another folder.`,
  )
