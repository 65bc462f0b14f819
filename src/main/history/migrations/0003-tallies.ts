import type Sqlite from 'better-sqlite3'
import { packColumns } from '../packed.ts'
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
-- Which measures are tallied together: their names, a comma between.
CREATE TABLE tally_measures (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO tally_measures (id, names) VALUES (1, 'nats,correct,bound,lengths');

-- What was summed over a bin, and over how many. at: best or last weights. first: the smallest position.
-- totals: packed columns (packed.ts), counts and sums by measure; NaN is unknown.
CREATE TABLE tallies (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  at TEXT NOT NULL,
  bin TEXT NOT NULL,
  first REAL NOT NULL,
  measures INTEGER NOT NULL REFERENCES tally_measures (id),
  totals BLOB NOT NULL,
  PRIMARY KEY (run, at, bin)
) STRICT, WITHOUT ROWID;

-- The same at each position along the bin's axis, of bins that have several: apart, so that reading totals does not touch them.
-- cells: packed columns, positions (ascending), then counts and sums of each measure.
CREATE TABLE tally_positions (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  at TEXT NOT NULL,
  bin TEXT NOT NULL,
  positions INTEGER NOT NULL,
  cells BLOB NOT NULL,
  PRIMARY KEY (run, at, bin)
) STRICT, WITHOUT ROWID;

ALTER TABLE epochs ADD COLUMN length_nats REAL;

-- Runs of which is still to be filled in what the choice of a length costs.
CREATE TABLE costs_due (run INTEGER PRIMARY KEY REFERENCES runs (seq) ON DELETE CASCADE) STRICT;
INSERT INTO costs_due (run) SELECT DISTINCT run FROM epochs UNION SELECT DISTINCT run FROM bin_scores;
DROP TABLE bin_scores;

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
    raw.exec('DROP TABLE evaluations')
  },
} satisfies Migration

/** Those of `INSERT INTO tally_measures` above. */
const MEASURES = 1

function moveScores(raw: Sqlite.Database, rows: readonly OldScore[]): void {
  const insert = raw.prepare('INSERT INTO tallies VALUES (?, ?, ?, ?, ?, ?)')
  const insertPositions = raw.prepare('INSERT INTO tally_positions VALUES (?, ?, ?, ?, ?)')
  const same = (a: OldScore, b: OldScore): boolean => a.run === b.run && a.which === b.which && a.bin === b.bin
  for (let begin = 0, end = 0; begin < rows.length; begin = end) {
    while (end < rows.length && same(rows[begin]!, rows[end]!)) end++
    const own = rows.slice(begin, end)
    const { run, which, bin, length } = own[0]!
    const column = (of: (row: OldScore) => number): number[] => own.map(of)
    const [symbols, unknown] = [column(row => row.symbols), column(() => NaN)]
    const counts = [symbols, symbols, symbols, column(row => row.strings)]
    const sums = [
      column(row => row.nats ?? NaN),
      column(row => row.correct),
      column(row => row.bound_nats ?? NaN),
      unknown,
    ]
    insert.run(run, which, bin, length, MEASURES, packColumns([counts.map(total), sums.map(total)]))
    if (own.length === 1) continue
    const cells = [column(row => row.length), ...counts.flatMap((count, i) => [count, sums[i]!])]
    insertPositions.run(run, which, bin, own.length, packColumns(cells))
  }
}

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
