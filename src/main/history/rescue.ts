import { mkdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { LabError } from '../../shared/errors.ts'
import type { Migration } from './migrate.ts'
import { CheckpointFiles } from './checkpoints.ts'
import type { Party } from './claims.ts'
import { connect } from './database.ts'
import { has, type Disk } from './disk.ts'
import { openDatabase } from './open-database.ts'

/**
 * [Note: a home that goes] A folder can be deleted, unplugged or replaced while it is open: the system then goes on writing to files that
 * nobody will ever find. So each heartbeat looks whether the path still leads to the file that is open. Where it does not, what is
 * stored is copied to a folder beside, and what training still says, its last checkpoints above all, is recorded there.
 */

/** Which file a path leads to; null when there is none. */
export function fileAt(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true })
    return `${dev} ${ino}`
  } catch (error) {
    // Anything else may pass, as an overloaded network does.
    if (has(error, 'ENOENT', 'ENOTDIR')) return null
    return 'unknown'
  }
}

export interface Rescued {
  readonly error: LabError
  /** Where recording goes on; null where nothing could be saved. */
  readonly party: Pick<Party, 'db' | 'files'> | null
}

/** Copies what a history holds, whose path leads to it no more. */
export function rescue(
  { db, now }: Party,
  { home, migrations, disk }: { home: string; migrations: readonly Migration[]; disk: Disk },
): Rescued {
  const what = `The folder ${home} was deleted, unplugged or replaced while it was in use.`
  const name = `${basename(home)}-rescued-${new Date(now()).toISOString().replace(/[-:.]/g, '')}`
  let cause: unknown
  for (const folder of [join(home, '..', name), join(tmpdir(), name)]) {
    try {
      mkdirSync(folder, { mode: 0o700 })
      const place = { file: join(folder, 'history.sqlite'), backups: join(folder, 'backups') }
      db.raw.prepare('VACUUM INTO ?').run(place.file)
      const raw = connect(place.file)
      raw.pragma('journal_mode = WAL')
      raw.close()
      return {
        error: new LabError(
          'home-gone',
          `${what} What it had stored is saved in ${folder}, with the checkpoints that were made since; older weights are gone with it. Put that folder in its place, or name it with --home.`,
        ),
        party: {
          db: openDatabase({ place, migrations, now }),
          files: new CheckpointFiles(join(folder, 'checkpoints'), disk),
        },
      }
    } catch (error) {
      cause = error
    }
  }
  return { error: new LabError('home-gone', `${what} What it had stored could not be saved.`, { cause }), party: null }
}
