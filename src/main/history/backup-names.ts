import { join } from 'node:path'
import { realDisk } from './disk.ts'

const NAME = /^history-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-v\d+\.sqlite$/
/** Clocks of two machines differ a little. */
const AHEAD_MS = 60_000

/** When a backup was made, as its name says; NaN for other names. */
export const madeAt = (name: string): number =>
  Date.parse(NAME.test(name) ? name.replace(NAME, '$1-$2-$3T$4:$5:$6.$7Z') : '')

/** Backups of a history, oldest first; one from the future is the oldest of all: the clock that dated it was wrong. */
export function listBackups(folder: string, now = Date.now()): string[] {
  const isFuture = (name: string): boolean => madeAt(name) > now + AHEAD_MS
  const names = realDisk
    .list(folder)
    .filter(name => NAME.test(name))
    .sort()
  return [...names.filter(isFuture), ...names.filter(name => !isFuture(name))].map(name => join(folder, name))
}

export const newestBackup = (folder: string): string | undefined => listBackups(folder).at(-1)
