import type { LengthScore, Score } from '../../shared/run-events.ts'
import type { BinScore, Weights } from '../../shared/records.ts'
import type { Database } from './database.ts'
import { query } from './schema.ts'
import type { ScoreColumns } from './schema.ts'

/** Stores scores in place of what was known for their lengths, and the sums of their bins. Inside `write`. */
export function putScores(db: Database, run: number, which: Weights, scores: readonly LengthScore[]): void {
  for (const { bin, length, strings, symbols, nats, correct, boundNats } of scores) {
    db.change(
      query
        .replaceInto('evaluations')
        .values({ run, which, bin, length, strings, symbols, nats, correct, bound_nats: boundNats }),
    )
  }
  db.change(query.deleteFrom('bin_scores').where('run', '=', run).where('which', '=', which))
  db.statement<[number, string]>(SUM_BINS).run(run, which)
}

/** A sum is unknown as soon as one of its terms is. */
const SUM_BINS = `INSERT INTO bin_scores (run, which, bin, shortest, strings, symbols, nats, correct, bound_nats)
  SELECT run, which, bin, min(length), sum(strings), sum(symbols), CASE WHEN count(nats) = count(*) THEN sum(nats) END,
    sum(correct), CASE WHEN count(bound_nats) = count(*) THEN sum(bound_nats) END
  FROM evaluations WHERE run = ? AND which = ? GROUP BY bin`

/** Scores of a run by bin, from the shortest, and length. */
export function scoresOf(db: Database, run: number, which: Weights): LengthScore[] {
  return db
    .all(
      query
        .selectFrom('evaluations')
        .innerJoin('bin_scores', join =>
          join
            .onRef('bin_scores.run', '=', 'evaluations.run')
            .onRef('bin_scores.which', '=', 'evaluations.which')
            .onRef('bin_scores.bin', '=', 'evaluations.bin'),
        )
        .selectAll('evaluations')
        .where('evaluations.run', '=', run)
        .where('evaluations.which', '=', which)
        .orderBy('shortest')
        .orderBy('evaluations.bin')
        .orderBy('length'),
    )
    .map(row => ({ bin: row.bin, length: row.length, ...score(row) }))
}

export interface BinFilter {
  studies?: readonly string[]
  runs?: readonly string[]
  which?: Weights
}

/** Scores summed over each bin's lengths, of the runs asked for (default: all that are not archived), in order of runs, weights and lengths. */
export function binScores(db: Database, { studies, runs, which }: BinFilter = {}): BinScore[] {
  let chosen = query
    .selectFrom('bin_scores')
    .innerJoin('runs', 'runs.seq', 'bin_scores.run')
    .innerJoin('studies', 'studies.seq', 'runs.study')
    .selectAll('bin_scores')
    .select('runs.id as run_id')
    .orderBy('runs.seq')
    .orderBy('which')
    .orderBy('shortest')
    .orderBy('bin')
  chosen = runs ? chosen.where('runs.id', 'in', [...runs]) : chosen.where('runs.archived', '=', 0)
  if (studies) chosen = chosen.where('studies.id', 'in', [...studies])
  if (which) chosen = chosen.where('which', '=', which)
  return db.all(chosen).map(row => ({ runId: row.run_id, which: row.which, bin: row.bin, ...score(row) }))
}

/** Scores by length, of all runs of a study that are not archived, for one kind of weights. */
export function studyScores(db: Database, studyId: string, which: Weights): (LengthScore & { runId: string })[] {
  return db
    .all(
      query
        .selectFrom('evaluations')
        .innerJoin('runs', 'runs.seq', 'evaluations.run')
        .innerJoin('studies', 'studies.seq', 'runs.study')
        .selectAll('evaluations')
        .select('runs.id as run_id')
        .where('studies.id', '=', studyId)
        .where('runs.archived', '=', 0)
        .where('which', '=', which)
        .orderBy('runs.seq')
        .orderBy('length')
        .orderBy('bin'),
    )
    .map(row => ({ runId: row.run_id, bin: row.bin, length: row.length, ...score(row) }))
}

/** Evaluations come after training, and after more of it they are made again. Inside `write`. */
export function cutScores(db: Database, run: number): void {
  db.statement<[number]>('DELETE FROM evaluations WHERE run = ?').run(run)
  db.statement<[number]>('DELETE FROM bin_scores WHERE run = ?').run(run)
}

const score = ({ strings, symbols, nats, correct, bound_nats }: ScoreColumns): Score => ({
  strings,
  symbols,
  nats: nats ?? NaN,
  correct,
  boundNats: bound_nats ?? NaN,
})
