import type { Migration } from '../migrate.ts'

export default {
  id: '0002-snapshots',
  why: 'weights kept along the way, to look into the memory while it learns',
  sql: `
-- epoch: epochs done; 0 are the initial weights.
CREATE TABLE snapshots (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  step INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run, epoch)
) STRICT, WITHOUT ROWID;
`,
} satisfies Migration
