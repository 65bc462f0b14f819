import { statSync } from 'node:fs'
import type Sqlite from 'better-sqlite3'
import { LabError } from '../../shared/errors.ts'
import { connect, newer } from './database.ts'
import { has } from './disk.ts'
import { APPLICATION_ID, LEDGER, strangeTables, userVersion } from './migrate.ts'
import type { Migration } from './migrate.ts'
import { damaged, sqliteCode } from './sqlite-errors.ts'
import type { Place } from './sqlite-errors.ts'

/** Files up to this size are checked whole each time they are opened (a third of a second for 83 MB). */
export const CHECKED_WHOLE = 16 * 2 ** 20

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
export function refuseUnusable(place: Place, migrations: readonly Migration[], { whole = false } = {}): void {
  const size = sizeOf(place.file) ?? 0
  if (size < SMALLEST) throw damaged(place, size === 0 ? 'it is empty' : `only ${size} bytes of it are left`)
  const raw = connect(place.file, { readonly: true })
  try {
    refuseStrange(raw, place, migrations)
    if (whole || size <= CHECKED_WHOLE) checkWhole(raw, place)
  } catch (error) {
    // In a folder that cannot be written, SQLite cannot even read; opening for writing says it better.
    if (!/^SQLITE_(READONLY|CANTOPEN)/.test(sqliteCode(error))) throw error
  } finally {
    raw.close()
  }
}

/**
 * Looks at version and tables as they were at one moment: another program may be migrating.
 * @throws LabError `history-newer`, `history-foreign`, `history-damaged`
 */
export function refuseStrange(raw: Sqlite.Database, place: Place, migrations: readonly Migration[]): void {
  raw.transaction(() => refuseStrangeState(raw, place, migrations))()
}

function refuseStrangeState(raw: Sqlite.Database, place: Place, migrations: readonly Migration[]): void {
  if (raw.pragma('application_id', { simple: true }) !== APPLICATION_ID) throw foreign(place)
  const version = userVersion(raw)
  if (version > migrations.length) throw newer(place, version, migrations.length)
  if (version < 0 || objectsIn(raw) !== objectsOf(migrations.slice(0, version)))
    throw strangeTables(raw, migrations, place)
}

/** What the schema describes, tables and all else, by name: read without using any of it. */
const objectsIn = (raw: Sqlite.Database): string =>
  JSON.stringify(raw.prepare('SELECT type, name, tbl_name FROM sqlite_schema ORDER BY type, name').raw().all())

const known = new WeakMap<Migration, string>()

/** The same of a new file that these have made. */
function objectsOf(migrations: readonly Migration[]): string {
  const last = migrations.at(-1)
  const before = last && known.get(last)
  if (before !== undefined) return before
  const raw = connect(':memory:')
  try {
    if (last) raw.exec(LEDGER)
    for (const { sql, move } of migrations) {
      raw.exec(sql)
      move?.(raw)
    }
    const objects = objectsIn(raw)
    if (last) known.set(last, objects)
    return objects
  } finally {
    raw.close()
  }
}

/** @throws LabError `history-damaged` with the first fault found */
export function checkWhole(raw: Sqlite.Database, place: Place): void {
  const found = raw.pragma('integrity_check(1)', { simple: true })
  if (found !== 'ok') throw damaged(place, String(found).replaceAll('\n', ' '))
}

const foreign = ({ file }: Place): LabError =>
  new LabError(
    'history-foreign',
    `${file} is a database, but not a history of this app. It was left as it is; choose another folder.`,
  )
