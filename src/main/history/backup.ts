import type Sqlite from 'better-sqlite3'
import { mkdirSync, openSync, closeSync, fsyncSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { listBackups } from './backup-names.ts'
import { realDisk } from './disk.ts'
import { pinning, prunePins } from './pins.ts'
import type { Place } from './sqlite-errors.ts'

/** Copied at a time: less than a millisecond's work. */
const PAGES = 100
const SLICE = 100

/**
 * A whole copy of the history as of now, in a file of its own; the name appears when the copy is complete and on the disk.
 * @returns its path
 */
export function backUp(db: Sqlite.Database, place: Place, now: number): string {
  const temporary = temporaryIn(place.backups, now)
  try {
    db.prepare('VACUUM INTO ?').run(temporary)
    for (const _ of pinning(temporary, place.backups, checkpointsOf(place)));
    return complete(db, temporary, place.backups, now)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** The same a few pages at a time, so that nothing waits for it. What is written meanwhile is in the copy too. @returns its path */
export async function backUpSlowly(db: Sqlite.Database, place: Place, now: number): Promise<string> {
  const temporary = temporaryIn(place.backups, now)
  try {
    await db.backup(temporary, { progress: () => PAGES })
    let pinned = 0
    for (const _ of pinning(temporary, place.backups, checkpointsOf(place)))
      if (++pinned % SLICE === 0) await new Promise(resolve => setImmediate(resolve))
    return complete(db, temporary, place.backups, now)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

const checkpointsOf = ({ file }: Place): string => join(dirname(file), 'checkpoints')

function temporaryIn(folder: string, now: number): string {
  mkdirSync(folder, { recursive: true })
  const temporary = join(folder, `.backup-${process.pid}-${now}.tmp`)
  rmSync(temporary, { force: true })
  return temporary
}

function complete(db: Sqlite.Database, temporary: string, folder: string, now: number): string {
  sync(temporary)
  const path = freeName(folder, now, Number(db.pragma('user_version', { simple: true })))
  renameSync(temporary, path)
  realDisk.syncFolder(folder)
  return path
}

/** Removes the oldest backups beyond `keep`, and the second names of weights that only they name. */
export function pruneBackups(folder: string, keep: number, now: number): void {
  const all = listBackups(folder, now)
  const old = all.slice(0, Math.max(0, all.length - keep))
  if (old.length === 0) return
  for (const path of old) rmSync(path, { force: true })
  prunePins(folder, all.slice(old.length))
}

function freeName(folder: string, now: number, version: number): string {
  const taken = new Set(listBackups(folder))
  for (let at = now; ; at++) {
    const path = join(folder, `history-${new Date(at).toISOString().replace(/[-:.]/g, '')}-v${version}.sqlite`)
    if (!taken.has(path)) return path
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
