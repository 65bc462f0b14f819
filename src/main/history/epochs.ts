import type { Database } from './database.ts'
import type { EpochEvent, FreezeEvent } from '../../shared/run-events.ts'
import type { EpochRecord, FreezeRecord } from '../../shared/records.ts'
import { figures, scored, sumsIn, type Score } from '../../shared/score.ts'
import { noteDue } from './length-costs.ts'
import { decodeNumbers, encodeNumbers, parseStored } from './json.ts'
import { query } from './schema.ts'
import type { EpochsTable } from './schema.ts'

/** Stores an epoch in place of what was known of it. Inside `write`. */
export function putEpoch(db: Database, run: number, event: EpochEvent): void {
  const validation = sumsIn(event.validation)
  db.change(
    query.replaceInto('epochs').values({
      run,
      epoch: event.epoch,
      step: event.step,
      learning_rate: event.learningRate,
      train_loss: event.trainLoss,
      strings: validation.strings,
      symbols: validation.symbols,
      nats: validation.nats,
      correct: validation.correct,
      bound_nats: validation.boundNats,
      length_nats: validation.lengthNats,
      best: Number(event.best),
      frozen: JSON.stringify(event.frozen),
      hashes: JSON.stringify(event.hashes),
      frozen_hash: event.frozenHash,
      frozen_intact: Number(event.frozenIntact),
      gradient_norm: encodeNumbers(event.gradientNorm),
      update_norm: encodeNumbers(event.updateNorm),
      steps_per_second: event.stepsPerSecond,
    }),
  )
  if (Number.isNaN(validation.lengthNats)) noteDue(db, run)
}

export function epochsOf(db: Database, run: number): EpochRecord[] {
  return db.all(query.selectFrom('epochs').selectAll().where('run', '=', run).orderBy('epoch')).map(row => ({
    epoch: row.epoch,
    step: row.step,
    learningRate: row.learning_rate,
    trainLoss: row.train_loss ?? NaN,
    validation: validationIn(row),
    best: row.best === 1,
    frozen: parseStored<string[]>(row.frozen),
    hashes: parseStored<EpochRecord['hashes']>(row.hashes),
    frozenHash: row.frozen_hash,
    frozenIntact: row.frozen_intact === 1,
    gradientNorm: decodeNumbers(row.gradient_norm),
    updateNorm: decodeNumbers(row.update_norm),
    stepsPerSecond: row.steps_per_second ?? NaN,
  }))
}

const validationIn = (
  row: Pick<EpochsTable, 'strings' | 'symbols' | 'nats' | 'correct' | 'bound_nats' | 'length_nats'>,
): Score =>
  scored({
    strings: row.strings,
    symbols: row.symbols,
    nats: row.nats ?? NaN,
    correct: row.correct,
    boundNats: row.bound_nats ?? NaN,
    lengthNats: row.length_nats ?? NaN,
  })

/** Stores a freeze event; the same one again only renews its reason. Inside `write`. */
export function putFreeze(db: Database, run: number, { epoch, action, parameters, reason }: FreezeEvent): void {
  db.change(
    query
      .insertInto('freezes')
      .values({ run, epoch, action, parameters: JSON.stringify(parameters), reason })
      .onConflict(conflict => conflict.columns(['run', 'epoch', 'action', 'parameters']).doUpdateSet({ reason })),
  )
}

export function freezesOf(db: Database, run: number): FreezeRecord[] {
  return db
    .all(
      query
        .selectFrom('freezes')
        .select(['epoch', 'action', 'parameters', 'reason'])
        .where('run', '=', run)
        .orderBy('epoch')
        .orderBy('seq'),
    )
    .map(row => ({ ...row, parameters: parseStored<string[]>(row.parameters) }))
}

/** Removes the epochs that ended after `step`, and the freeze events of epochs that began after it. Inside `write`. */
export function cutEpochs(db: Database, run: number, step: number, stepsPerEpoch: number | null): void {
  db.statement<[number, number]>('DELETE FROM epochs WHERE run = ? AND step > ?').run(run, step)
  db.statement<[number, number, number]>('DELETE FROM freezes WHERE run = ? AND epoch * ? > ?').run(
    run,
    stepsPerEpoch ?? 1,
    step,
  )
}

/** Derives a run's totals from what is stored of it. Inside `write`. */
export function refreshTotals(db: Database, run: number): void {
  db.statement<[{ run: number }]>(REFRESH).run({ run })
  const best = db.first(
    query
      .selectFrom('epochs')
      .selectAll()
      .where('run', '=', run)
      .where('best', '=', 1)
      .orderBy('epoch', 'desc')
      .limit(1),
  )
  db.statement<[number | null, number | null, number]>(
    'UPDATE runs SET best_epoch = ?, best_loss = ? WHERE seq = ?',
  ).run(best?.epoch ?? null, best ? figures(validationIn(best)).loss : null, run)
}

const REFRESH = `UPDATE runs SET
  epochs_done = (SELECT coalesce(max(epoch) + 1, 0) FROM epochs WHERE run = :run),
  step = max(point_step, 0, (SELECT coalesce(max(step), 0) FROM epochs WHERE run = :run), (SELECT coalesce(max(step), 0) FROM checkpoints WHERE run = :run)),
  train_loss = (SELECT train_loss FROM epochs WHERE run = :run ORDER BY epoch DESC LIMIT 1),
  frozen_intact = (SELECT min(frozen_intact) FROM epochs WHERE run = :run)
WHERE seq = :run`
