import type { Attempt } from '../../shared/records.ts'
import type { Party } from './claims.ts'
import { refuseTaken } from './claims.ts'
import type { Database } from './database.ts'
import { changeRecord, changeStudy } from './seals.ts'
import { runRow } from './runs.ts'

/** When a run that was trained elsewhere went through what; milliseconds since 1970, `seconds` of training. */
export interface Past {
  readonly queuedAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly seconds: number
  /** All that there were, oldest first; none: what is known here stays. */
  readonly attempts: readonly Attempt[]
  /** Times at which checkpoints and snapshots were made, by kind and by epoch. */
  readonly checkpoints: readonly { readonly which: string; readonly createdAt: number }[]
  readonly snapshots: readonly { readonly epoch: number; readonly createdAt: number }[]
}

/** Puts a run that nobody trains back to the times of its past. @throws LabError `run-taken`, `unknown-run` */
export function backdateRun({ db, me, now }: Party, id: string, past: Past): void {
  db.write(() => {
    const run = runRow(db, id)
    refuseTaken(db, run, me, now())
    changeRecord(db.raw, run.seq, () => putPast(db, run.seq, past))
  })
}

function putPast(db: Database, run: number, past: Past): void {
  db.statement<[{ queued: number; started: number | null; ended: number | null; seconds: number; run: number }]>(
    'UPDATE runs SET queued_at = :queued, started_at = :started, ended_at = coalesce(:ended, ended_at), seconds = :seconds WHERE seq = :run',
  ).run({ queued: past.queuedAt, started: past.startedAt, ended: past.endedAt, seconds: past.seconds, run })
  if (past.attempts.length > 0) db.statement<[number]>('DELETE FROM attempts WHERE run = ?').run(run)
  const enter = db.statement<[number, number, string, number, number, number, string]>(
    'INSERT INTO attempts (run, attempt, environment, from_step, started_at, ended_at, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  past.attempts.forEach(({ environment, fromStep, startedAt, endedAt, outcome }, i) =>
    enter.run(
      run,
      i + 1,
      JSON.stringify(environment),
      fromStep,
      startedAt,
      endedAt ?? startedAt,
      outcome === 'running' ? 'interrupted' : outcome,
    ),
  )
  for (const { which, createdAt } of past.checkpoints)
    db.statement<[number, number, string]>('UPDATE checkpoints SET created_at = ? WHERE run = ? AND which = ?').run(
      createdAt,
      run,
      which,
    )
  for (const { epoch, createdAt } of past.snapshots)
    db.statement<[number, number, number]>('UPDATE snapshots SET created_at = ? WHERE run = ? AND epoch = ?').run(
      createdAt,
      run,
      epoch,
    )
}

export function backdateStudy({ db }: Pick<Party, 'db'>, id: string, createdAt: number): void {
  db.write(() => {
    changeStudy(db.raw, id, () =>
      db.statement<[number, string]>('UPDATE studies SET created_at = ? WHERE id = ?').run(createdAt, id),
    )
  })
}
