import type Sqlite from 'better-sqlite3'
import { mkdirSync, openSync, closeSync, fsyncSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { realDisk } from './disk.ts'

/** Copied at a time: less than a millisecond's work. */
const PAGES = 100
const NAME = /^history-\d{8}T\d{9}Z-v\d+\.sqlite$/

/** Backups of a history, oldest first. */
export const listBackups = (folder: string): string[] =>
  realDisk
    .list(folder)
    .filter(name => NAME.test(name))
    .sort()
    .map(name => join(folder, name))
export const newestBackup = (folder: string): string | undefined => listBackups(folder).at(-1)

/**
 * A whole copy of the history as of now, in a file of its own; the name appears when the copy is complete and on the disk.
 * @returns its path
 */
export function backUp(db: Sqlite.Database, folder: string, now: number): string {
  const temporary = temporaryIn(folder, now)
  try {
    db.prepare('VACUUM INTO ?').run(temporary)
    return complete(db, temporary, folder, now)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** The same a few pages at a time, so that nothing waits for it. What is written meanwhile is in the copy too. @returns its path */
export async function backUpSlowly(db: Sqlite.Database, folder: string, now: number): Promise<string> {
  const temporary = temporaryIn(folder, now)
  try {
    await db.backup(temporary, { progress: () => PAGES })
    return complete(db, temporary, folder, now)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

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

/** Removes the oldest backups beyond `keep`. */
export function pruneBackups(folder: string, keep: number): void {
  const all = listBackups(folder)
  for (const path of all.slice(0, Math.max(0, all.length - keep))) rmSync(path, { force: true })
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
