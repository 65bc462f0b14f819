import { join } from 'node:path'
import { connect } from '../database.ts'
import { openHistory } from '../history.ts'
import { MIGRATIONS } from '../migrations/index.ts'
import { study } from './fixtures.ts'

/** Of the version before tallies. */
export const OLD = MIGRATIONS.slice(0, 2)

/** As that version stored them. */
export const OLD_SCORES = [
  { bin: 'short', length: 40, strings: 10, symbols: 410, nats: 300.25, correct: 200, bound_nats: 250.5 },
  { bin: 'short', length: 42, strings: 10, symbols: 430, nats: 310.75, correct: 210, bound_nats: 260.125 },
  { bin: 'long', length: 90, strings: 5, symbols: 455, nats: null, correct: 100, bound_nats: 300 },
  { bin: 'a text', length: 7, strings: 3, symbols: 30, nats: 20, correct: 9, bound_nats: null },
]

/** A history whose first `scored` runs were scored before there were tallies. */
export function makeOldHistory(
  home: string,
  { seeds = 2, scored = 2 }: { seeds?: number; scored?: number } = {},
): void {
  const history = openHistory({ home, migrations: OLD })
  history.studies.add(study({ seeds }))
  history.close()
  const raw = connect(join(home, 'history.sqlite'))
  const enter = raw.prepare(
    'INSERT INTO evaluations SELECT seq, :which, :bin, :length, :strings, :symbols, :nats, :correct, :bound_nats FROM runs WHERE seq <= :scored',
  )
  for (const which of ['best', 'last']) for (const row of OLD_SCORES) enter.run({ which, scored, ...row })
  raw.exec(`INSERT INTO bin_scores SELECT run, which, bin, min(length), sum(strings), sum(symbols), sum(nats), sum(correct), sum(bound_nats)
    FROM evaluations GROUP BY run, which, bin`)
  raw
    .prepare(
      "INSERT INTO epochs SELECT seq, 0, 10, 0.1, 1, 8, 80, 60, 40, 50, 1, '[]', '{}', NULL, 1, '{}', '{}', 1 FROM runs WHERE seq <= ?",
    )
    .run(scored)
  raw.close()
}
