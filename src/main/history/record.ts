import { LabError } from '../../shared/errors.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import { publish, putCheckpoint } from './checkpoints.ts'
import { endAttempt, ownedRow } from './claims.ts'
import type { End, Party } from './claims.ts'
import type { Database } from './database.ts'
import { putEpoch, putFreeze, refreshTotals } from './epochs.ts'
import { putScores } from './tallies.ts'
import { addPoint, foldTail } from './metrics.ts'
import { parametersOf, runRow } from './runs.ts'
import type { RunRow } from './runs.ts'
import { sealRun } from './seals.ts'
import { putSnapshot } from './snapshots.ts'
import { explained } from './sqlite-errors.ts'

export interface Entry {
  readonly runId: string
  readonly event: RunEvent
}
type Start = Extract<RunEvent, { kind: 'start' }>

/**
 * Stores events of runs that this process has claimed, all or none; when it returns they outlast a kill of the process and a loss of
 * power. An event that is stored already changes nothing. @throws LabError `run-not-claimed`, `run-mismatch` and those of `Database`
 */
export function recordAll(party: Party, entries: readonly Entry[]): void {
  const { db, files, me, now, steady } = party
  const staged = entries.map(({ runId, event }) => {
    if (!hasFile(event)) return ''
    ownedRow(db, runId, me)
    return explained(db.place, () => files.stage(runId, event.bytes))
  })
  db.write(() =>
    entries.forEach(({ runId, event }, i) => {
      if (event.kind === 'done' && hasEnded(db, runId, event.reason)) return
      const run = ownedRow(db, runId, me)
      db.statement<[number, number]>('UPDATE runs SET seen_at = ? WHERE seq = ?').run(steady(), run.seq)
      apply(db, run, event, { hash: staged[i]!, at: now(), until: steady() })
    }),
  )
  const renewed = new Set(entries.flatMap(({ runId, event }) => (hasFile(event) ? [runId] : [])))
  for (const runId of renewed) publish(party, runId)
}

const hasFile = (event: RunEvent): event is Extract<RunEvent, { bytes: Uint8Array }> => 'bytes' in event

function apply(db: Database, run: RunRow, event: RunEvent, { hash, ...end }: End & { hash: string }): void {
  switch (event.kind) {
    case 'start':
      return start(db, run, event)
    case 'freeze':
      return putFreeze(db, run.seq, event)
    case 'progress':
      addPoint(db, run.seq, run.point_step, event)
      db.statement<[number, number]>('UPDATE runs SET step = max(step, ?) WHERE seq = ?').run(event.step, run.seq)
      return
    case 'epoch':
      putEpoch(db, run.seq, event)
      return refreshTotals(db, run.seq)
    case 'checkpoint':
      putCheckpoint(db, run.seq, {
        which: event.which,
        epoch: event.epoch,
        step: event.step,
        sha256: hash,
        bytes: event.bytes.length,
        createdAt: end.at,
      })
      return refreshTotals(db, run.seq)
    case 'snapshot':
      return putSnapshot(db, run.seq, {
        epoch: event.epoch,
        step: event.step,
        sha256: hash,
        bytes: event.bytes.length,
        createdAt: end.at,
      })
    case 'cohort':
      db.statement<[number, number]>(
        "UPDATE attempts SET environment = json_set(environment, '$.device.cohort', ?) WHERE run = ? AND ended_at IS NULL",
      ).run(event.most, run.seq)
      return
    case 'evaluation':
      return putScores(db, run.seq, event.which, event.scores)
    case 'done':
      foldTail(db, run.seq)
      endAttempt(db, run, event.reason, end)
      return sealRun(db.raw, run.seq)
  }
}

/** @throws LabError `run-mismatch` when the run's record is of a model with other parameters */
function start(
  db: Database,
  run: RunRow,
  { learningRate, epochs, stepsPerEpoch, parameters, resumed, arithmetic, arithmeticBefore }: Start,
): void {
  const known = parametersOf(db, run.seq)
  const text = (list: Start['parameters']): string =>
    JSON.stringify(list.map(({ name, component, shape }) => [name, component, shape]))
  if (known.length > 0 && text(known) !== text(parameters)) {
    throw new LabError(
      'run-mismatch',
      `Run ${run.id} was begun with other parameters than it goes on with; train it from the start.`,
    )
  }
  const enter = db.statement<[number, number, string, string, string, number]>(
    'INSERT OR IGNORE INTO parameters (run, position, name, component, shape, size) VALUES (?, ?, ?, ?, ?, ?)',
  )
  parameters.forEach(({ name, component, shape }, i) =>
    enter.run(
      run.seq,
      i,
      name,
      component,
      JSON.stringify(shape),
      shape.reduce((product, size) => product * size, 1),
    ),
  )
  db.statement<
    [
      {
        rate: number
        resumed: number
        epochs: number
        steps: number
        run: number
        arithmetic: string | null
        before: string | null
      },
    ]
  >(
    `UPDATE runs SET epochs = :epochs, steps_per_epoch = :steps,
    learning_rate = CASE WHEN :resumed THEN coalesce(learning_rate, :rate) ELSE :rate END,
    arithmetic = CASE WHEN NOT :resumed THEN :arithmetic WHEN coalesce(:before, arithmetic, '') <> coalesce(:arithmetic, '')
    THEN CASE WHEN coalesce(:before, arithmetic) IS NULL THEN NULL ELSE 'mixed' END ELSE arithmetic END WHERE seq = :run`,
  ).run({
    rate: learningRate,
    resumed: Number(resumed),
    epochs,
    steps: stepsPerEpoch,
    run: run.seq,
    arithmetic: arithmetic ?? null,
    before: arithmeticBefore ?? null,
  })
}

function hasEnded(db: Database, runId: string, reason: string): boolean {
  const { owner, status } = runRow(db, runId)
  return owner === null && status === reason
}
