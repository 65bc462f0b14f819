import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from './database.ts'
import { has, realDisk } from './disk.ts'

/**
 * [Note: pins] A backup is of little use without the weights that its rows name, and training goes on to newer ones. So every version
 * that a backup names has a second name in `pins/RUN` beside the backups, for as long as one of them names it.
 */
export const pinsIn = (backups: string): string => join(backups, 'pins')

export const versionName = (hash: string): string => `${hash}.safetensors`

interface Named {
  readonly id: string
  readonly hash: string
}

/** Gives what a backup names its second names, and stops after each. */
export function* pinning(backup: string, backups: string, checkpoints: string): Generator<void> {
  for (const { id, hash } of namedIn(backup)) {
    const folder = join(pinsIn(backups), id)
    const pin = join(folder, versionName(hash))
    if (!existsSync(pin)) {
      mkdirSync(folder, { recursive: true })
      link(join(checkpoints, id, 'versions', versionName(hash)), pin)
    }
    yield
  }
}

/** Removes the second names of what none of these backups names. */
export function prunePins(backups: string, kept: readonly string[]): void {
  const needed = new Set(kept.flatMap(backup => namedIn(backup).map(({ id, hash }) => join(id, versionName(hash)))))
  for (const id of realDisk.list(pinsIn(backups))) {
    const folder = join(pinsIn(backups), id)
    const names = realDisk.list(folder)
    const unneeded = names.filter(name => !needed.has(join(id, name)))
    for (const name of unneeded) realDisk.remove(join(folder, name))
    if (unneeded.length === names.length) rmSync(folder, { recursive: true, force: true })
  }
}

/** A version that has gone meanwhile has a newer one in its place. */
function link(from: string, to: string): void {
  try {
    realDisk.link(from, to)
  } catch (error) {
    if (!has(error, 'ENOENT', 'EEXIST')) throw error
  }
}

/** A backup that cannot be read names nothing. */
function namedIn(backup: string): Named[] {
  try {
    // Not read-only: such a connection leaves a -wal behind.
    const raw = connect(backup)
    try {
      const snapshots = raw.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'snapshots'").get() !== undefined
      return raw
        .prepare<[], Named>(
          `SELECT id, sha256 AS hash FROM checkpoints JOIN runs ON runs.seq = run
          ${snapshots ? 'UNION SELECT id, sha256 FROM snapshots JOIN runs ON runs.seq = run' : ''}`,
        )
        .all()
    } finally {
      raw.close()
    }
  } catch {
    return []
  }
}
