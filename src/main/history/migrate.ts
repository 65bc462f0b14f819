import type Sqlite from 'better-sqlite3'
import { LabError } from '../../shared/errors.ts'
import { backUp } from './backup.ts'
import { newer } from './database.ts'
import { sha256 } from './json.ts'
import { damaged, sqliteCode } from './sqlite-errors.ts'
import type { Place } from './sqlite-errors.ts'

/** One change of the tables. A released one never changes: its checksum is kept in every file it was applied to. */
export interface Migration {
  readonly id: string
  readonly why: string
  readonly sql: string
  /** Done after it: what SQL alone cannot. */
  readonly move?: (raw: Sqlite.Database) => void
}

/** Marks a SQLite file as a history (header bytes 68–71): `PfrH`. */
export const APPLICATION_ID = 0x50667248

export const LEDGER =
  'CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, id TEXT NOT NULL, checksum TEXT NOT NULL, tables TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT'

interface LedgerRow {
  version: number
  id: string
  checksum: string
  tables: string
}

/**
 * Brings a file to the newest version, all of the way or not at all; a file that holds something is backed up first.
 * Of several programs that try at once, one does it and the others find it done.
 * @throws LabError `history-newer`, `history-foreign`
 */
export function migrate(raw: Sqlite.Database, migrations: readonly Migration[], place: Place, now: number): void {
  const before = userVersion(raw)
  if (before === migrations.length) return checkLedger(raw, migrations, place)
  if (before > 0 && before < migrations.length) backUpOld(raw, place, before, now)
  raw
    .transaction(() => {
      const version = userVersion(raw)
      if (version > migrations.length) throw newer(place, version, migrations.length)
      if (version > 0) checkLedger(raw, migrations, place)
      raw.exec(LEDGER)
      const enter = raw.prepare(
        'INSERT INTO migrations (version, id, checksum, tables, applied_at) VALUES (?, ?, ?, ?, ?)',
      )
      migrations.slice(version).forEach((migration, i) => {
        raw.exec(migration.sql)
        migration.move?.(raw)
        enter.run(version + i + 1, migration.id, checksum(migration), tablesHash(raw), now)
      })
      raw.pragma(`application_id = ${APPLICATION_ID}`)
      raw.pragma(`user_version = ${migrations.length}`)
    })
    .immediate()
}

export const userVersion = (raw: Sqlite.Database): number => Number(raw.pragma('user_version', { simple: true }))

export const checksum = ({ id, sql }: Migration): string => sha256(`${id}\n${sql}`)

/** Of what the file says its tables are. */
function tablesHash(raw: Sqlite.Database): string {
  return sha256(
    JSON.stringify(
      raw
        .prepare(
          "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
        )
        .raw()
        .all(),
    ),
  )
}

/** Another program may have migrated between the look at the version and the copy: such a copy is no backup of the old state, but whole and harmless. */
function backUpOld(raw: Sqlite.Database, place: Place, before: number, now: number): void {
  if (userVersion(raw) === before) backUp(raw, place, now)
}

/** The steps that made the file are ours, and the tables are as they left them. */
function checkLedger(raw: Sqlite.Database, migrations: readonly Migration[], place: Place): void {
  const applied = ledger(raw, place)
  refuseOtherBuild(applied, migrations, place)
  if (applied.at(-1)?.tables !== tablesHash(raw)) throw damaged(place, 'its tables are not as they were made')
}

function refuseOtherBuild(applied: readonly LedgerRow[], migrations: readonly Migration[], place: Place): void {
  for (const { version, id, checksum: found } of applied) {
    const known = migrations[version - 1]
    if (known && checksum(known) !== found) {
      throw new LabError(
        'history-foreign',
        `The history ${place.file} was set up by another build of the app: its step ${version} is ${id}, which differs from ${known.id} here. It was left as it is; open it with that build.`,
      )
    }
  }
}

/** Why a file's tables are not those of its version. */
export function strangeTables(raw: Sqlite.Database, migrations: readonly Migration[], place: Place): LabError {
  const version = userVersion(raw)
  try {
    const isTable = raw.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migrations' AND type = 'table'").get()
    if (isTable) refuseOtherBuild(ledger(raw, place), migrations, place)
  } catch (error) {
    if (error instanceof LabError) return error
    throw error
  }
  return damaged(place, `its tables are not as they were made for its version, ${version}`)
}

function ledger(raw: Sqlite.Database, place: Place): LedgerRow[] {
  try {
    return raw.prepare<[], LedgerRow>('SELECT version, id, checksum, tables FROM migrations ORDER BY version').all()
  } catch (error) {
    throw sqliteCode(error) === 'SQLITE_ERROR' ? damaged(place, 'its tables are not as they were made', error) : error
  }
}
