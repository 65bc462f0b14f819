import { LabError } from '../../shared/errors.ts'
import type { CheckpointInfo, Environment, RunStatus } from '../../shared/records.ts'
import { checkpointRows, cutCheckpoints, newestOf, publish } from './checkpoints.ts'
import type { CheckpointFiles } from './checkpoints.ts'
import { refuseInside } from './database.ts'
import type { Database } from './database.ts'
import { cutEpochs, refreshTotals } from './epochs.ts'
import { cutScores } from './tallies.ts'
import { cutPoints } from './metrics.ts'
import { buryDead, enrol, find, isAlive } from './processes.ts'
import type { Identity } from './processes.ts'
import { RUN_ROW, runRow } from './runs.ts'
import type { RunRow } from './runs.ts'
import { cutSnapshots } from './snapshots.ts'

/*
 * [Note: claims] Only the process that owns a run may record for it. A run is owned exactly while its status is `running`
 * (the table checks this), and the owner is entered in one transaction that first cuts the run's record back to the checkpoint
 * from which its training goes on. So no one can ever add to a record that reaches beyond what the weights have seen.
 */

export interface Claim {
  /** Counted from 1. */
  readonly attempt: number
  /** Where training goes on, with the checkpoints of that moment; null: from the initial weights. */
  readonly resume: {
    readonly epoch: number
    readonly step: number
    readonly last: Uint8Array
    readonly best: Uint8Array | null
  } | null
}

export interface ClaimOptions {
  readonly environment: Environment
  /** `last` (default): go on from the last checkpoint, where there is one. `start`: drop what there is. */
  readonly from?: 'last' | 'start'
}

/** What it takes to change a run: the tables, the files, who does it and the clocks. */
export interface Party {
  readonly db: Database
  readonly files: CheckpointFiles
  readonly me: Identity
  /** The date: what `…_at` says, but for `claimed_at` and `seen_at`. */
  readonly now: () => number
  /** Whole milliseconds of a clock that nobody sets: between `claimed_at` and `seen_at` lies time that has passed. */
  readonly steady: () => number
}

/** Why a run failed. */
export interface Reason {
  readonly code: string
  readonly message: string
}

const OVER: readonly RunStatus[] = ['finished', 'stopped-early', 'diverged']

/**
 * Makes this process the one that trains the run. @throws LabError `run-taken` (another process trains it, or this one already does),
 * `run-over` (trained to its end; from `start` it can be claimed again), `checkpoint-damaged`, `unknown-run`
 */
export function claimRun(party: Party, id: string, { environment, from = 'last' }: ClaimOptions): Claim {
  const { db, files, me, now, steady } = party
  const claim = db.write((): Claim => {
    const run = runRow(db, id)
    refuseTaken(db, run, me, now())
    if (from === 'last' && OVER.includes(run.status))
      throw new LabError(
        'run-over',
        `Run ${id} has been trained to its end (${run.status}). It can only be trained again from the start.`,
      )
    if (run.owner !== null) endAttempt(db, run, 'interrupted', left(run, now()))
    const last = from === 'last' ? newestOf(checkpointRows(db, run.seq), 'last') : undefined
    cutRun(db, run, last?.step ?? null)
    const best = newestOf(checkpointRows(db, run.seq), 'best')
    const content = (row: CheckpointInfo): Uint8Array => files.load(id, row).content
    const resume = last
      ? { epoch: last.epoch, step: last.step, last: content(last), best: best ? content(best) : null }
      : null
    return {
      attempt: own(db, run.seq, { me, at: now(), since: steady(), fromStep: resume?.step ?? 0, environment }),
      resume,
    }
  })
  publish(party, id)
  return claim
}

/**
 * Ends this process's claim on a run that has not come to its end: `paused`, `cancelled`, `failed`, `interrupted` or back to `queued`.
 * @throws LabError `run-not-claimed`
 */
export function releaseRun(
  { db, me, now, steady }: Party,
  id: string,
  status: 'paused' | 'cancelled' | 'failed' | 'interrupted' | 'queued',
  error: Reason | null = null,
): void {
  db.write(() => {
    const run = ownedRow(db, id, me)
    endAttempt(db, run, status, { at: now(), until: steady() })
    db.statement<[string | null, string | null, number]>('UPDATE runs SET error_code = ?, error = ? WHERE seq = ?').run(
      error?.code ?? null,
      error?.message ?? null,
      run.seq,
    )
  })
}

/** Gives a run up because of an error: one that this process trains, or one that nobody does. @throws LabError `run-taken`, `run-over`, `unknown-run` */
export function failRun(party: Party, id: string, error: Reason): void {
  party.db.write(() => {
    if (runRow(party.db, id).owner === party.me.token) releaseRun(party, id, 'failed', error)
    else setIdleStatus(party, id, 'failed', error)
  })
}

/**
 * Changes the status of a run that nobody trains: `queued` to have it trained (again), `paused` or `cancelled` not to, `failed` when it cannot be.
 * @throws LabError `run-taken`, `run-over`, `unknown-run`
 */
export function setIdleStatus(
  { db, me, now }: Party,
  id: string,
  status: 'queued' | 'paused' | 'cancelled' | 'failed',
  error: Reason | null = null,
): void {
  db.write(() => {
    const run = runRow(db, id)
    refuseTaken(db, run, me, now())
    if (OVER.includes(run.status))
      throw new LabError('run-over', `Run ${id} has been trained to its end (${run.status}).`)
    if (run.owner !== null) endAttempt(db, run, 'interrupted', left(run, now()))
    db.statement<[{ status: string; at: number | null; code: string | null; message: string | null; run: number }]>(
      'UPDATE runs SET status = :status, ended_at = :at, error_code = :code, error = :message WHERE seq = :run',
    ).run({
      status,
      at: status === 'queued' ? null : now(),
      code: error?.code ?? null,
      message: error?.message ?? null,
      run: run.seq,
    })
  })
}

/** Drops all that was recorded of these runs and queues them anew: all, or none. @throws LabError `run-taken`, `unknown-run` */
export function restartRuns(party: Party, ids: readonly string[]): void {
  const { db, me, now } = party
  refuseInside(db)
  db.write(() => {
    for (const id of ids) {
      const run = runRow(db, id)
      refuseTaken(db, run, me, now())
      if (run.owner !== null) endAttempt(db, run, 'interrupted', left(run, now()))
      cutRun(db, run, null)
      db.statement<[number]>(
        "UPDATE runs SET status = 'queued', error_code = NULL, error = NULL, ended_at = NULL, record_hash = NULL WHERE seq = ?",
      ).run(run.seq)
    }
  })
  for (const id of ids) publish(party, id)
}

/** Tells the others that this process lives, and marks the runs of those that do not as interrupted. @returns ids of these runs */
export function beat(party: Party): string[] {
  const { db, me, now } = party
  const interrupted = db.write(() => {
    enrol(db, me, now())
    buryDead(db, me, now())
    const orphans = db
      .statement<[], RunRow>(`${RUN_ROW} WHERE owner IS NOT NULL AND owner NOT IN (SELECT token FROM processes)`)
      .all()
    for (const run of orphans) endAttempt(db, run, 'interrupted', left(run, now()))
    return orphans.map(({ id }) => id)
  })
  for (const id of interrupted) publish(party, id)
  return interrupted
}

/** Ends every claim of this process. */
export function releaseAll({ db, me, now, steady }: Party): void {
  db.write(() => {
    const mine = db.statement<[string], RunRow>(`${RUN_ROW} WHERE owner = ?`).all(me.token)
    for (const run of mine) endAttempt(db, run, 'interrupted', { at: now(), until: steady() })
  })
}

/** @throws LabError `run-not-claimed`, `unknown-run` */
export function ownedRow(db: Database, id: string, me: Identity): RunRow {
  const run = runRow(db, id)
  if (run.owner === me.token) return run
  throw new LabError(
    'run-not-claimed',
    `Run ${id} is not claimed by this process (it is ${run.status}); nothing was recorded for it.`,
  )
}

export interface End {
  /** The date. */
  readonly at: number
  /** By the steady clock of the process that trained the run. */
  readonly until: number
}

/** When a run was left behind by the process that trained it: as it was last heard of. */
const left = ({ claimed_at: claimed, seen_at: seen }: RunRow, now: number): End => ({
  at: seen ?? now,
  until: seen ?? claimed ?? 0,
})

/** Ends the claim on a run, and with it the attempt. Inside `write`. */
export function endAttempt(db: Database, run: RunRow, outcome: RunStatus, { at, until }: End): void {
  db.statement<[number, string, number]>(
    'UPDATE attempts SET ended_at = ?, outcome = ? WHERE run = ? AND ended_at IS NULL',
  ).run(at, outcome, run.seq)
  db.statement<[{ outcome: string; at: number; until: number; run: number }]>(
    `UPDATE runs SET owner = NULL, status = :outcome, ended_at = CASE WHEN :outcome <> 'queued' THEN :at END,
    seconds = seconds + max(0, :until - claimed_at) / 1000.0 WHERE seq = :run`,
  ).run({ outcome, at, until, run: run.seq })
}

function own(
  db: Database,
  run: number,
  {
    me,
    at,
    since,
    fromStep,
    environment,
  }: { me: Identity; at: number; since: number; fromStep: number; environment: Environment },
): number {
  const attempt = db
    .statement<[number], number>('SELECT coalesce(max(attempt), 0) + 1 FROM attempts WHERE run = ?')
    .pluck()
    .get(run)!
  db.statement<[number, number, string, number, number]>(
    "INSERT INTO attempts (run, attempt, environment, from_step, started_at, outcome) VALUES (?, ?, ?, ?, ?, 'running')",
  ).run(run, attempt, JSON.stringify(environment), fromStep, at)
  db.statement<[{ me: string; at: number; since: number; run: number }]>(
    `UPDATE runs SET owner = :me, status = 'running', error_code = NULL, error = NULL, ended_at = NULL,
    record_hash = NULL, claimed_at = :since, seen_at = :since, started_at = coalesce(started_at, :at) WHERE seq = :run`,
  ).run({ me: me.token, at, since, run })
  return attempt
}

/** @param step the last one that stays; null: nothing stays */
function cutRun(db: Database, { seq, steps_per_epoch: stepsPerEpoch }: RunRow, step: number | null): void {
  cutPoints(db, seq, step ?? -1)
  cutEpochs(db, seq, step ?? -1, stepsPerEpoch)
  cutCheckpoints(db, seq, step ?? -1)
  cutSnapshots(db, seq, step ?? -1)
  cutScores(db, seq)
  if (step === null) {
    db.statement<[number]>('DELETE FROM parameters WHERE run = ?').run(seq)
    db.statement<[number]>(
      'UPDATE runs SET learning_rate = NULL, epochs = NULL, steps_per_epoch = NULL WHERE seq = ?',
    ).run(seq)
  }
  refreshTotals(db, seq)
}

/** @throws LabError `run-taken` when a living process trains the run */
export function refuseTaken(db: Database, run: RunRow, me: Identity, now: number): void {
  if (run.owner === null) return
  if (run.owner === me.token) {
    throw new LabError('run-taken', `Run ${run.id} is already being trained here.`, { about: [run.id] })
  }
  const other = find(db, run.owner)
  if (other && isAlive(other, me, now))
    throw new LabError(
      'run-taken',
      `Run ${run.id} is being trained by another process (number ${other.pid} on ${other.place.split(' ')[0]}).`,
    )
}
