import type { LengthScore } from '../../shared/run-events.ts'
import type { BinScore, Weights } from '../../shared/records.ts'
import { fromTallies, pool, sumsIn, talliesOf, type Score } from '../../shared/score.ts'
import type { Database } from './database.ts'
import { noteDue } from './length-costs.ts'
import { packNumbers, unpackNumbers } from './packed.ts'
import { query } from './schema.ts'
import type { TalliesTable } from './schema.ts'

/** Stores scores in place of what was known for their lengths. Inside `write`. */
export function putScores(db: Database, run: number, at: Weights, scores: readonly LengthScore[]): void {
  const bins = new Map<string, Map<number, Score>>()
  for (const { bin, length, ...score } of [...scoresOf(db, run, at), ...scores]) {
    const own = bins.get(bin) ?? new Map<number, Score>()
    bins.set(bin, own.set(length, score))
  }
  db.change(query.deleteFrom('tallies').where('run', '=', run).where('at', '=', at))
  for (const [bin, own] of bins)
    putBin(
      db,
      { run, at, bin },
      [...own].sort(([a], [b]) => a - b),
    )
  if (Number.isNaN(sumsIn(pool(scores)).lengthNats)) noteDue(db, run)
}

function putBin(
  db: Database,
  key: Pick<TalliesTable, 'run' | 'at' | 'bin'>,
  scores: readonly (readonly [x: number, score: Score])[],
): void {
  const tallies = scores.map(([, score]) => talliesOf(score))
  const one = scores.length === 1
  const x = scores.map(([value]) => value)
  talliesOf(pool(scores.map(([, score]) => score))).forEach(({ measure, count, sum }, i) => {
    const column = (of: 'count' | 'sum'): Uint8Array => packNumbers(tallies.map(own => own[i]![of]))
    db.change(
      query.insertInto('tallies').values({
        ...key,
        measure,
        first: x[0]!,
        count,
        sum,
        x: one ? null : packNumbers(x),
        counts: one ? null : column('count'),
        sums: one || tallies.every(own => Number.isNaN(own[i]!.sum)) ? null : column('sum'),
      }),
    )
  })
}

type Row = Pick<TalliesTable, 'measure' | 'first' | 'count' | 'sum' | 'x' | 'counts' | 'sums'>

/** Scores by position, out of the rows of one bin. */
function byPosition(rows: readonly Row[]): { length: number; score: Score }[] {
  const columns = rows.map(({ measure, first, count, sum, x, counts, sums }) => ({
    measure,
    x: x ? unpackNumbers(x) : [first],
    counts: counts ? unpackNumbers(counts) : [count],
    sums: sums ? unpackNumbers(sums) : x ? [] : [sum ?? NaN],
  }))
  return columns[0]!.x.map((length, i) => ({
    length,
    score: fromTallies(
      new Map(columns.map(({ measure, counts, sums }) => [measure, { count: counts[i]!, sum: sums[i] ?? NaN }])),
    ),
  }))
}

/** Neighbouring rows of one bin of one run, together. */
function groupsOf<R extends { run: number; at: Weights; bin: string }>(rows: readonly R[]): R[][] {
  const groups: R[][] = []
  for (const row of rows) {
    const group = groups.at(-1)
    const before = group?.[0]
    if (before && before.run === row.run && before.at === row.at && before.bin === row.bin) group.push(row)
    else groups.push([row])
  }
  return groups
}

/** Scores of a run by bin, from the shortest, and length. */
export function scoresOf(db: Database, run: number, at: Weights): LengthScore[] {
  const rows = db.all(
    query.selectFrom('tallies').selectAll().where('run', '=', run).where('at', '=', at).orderBy('bin'),
  )
  return groupsOf(rows)
    .toSorted(([a], [b]) => a!.first - b!.first)
    .flatMap(group => byPosition(group).map(({ length, score }) => ({ bin: group[0]!.bin, length, ...score })))
}

export interface BinFilter {
  studies?: readonly string[]
  runs?: readonly string[]
  which?: Weights
}

/** Scores summed over each bin's lengths, of the runs asked for (default: all that are not archived), in order of runs, weights and lengths. */
export function binScores(db: Database, { studies, runs, which }: BinFilter = {}): BinScore[] {
  let chosen = query
    .selectFrom('tallies')
    .innerJoin('runs', 'runs.seq', 'tallies.run')
    .innerJoin('studies', 'studies.seq', 'runs.study')
    .select(['run', 'at', 'bin', 'measure', 'first', 'count', 'sum'])
    .select('runs.id as run_id')
    .orderBy('runs.seq')
    .orderBy('at')
    .orderBy('bin')
  chosen = runs ? chosen.where('runs.id', 'in', [...runs]) : chosen.where('runs.archived', '=', 0)
  if (studies) chosen = chosen.where('studies.id', 'in', [...studies])
  if (which) chosen = chosen.where('at', '=', which)
  return groupsOf(db.all(chosen))
    .toSorted(([a], [b]) => a!.run - b!.run || (a!.at < b!.at ? -1 : a!.at > b!.at ? 1 : a!.first - b!.first))
    .map(rows => ({ runId: rows[0]!.run_id, which: rows[0]!.at, bin: rows[0]!.bin, ...total(rows) }))
}

const total = (rows: readonly Pick<TalliesTable, 'measure' | 'count' | 'sum'>[]): Score =>
  fromTallies(new Map(rows.map(({ measure, count, sum }) => [measure, { count, sum: sum ?? NaN }])))

/** Scores by length, of all runs of a study that are not archived, for one kind of weights. */
export function studyScores(db: Database, studyId: string, at: Weights): (LengthScore & { runId: string })[] {
  const rows = db.all(
    query
      .selectFrom('tallies')
      .innerJoin('runs', 'runs.seq', 'tallies.run')
      .innerJoin('studies', 'studies.seq', 'runs.study')
      .selectAll('tallies')
      .select('runs.id as run_id')
      .where('studies.id', '=', studyId)
      .where('runs.archived', '=', 0)
      .where('at', '=', at)
      .orderBy('runs.seq')
      .orderBy('bin'),
  )
  return groupsOf(rows)
    .flatMap(([row, ...others]) =>
      byPosition([row!, ...others]).map(scored => ({ run: row!.run, row: row!, ...scored })),
    )
    .sort((a, b) => a.run - b.run || a.length - b.length || (a.row.bin < b.row.bin ? -1 : 1))
    .map(({ row, length, score }) => ({ runId: row.run_id, bin: row.bin, length, ...score }))
}

/** Evaluations come after training, and after more of it they are made again. Inside `write`. */
export function cutScores(db: Database, run: number): void {
  db.statement<[number]>('DELETE FROM tallies WHERE run = ?').run(run)
}
