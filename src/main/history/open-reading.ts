import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { LabError } from '../../shared/errors.ts'
import { connect, patiently, wrap } from './database.ts'
import type { Database } from './database.ts'
import { refuseStrange } from './inspect.ts'
import { userVersion } from './migrate.ts'
import type { DatabaseOptions } from './open-database.ts'
import { openDatabase } from './open-database.ts'
import { sqliteCode } from './sqlite-errors.ts'

const ATTEMPTS = 5

/**
 * Opens a history that nothing is to be written to: on a read-only or a full disk, or in somebody else's folder. Where SQLite needs to
 * write beside the file, or the file is of an older version, a copy in the system's temporary folder is read, which goes when it is closed.
 */
export function openForReading(options: DatabaseOptions): Database {
  const { place, migrations } = options
  return patiently(
    place,
    () =>
      inPlace(options) ??
      copied(place.file, (file, folder) =>
        openDatabase({ ...options, place: { file, backups: join(folder, 'backups') }, migrations }),
      ),
  )
}

/** @returns undefined where it takes a copy */
function inPlace({ place, migrations }: DatabaseOptions): Database | undefined {
  let raw
  try {
    raw = connect(place.file, { readonly: true })
    refuseStrange(raw, place, migrations)
    if (userVersion(raw) === migrations.length) return wrap(raw, place, migrations.length)
  } catch (error) {
    if (!/^SQLITE_(READONLY|CANTOPEN|IOERR|FULL|PERM)/.test(sqliteCode(error))) {
      raw?.close()
      throw error
    }
  }
  raw?.close()
  return undefined
}

function copied(file: string, open: (file: string, folder: string) => Database): Database {
  const folder = mkdtempSync(join(tmpdir(), 'permafrost-read-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, basename(file))
    copyWhole(file, copy)
    const db = open(copy, folder)
    return {
      ...db,
      close() {
        db.close()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

/** The file and what is written ahead of it, of one moment. */
function copyWhole(file: string, copy: string): void {
  const wal = `${file}-wal`
  const stamp = (): string =>
    [file, wal]
      .map(path => (existsSync(path) ? statSync(path, { bigint: true }) : undefined))
      .map(at => (at ? `${at.ino} ${at.size} ${at.mtimeNs}` : '-'))
      .join(' ')
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = stamp()
    copyFileSync(file, copy)
    if (existsSync(wal)) copyFileSync(wal, `${copy}-wal`)
    else rmSync(`${copy}-wal`, { force: true })
    if (stamp() === before) return
  }
  throw new LabError(
    'history-busy',
    `The history ${file} is being written to all the time, and cannot be read beside that without writing to its folder.`,
  )
}
