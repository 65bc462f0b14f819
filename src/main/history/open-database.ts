import type Sqlite from 'better-sqlite3'
import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { connect, patiently, wrap } from './database.ts'
import type { Database } from './database.ts'
import { has, realDisk } from './disk.ts'
import { refuseStrange, refuseUnusable, sizeOf } from './inspect.ts'
import { migrate } from './migrate.ts'
import type { Migration } from './migrate.ts'
import { damaged } from './sqlite-errors.ts'
import type { Place } from './sqlite-errors.ts'

export interface DatabaseOptions {
  readonly place: Place
  readonly migrations: readonly Migration[]
  readonly now: () => number
  /** Check the whole file, however large, before it is used. */
  readonly whole?: boolean
}

/**
 * Opens the history's file, making or migrating it first where needed. Several programs may do this at the same time.
 * A file that cannot be used is left as it is. @throws LabError see `Database`, and `history-foreign`
 */
export function openDatabase({ place, migrations, now, whole }: DatabaseOptions): Database {
  return patiently(place, () => {
    mkdirSync(dirname(place.file), { recursive: true, mode: 0o700 })
    if (sizeOf(place.file) === undefined) {
      // SQLite would replay it over the new file.
      if (sizeOf(`${place.file}-wal`)) throw damaged(place, 'the file itself is missing, and its -wal is there')
      create(place, migrations, now())
    }
    refuseUnusable(place, migrations, { whole })
    const raw = connect(place.file)
    try {
      refuseStrange(raw, place, migrations)
      configure(raw)
      migrate(raw, migrations, place, now())
      return wrap(raw, place, migrations.length)
    } catch (error) {
      raw.close()
      throw error
    }
  })
}

/** Makes a new history under a name of its own and gives it its name when it is complete: nobody ever sees half of one. */
function create(place: Place, migrations: readonly Migration[], now: number): void {
  const temporary = `${place.file}.${randomBytes(6).toString('hex')}.new`
  try {
    const raw = connect(temporary)
    try {
      // Not in WAL mode yet: what is committed is in the file itself, and no second file must follow it.
      raw.pragma('synchronous = FULL')
      migrate(raw, migrations, place, now)
      raw.pragma('journal_mode = WAL')
    } finally {
      raw.close()
    }
    giveName(temporary, place.file)
    realDisk.syncFolder(dirname(place.file))
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(temporary + suffix, { force: true })
  }
}

/** Another program's history that came first stays. */
function giveName(temporary: string, file: string): void {
  try {
    linkSync(temporary, file)
  } catch (error) {
    if (has(error, 'EEXIST')) return
    if (!has(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error
    if (sizeOf(file) === undefined) renameSync(temporary, file)
  }
}

function configure(raw: Sqlite.Database): void {
  raw.pragma('journal_mode = WAL')
  raw.pragma('synchronous = FULL')
  // On macOS alone: there a plain sync may stay in the disk's cache.
  raw.pragma('fullfsync = ON')
  raw.pragma('checkpoint_fullfsync = ON')
  raw.pragma('foreign_keys = ON')
  raw.pragma('journal_size_limit = 67108864')
}
