import type { LengthScore } from '../../shared/run-events.ts'
import type { BinScore, Weights } from '../../shared/records.ts'
import { fromTallies, pool, sumsIn, talliesOf, type Score } from '../../shared/score.ts'
import type { Database } from './database.ts'
import { noteDue } from './length-costs.ts'
import { packColumns, unpackColumns } from './packed.ts'
import { query } from './schema.ts'
import type { Schema, TalliesTable } from './schema.ts'

/** Stores scores in place of what was known for their lengths. Inside `write`. */
export function putScores(db: Database, run: number, at: Weights, scores: readonly LengthScore[]): void {
  const bins = new Map<string, Map<number, Score>>()
  for (const { bin, length, ...score } of [...scoresOf(db, run, at), ...scores]) {
    const own = bins.get(bin) ?? new Map<number, Score>()
    bins.set(bin, own.set(length, score))
  }
  db.change(query.deleteFrom('tallies').where('run', '=', run).where('at', '=', at))
  db.change(query.deleteFrom('tally_positions').where('run', '=', run).where('at', '=', at))
  for (const [bin, own] of bins) putBin(db, { run, at, bin }, own)
  if (Number.isNaN(sumsIn(pool(scores)).lengthNats)) noteDue(db, run)
}

function putBin(db: Database, key: Pick<TalliesTable, 'run' | 'at' | 'bin'>, scores: ReadonlyMap<number, Score>): void {
  const positions = [...scores.keys()].sort((a, b) => a - b)
  const totals = talliesOf(pool(positions.map(position => scores.get(position)!)))
  db.change(
    query.insertInto('tallies').values({
      ...key,
      first: positions[0]!,
      measures: measuresOf(db, totals.map(({ measure }) => measure).join()),
      totals: packColumns([totals.map(({ count }) => count), totals.map(({ sum }) => sum)]),
    }),
  )
  if (positions.length === 1) return
  const tallies = positions.map(position => talliesOf(scores.get(position)!))
  const columns = totals.flatMap((_, i) => [tallies.map(own => own[i]!.count), tallies.map(own => own[i]!.sum)])
  db.change(
    query
      .insertInto('tally_positions')
      .values({ ...key, positions: positions.length, cells: packColumns([positions, ...columns]) }),
  )
}

function measuresOf(db: Database, names: string): number {
  db.statement<[string]>('INSERT OR IGNORE INTO tally_measures (names) VALUES (?)').run(names)
  return db.statement<[string], number>('SELECT id FROM tally_measures WHERE names = ?').pluck().get(names)!
}

type Total = Pick<TalliesTable, 'totals'> & { names: string }

const lists = new Map<string, readonly string[]>()

/** A few lists of names stand in very many rows. */
function listOf(names: string): readonly string[] {
  const known = lists.get(names)
  if (known) return known
  const list = names.split(',')
  lists.set(names, list)
  return list
}

function totalOf(row: Total): Score {
  const names = listOf(row.names)
  const [counts, sums] = unpackColumns(row.totals, names.length)
  return fromTallies(new Map(names.map((name, i) => [name, { count: counts![i]!, sum: sums![i]! }])))
}

type Row = TalliesTable & Total & { [K in 'positions' | 'cells']: Schema['tally_positions'][K] | null }

/** Scores by position, ascending. */
function byPosition(row: Row): { length: number; score: Score }[] {
  if (row.cells === null) return [{ length: row.first, score: totalOf(row) }]
  const names = listOf(row.names)
  const [positions, ...columns] = unpackColumns(row.cells, row.positions!)
  return positions!.map((length, i) => ({
    length,
    score: fromTallies(
      new Map(names.map((name, k) => [name, { count: columns[2 * k]![i]!, sum: columns[2 * k + 1]![i]! }])),
    ),
  }))
}

const named = query.selectFrom('tallies').innerJoin('tally_measures', 'tally_measures.id', 'tallies.measures')

const withPositions = named.leftJoin('tally_positions', join =>
  join
    .onRef('tally_positions.run', '=', 'tallies.run')
    .onRef('tally_positions.at', '=', 'tallies.at')
    .onRef('tally_positions.bin', '=', 'tallies.bin'),
)

/** Scores of a run by bin, from the shortest, and length. */
export function scoresOf(db: Database, run: number, at: Weights): LengthScore[] {
  const rows = withPositions
    .selectAll('tallies')
    .select(['names', 'positions', 'cells'])
    .where('tallies.run', '=', run)
    .where('tallies.at', '=', at)
    .orderBy('first')
    .orderBy('tallies.bin')
  return db.all(rows).flatMap(row => byPosition(row).map(({ length, score }) => ({ bin: row.bin, length, ...score })))
}

export interface BinFilter {
  studies?: readonly string[]
  runs?: readonly string[]
  which?: Weights
}

/** Scores summed over each bin's lengths, of the runs asked for (default: all that are not archived), in order of runs, weights and lengths. */
export function binScores(db: Database, { studies, runs, which }: BinFilter = {}): BinScore[] {
  let chosen = named
    .innerJoin('runs', 'runs.seq', 'tallies.run')
    .innerJoin('studies', 'studies.seq', 'runs.study')
    .select(['at', 'bin', 'names', 'totals', 'runs.id as run_id'])
    .orderBy('runs.seq')
    .orderBy('at')
    .orderBy('first')
    .orderBy('bin')
  chosen = runs ? chosen.where('runs.id', 'in', [...runs]) : chosen.where('runs.archived', '=', 0)
  if (studies) chosen = chosen.where('studies.id', 'in', [...studies])
  if (which) chosen = chosen.where('at', '=', which)
  return db.all(chosen).map(row => ({ runId: row.run_id, which: row.at, bin: row.bin, ...totalOf(row) }))
}

/** Scores by length, of all runs of a study that are not archived, for one kind of weights. */
export function studyScores(db: Database, studyId: string, at: Weights): (LengthScore & { runId: string })[] {
  const rows = withPositions
    .innerJoin('runs', 'runs.seq', 'tallies.run')
    .innerJoin('studies', 'studies.seq', 'runs.study')
    .selectAll('tallies')
    .select(['names', 'positions', 'cells', 'runs.id as run_id'])
    .where('studies.id', '=', studyId)
    .where('runs.archived', '=', 0)
    .where('tallies.at', '=', at)
    .orderBy('runs.seq')
    .orderBy('tallies.bin')
  return db
    .all(rows)
    .flatMap(row => byPosition(row).map(({ length, score }) => ({ row, length, score })))
    .sort((a, b) => a.row.run - b.row.run || a.length - b.length || (a.row.bin < b.row.bin ? -1 : 1))
    .map(({ row, length, score }) => ({ runId: row.run_id, bin: row.bin, length, ...score }))
}

/** Evaluations come after training, and after more of it they are made again. Inside `write`. */
export function cutScores(db: Database, run: number): void {
  db.statement<[number]>('DELETE FROM tallies WHERE run = ?').run(run)
  db.statement<[number]>('DELETE FROM tally_positions WHERE run = ?').run(run)
}
