import { scored, sumsIn, type Score } from '../../shared/score.ts'
import type { Database } from './database.ts'
import { query } from './schema.ts'
import { changeRecord } from './seals.ts'
import { putScores, scoresOf } from './tallies.ts'

/**
 * [Note: length costs] What the choice of a length costs the exact distribution was not always recorded. Runs that lack it are listed in
 * `costs_due` until it is filled in, which takes the study's language and so cannot be a part of migration.
 */

/** How many lengths could have come, of the validation strings and of each bin. */
export interface LengthCounts {
  readonly validation: number
  readonly bins: Readonly<Record<string, number>>
}

/** Inside `write`. */
export function noteDue(db: Database, run: number): void {
  db.statement<[number]>('INSERT OR IGNORE INTO costs_due (run) VALUES (?)').run(run)
}

/** Studies with runs whose length costs are to be filled in, oldest first. */
export const studiesDue = (db: Database): string[] =>
  db
    .all(
      query
        .selectFrom('studies')
        .select('id')
        .where('seq', 'in', eb => eb.selectFrom('costs_due').innerJoin('runs', 'runs.seq', 'run').select('study'))
        .orderBy('seq'),
    )
    .map(({ id }) => id)

/** Fills in what runs of a study lack, of at most so many. @returns those runs; none when all is done */
export function fillDue(db: Database, study: string, counts: LengthCounts, most: number): string[] {
  return db.write(() => {
    const runs = db.all(
      query
        .selectFrom('costs_due')
        .innerJoin('runs', 'runs.seq', 'costs_due.run')
        .innerJoin('studies', 'studies.seq', 'runs.study')
        .select(['runs.seq', 'runs.id'])
        .where('studies.id', '=', study)
        .orderBy('runs.seq')
        .limit(most),
    )
    for (const { seq } of runs) changeRecord(db.raw, seq, () => fillRun(db, seq, counts))
    return runs.map(({ id }) => id)
  })
}

function fillRun(db: Database, run: number, { validation, bins }: LengthCounts): void {
  db.statement<[number, number]>(
    'UPDATE epochs SET length_nats = strings * ? WHERE run = ? AND length_nats IS NULL',
  ).run(Math.log(validation), run)
  for (const at of ['best', 'last'] as const) {
    const scores = scoresOf(db, run, at).map(({ bin, length, ...score }) => ({
      bin,
      length,
      ...withCost(score, Math.log(bins[bin] ?? NaN)),
    }))
    if (scores.length > 0) putScores(db, run, at, scores)
  }
  db.statement<[number]>('DELETE FROM costs_due WHERE run = ?').run(run)
}

const withCost = (score: Score, cost: number): Score => {
  const sums = sumsIn(score)
  return Number.isNaN(sums.lengthNats) ? scored({ ...sums, lengthNats: sums.strings * cost }) : score
}
