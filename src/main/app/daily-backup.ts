import { statSync } from 'node:fs'
import type { History } from '../history/history.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Later than anything that a start has to do. */
const FIRST_MS = 30_000

export interface DailyBackupOptions {
  readonly backups: History['backups']
  readonly onProblem: (error: unknown) => void
  readonly now?: () => number
}

/** Copies the history once a day while the app is open: a while after the start, then whenever the newest copy is a day old. @returns ends it, once a copy that is being made is complete */
export function backUpDaily({ backups, onProblem, now = Date.now }: DailyBackupOptions): () => Promise<void> {
  let working = Promise.resolve()

  function look(): void {
    const newest = backups.list().at(-1)
    const age = newest === undefined ? Infinity : now() - statSync(newest).mtimeMs
    // A file from the future says that a clock is or was wrong, and not that there is a new copy.
    if (age < DAY_MS && age > -HOUR_MS) return
    working = backups.makeSlowly().then(() => undefined, onProblem)
  }

  const first = setTimeout(look, FIRST_MS)
  const hourly = setInterval(look, HOUR_MS)
  first.unref()
  hourly.unref()
  return () => {
    clearTimeout(first)
    clearInterval(hourly)
    return working
  }
}
