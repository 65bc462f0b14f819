import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { LabError } from '../../shared/errors.ts'
import type { CheckpointInfo, SnapshotInfo, Weights } from '../../shared/records.ts'
import { refuseInside } from './database.ts'
import type { Database } from './database.ts'
import type { Disk } from './disk.ts'
import { sha256 } from './json.ts'
import type { Identity } from './processes.ts'
import { runRow } from './runs.ts'
import { query } from './schema.ts'
import { snapshotRows } from './snapshots.ts'

/*
 * [Note: one commit for a checkpoint] A checkpoint is a file and a database row that names its hash; the two cannot change at once.
 * So no file that a row names is ever changed:
 *   1. stage    the bytes go to RUN/versions/HASH.safetensors (temporary name, sync, rename, sync the folder);
 *   2. commit   one transaction makes the row name HASH, together with whatever else belongs to it;
 *   3. publish  RUN/last.safetensors or RUN/best.safetensors becomes a second name of that file; versions that no row names go.
 * Before 2 is on the disk the old row and the old file hold, from then on the new ones. Readers go by the row, so a crash anywhere
 * between leaves them a whole checkpoint, old or new; who next finds the run interrupted, or claims it, makes up for 3.
 * Snapshots go the same way, and keep the names of 1.
 */

/** A file with its content. */
interface Stored {
  readonly file: string
  readonly content: Uint8Array
}
export interface Checkpoint extends CheckpointInfo, Stored {}
export interface Snapshot extends SnapshotInfo, Stored {}

export class CheckpointFiles {
  readonly #folder: string
  readonly #disk: Disk

  /** @param folder holds a folder for each run */
  constructor(folder: string, disk: Disk) {
    this.#folder = folder
    this.#disk = disk
  }

  named = (runId: string, which: Weights): string => join(this.#folder, runId, `${which}.safetensors`)

  folderOf = (runId: string): string => join(this.#folder, runId)

  /** Puts the content on the disk, under its hash. @returns the hash */
  stage(runId: string, content: Uint8Array): string {
    const hash = sha256(content)
    const versions = this.#versions(runId)
    this.#disk.makeFolder(versions)
    const temporary = join(versions, `${hash}.${randomBytes(4).toString('hex')}.tmp`)
    this.#disk.write(temporary, content)
    this.#disk.rename(temporary, this.#version(runId, hash))
    for (const folder of [versions, this.folderOf(runId), this.#folder]) this.#disk.syncFolder(folder)
    return hash
  }

  /** Gives the newest checkpoints their names and removes what no row names. @param rows of the run, as committed, as are `snapshots` */
  publish(runId: string, rows: readonly CheckpointInfo[], snapshots: readonly SnapshotInfo[]): void {
    const versions = this.#disk.list(this.#versions(runId))
    const kept = new Set([...rows, ...snapshots].map(row => `${row.sha256}.safetensors`))
    for (const which of ['best', 'last'] as const) {
      const newest = newestOf(rows, which)
      if (!newest) this.#disk.remove(this.named(runId, which))
      else if (versions.includes(`${newest.sha256}.safetensors`)) this.#name(runId, which, newest.sha256)
    }
    for (const file of versions) if (!kept.has(file)) this.#disk.remove(join(this.#versions(runId), file))
    // Also where nothing was broken off: renaming one name of a file to another name of the same file does nothing.
    for (const file of this.#disk.list(this.folderOf(runId)))
      if (file.endsWith('.tmp')) this.#disk.remove(join(this.folderOf(runId), file))
    if (versions.length > 0) this.#disk.syncFolder(this.folderOf(runId))
  }

  /** The content of a row's checkpoint. @throws LabError `checkpoint-damaged` when it is not what was stored */
  load(runId: string, row: CheckpointInfo): Checkpoint {
    const stored = this.#find([this.#version(runId, row.sha256), this.named(runId, row.which)], row.sha256)
    if (stored) return { ...row, ...stored }
    throw new LabError(
      'checkpoint-damaged',
      `The ${row.which} checkpoint of run ${runId} (${this.named(runId, row.which)}, step ${row.step}) is missing or damaged: no file has the hash ${row.sha256}.`,
    )
  }

  /** The same of a snapshot. @throws LabError `checkpoint-damaged` */
  loadSnapshot(runId: string, row: SnapshotInfo): Snapshot {
    const file = this.#version(runId, row.sha256)
    const stored = this.#find([file], row.sha256)
    if (stored) return { ...row, ...stored }
    throw new LabError(
      'checkpoint-damaged',
      `The weights of run ${runId} after epoch ${row.epoch} (${file}) are missing or damaged.`,
    )
  }

  #find(places: readonly string[], hash: string): Stored | undefined {
    for (const file of places) {
      const content = this.#disk.read(file)
      if (content && sha256(content) === hash) return { file, content }
    }
    return undefined
  }

  #name(runId: string, which: Weights, hash: string): void {
    const name = this.named(runId, which)
    const temporary = `${name}.${randomBytes(4).toString('hex')}.tmp`
    this.#disk.link(this.#version(runId, hash), temporary)
    this.#disk.rename(temporary, name)
  }

  #versions = (runId: string): string => join(this.folderOf(runId), 'versions')
  #version = (runId: string, hash: string): string => join(this.#versions(runId), `${hash}.safetensors`)
}

/**
 * Gives a run's checkpoints, as committed, their names, unless another process owns the run: it may be staging one. The write lock
 * keeps others from becoming its owner meanwhile.
 */
export function publish(
  { db, files, me }: { db: Database; files: CheckpointFiles; me: Identity },
  runId: string,
): void {
  refuseInside(db)
  db.write(() => {
    const { seq, owner } = runRow(db, runId)
    if (owner === null || owner === me.token) files.publish(runId, checkpointRows(db, seq), snapshotRows(db, seq))
  })
}

/** Enters a checkpoint whose content is staged, and takes out those that no resume can need any more. Inside `write`. */
export function putCheckpoint(
  db: Database,
  run: number,
  { which, epoch, step, sha256: hash, bytes, createdAt }: CheckpointInfo,
): void {
  db.change(
    query.replaceInto('checkpoints').values({ run, which, epoch, step, sha256: hash, bytes, created_at: createdAt }),
  )
  db.statement<[{ run: number }]>(PRUNE).run({ run })
}

/** A resume goes back to the last checkpoint and then needs the best one of that moment, also when a newer best one exists by now. */
const PRUNE = `DELETE FROM checkpoints WHERE run = :run
  AND step < (SELECT max(step) FROM checkpoints AS newer WHERE newer.run = :run AND newer.which = checkpoints.which)
  AND NOT (which = 'best' AND step IS (SELECT max(step) FROM checkpoints AS usable WHERE usable.run = :run AND usable.which = 'best'
    AND usable.step <= (SELECT max(step) FROM checkpoints AS last WHERE last.run = :run AND last.which = 'last')))`

/** A run's checkpoints that are still needed, oldest first of each kind. */
export function checkpointRows(db: Database, run: number): CheckpointInfo[] {
  return db.all(
    query
      .selectFrom('checkpoints')
      .select(['which', 'epoch', 'step', 'sha256', 'bytes', 'created_at as createdAt'])
      .where('run', '=', run)
      .orderBy('which')
      .orderBy('step'),
  )
}

export const newestOf = (rows: readonly CheckpointInfo[], which: Weights): CheckpointInfo | undefined =>
  rows.filter(row => row.which === which).at(-1)

/** Takes out the checkpoints made after `step`. Inside `write`. */
export function cutCheckpoints(db: Database, run: number, step: number): void {
  db.statement<[number, number]>('DELETE FROM checkpoints WHERE run = ? AND step > ?').run(run, step)
}
