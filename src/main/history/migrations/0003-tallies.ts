import type Sqlite from 'better-sqlite3'
import { packNumbers } from '../packed.ts'
import type { Migration } from '../migrate.ts'

/** Runs whose evaluations are moved together: what they leave behind makes room for the next ones. */
const SLICE = 200

interface OldScore {
  run: number
  which: string
  bin: string
  length: number
  strings: number
  symbols: number
  nats: number | null
  correct: number
  bound_nats: number | null
}

/** Evaluations by length become tallies; of what the choice of a length costs, only the strings that it is a sum over are known. */
export default {
  id: '0003-tallies',
  why: 'sums by bin and measure, packed, whatever is measured; what the choice of a length costs; where a run was computed',
  sql: `
-- One row for each bin and measure: what was summed, over how many, at each position along the bin's axis.
-- at: best or last weights. x, counts, sums: packed numbers (packed.ts), x ascending; null where there is a single position.
-- first: the smallest x. count, sum: over all positions; a null sum is unknown, or not a number.
CREATE TABLE tallies (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  at TEXT NOT NULL,
  bin TEXT NOT NULL,
  measure TEXT NOT NULL,
  first REAL NOT NULL,
  count INTEGER NOT NULL,
  sum REAL,
  x BLOB,
  counts BLOB,
  sums BLOB,
  PRIMARY KEY (run, at, bin, measure)
) STRICT, WITHOUT ROWID;

ALTER TABLE epochs ADD COLUMN length_nats REAL;

-- Runs of which is still to be filled in what the choice of a length costs.
CREATE TABLE costs_due (run INTEGER PRIMARY KEY REFERENCES runs (seq) ON DELETE CASCADE) STRICT;
INSERT INTO costs_due (run) SELECT DISTINCT run FROM epochs UNION SELECT DISTINCT run FROM bin_scores;

-- How sums are rounded where it was computed; the machine; the cluster's job; SHA-256 of a finished run's record.
ALTER TABLE runs ADD COLUMN arithmetic TEXT;
ALTER TABLE runs ADD COLUMN host TEXT;
ALTER TABLE runs ADD COLUMN job TEXT;
ALTER TABLE runs ADD COLUMN record_hash TEXT;
`,
  move(raw) {
    const slice = raw.prepare<[number], number>('SELECT DISTINCT run FROM evaluations ORDER BY run LIMIT ?').pluck()
    const scores = raw.prepare<[number, number], OldScore>(
      'SELECT * FROM evaluations WHERE run BETWEEN ? AND ? ORDER BY run, which, bin, length',
    )
    const forget = raw.prepare<[number, number]>('DELETE FROM evaluations WHERE run BETWEEN ? AND ?')
    for (;;) {
      const runs = slice.all(SLICE)
      if (runs.length === 0) break
      const span = [runs[0]!, runs.at(-1)!] as const
      const rows = scores.all(...span)
      forget.run(...span)
      moveScores(raw, rows)
    }
    raw.exec('DROP TABLE evaluations; DROP TABLE bin_scores;')
  },
} satisfies Migration

function moveScores(raw: Sqlite.Database, rows: readonly OldScore[]): void {
  const insert = raw.prepare('INSERT INTO tallies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const same = (a: OldScore, b: OldScore): boolean => a.run === b.run && a.which === b.which && a.bin === b.bin
  for (let begin = 0, end = 0; begin < rows.length; begin = end) {
    while (end < rows.length && same(rows[begin]!, rows[end]!)) end++
    const own = rows.slice(begin, end)
    const { run, which, bin, length } = own[0]!
    const one = own.length === 1
    const x = one ? null : packNumbers(own.map(row => row.length))
    const enter = (
      measure: string,
      count: (row: OldScore) => number,
      sum: ((row: OldScore) => number) | null,
    ): void => {
      const [counts, sums] = [own.map(count), sum && own.map(sum)]
      const add = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
      insert.run(
        run,
        which,
        bin,
        measure,
        length,
        add(counts),
        sums && add(sums),
        x,
        one ? null : packNumbers(counts),
        one || !sums ? null : packNumbers(sums),
      )
    }
    enter(
      'nats',
      row => row.symbols,
      row => row.nats ?? NaN,
    )
    enter(
      'correct',
      row => row.symbols,
      row => row.correct,
    )
    enter(
      'bound',
      row => row.symbols,
      row => row.bound_nats ?? NaN,
    )
    enter('lengths', row => row.strings, null)
  }
}
