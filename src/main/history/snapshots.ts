import type { SnapshotInfo } from '../../shared/records.ts'
import type { Database } from './database.ts'
import { query } from './schema.ts'

/** Enters a snapshot whose content is staged (see `checkpoints.ts`). Inside `write`. */
export function putSnapshot(db: Database, run: number, { epoch, step, sha256, bytes, createdAt }: SnapshotInfo): void {
  db.change(query.replaceInto('snapshots').values({ run, epoch, step, sha256, bytes, created_at: createdAt }))
}

/** A run's snapshots, oldest first. */
export function snapshotRows(db: Database, run: number): SnapshotInfo[] {
  return db.all(
    query
      .selectFrom('snapshots')
      .select(['epoch', 'step', 'sha256', 'bytes', 'created_at as createdAt'])
      .where('run', '=', run)
      .orderBy('epoch'),
  )
}

/** Takes out the snapshots made after `step`. Inside `write`. */
export function cutSnapshots(db: Database, run: number, step: number): void {
  db.statement<[number, number]>('DELETE FROM snapshots WHERE run = ? AND step > ?').run(run, step)
}
