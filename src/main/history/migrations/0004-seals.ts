import type { Migration } from '../migrate.ts'
import { sealRun, sealStudy } from '../seals.ts'

export default {
  id: '0004-seals',
  why: 'a checksum of each record that is complete, so that damage is told',
  sql: `
-- SHA-256 of the row's other columns; of runs, record_hash (seals.ts).
ALTER TABLE studies ADD COLUMN row_hash TEXT;
`,
  move(raw) {
    const ended = raw
      .prepare<[], number>(
        "SELECT seq FROM runs WHERE status IN ('finished', 'stopped-early', 'diverged') ORDER BY seq",
      )
      .pluck()
      .all()
    for (const run of ended) sealRun(raw, run)
    for (const id of raw.prepare<[], string>('SELECT id FROM studies').pluck().all()) sealStudy(raw, id)
  },
} satisfies Migration
