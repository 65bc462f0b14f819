import { rmSync } from 'node:fs'
import type { Party } from './claims.ts'
import { refuseTaken } from './claims.ts'
import { refuseInside } from './database.ts'
import { getStudy } from './studies.ts'
import { runRow } from './runs.ts'

/** Removes a run with all that was recorded of it, its checkpoints too. @throws LabError `run-taken`, `unknown-run` */
export function removeRun({ db, files, me, now }: Party, id: string): void {
  refuseInside(db)
  db.write(() => {
    const run = runRow(db, id)
    refuseTaken(db, run, me, now())
    db.statement<[number]>('DELETE FROM runs WHERE seq = ?').run(run.seq)
  })
  rmSync(files.folderOf(id), { recursive: true, force: true })
}

/** Removes a study with its runs. @throws LabError `run-taken` when one of them is being trained; then nothing is removed. `unknown-study` */
export function removeStudy({ db, files, me, now }: Party, id: string): void {
  refuseInside(db)
  const runs = db.write(() => {
    getStudy(db, id)
    const ids = db
      .statement<[string], string>(
        'SELECT runs.id FROM runs JOIN studies ON studies.seq = runs.study WHERE studies.id = ?',
      )
      .pluck()
      .all(id)
    for (const run of ids) refuseTaken(db, runRow(db, run), me, now())
    db.statement<[string]>('DELETE FROM studies WHERE id = ?').run(id)
    return ids
  })
  for (const run of runs) rmSync(files.folderOf(run), { recursive: true, force: true })
}
