import type { Migration } from '../migrate.ts'

/**
 * Conventions: `seq` orders rows by when they were added, not by the clock. Times are milliseconds since 1970. SQLite keeps NaN
 * as NULL, so measured numbers that may be NaN are nullable; those that must come back to the bit are in blobs of Float64.
 */
export default {
  id: '0001-history',
  why: 'the first history',
  sql: `
CREATE TABLE studies (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  spec TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX studies_by_hash ON studies (hash);

CREATE TABLE processes (
  token TEXT PRIMARY KEY,
  pid INTEGER NOT NULL,
  place TEXT NOT NULL,
  boot TEXT NOT NULL,
  birth TEXT NOT NULL,
  beat_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  study INTEGER NOT NULL REFERENCES studies (seq) ON DELETE CASCADE,
  plan_id TEXT NOT NULL,
  plan TEXT NOT NULL,
  seed INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'paused', 'finished', 'stopped-early', 'cancelled', 'diverged', 'failed', 'interrupted')),
  owner TEXT CHECK ((owner IS NULL) = (status <> 'running')),
  error_code TEXT,
  error TEXT,
  learning_rate REAL,
  epochs INTEGER,
  steps_per_epoch INTEGER,
  epochs_done INTEGER NOT NULL DEFAULT 0,
  step INTEGER NOT NULL DEFAULT 0,
  best_epoch INTEGER,
  best_loss REAL,
  train_loss REAL,
  frozen_intact INTEGER,
  point_step INTEGER NOT NULL DEFAULT -1,
  tail INTEGER NOT NULL DEFAULT 0,
  queued_at INTEGER NOT NULL,
  started_at INTEGER,
  claimed_at INTEGER,
  seen_at INTEGER,
  ended_at INTEGER,
  seconds REAL NOT NULL DEFAULT 0,
  starred INTEGER NOT NULL DEFAULT 0 CHECK (starred IN (0, 1)),
  archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
  note TEXT NOT NULL DEFAULT '',
  tags TEXT NOT NULL DEFAULT '[]',
  UNIQUE (study, plan_id, seed)
) STRICT;
CREATE INDEX runs_by_status ON runs (status);
CREATE INDEX runs_by_owner ON runs (owner) WHERE owner IS NOT NULL;

CREATE TABLE attempts (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  environment TEXT NOT NULL,
  from_step INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT NOT NULL,
  PRIMARY KEY (run, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE parameters (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  component TEXT NOT NULL,
  shape TEXT NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

-- The newest progress points, one a row; the older ones are folded into chunks.
CREATE TABLE points (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;

-- The summaries come before the points, so that reading them alone does not touch the pages of the points.
CREATE TABLE chunks (
  seq INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  metric TEXT NOT NULL,
  first_step INTEGER NOT NULL,
  last_step INTEGER NOT NULL,
  count INTEGER NOT NULL,
  summary BLOB NOT NULL,
  cells BLOB NOT NULL,
  steps BLOB NOT NULL,
  bits BLOB NOT NULL,
  UNIQUE (run, metric, first_step)
) STRICT;

CREATE TABLE epochs (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  step INTEGER NOT NULL,
  learning_rate REAL NOT NULL,
  train_loss REAL,
  strings INTEGER NOT NULL,
  symbols INTEGER NOT NULL,
  nats REAL,
  correct INTEGER NOT NULL,
  bound_nats REAL,
  best INTEGER NOT NULL CHECK (best IN (0, 1)),
  frozen TEXT NOT NULL,
  hashes TEXT NOT NULL,
  frozen_hash TEXT,
  frozen_intact INTEGER NOT NULL CHECK (frozen_intact IN (0, 1)),
  gradient_norm TEXT NOT NULL,
  update_norm TEXT NOT NULL,
  steps_per_second REAL,
  PRIMARY KEY (run, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE freezes (
  seq INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('freeze', 'release')),
  parameters TEXT NOT NULL,
  reason TEXT NOT NULL,
  UNIQUE (run, epoch, action, parameters)
) STRICT;

CREATE TABLE evaluations (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  which TEXT NOT NULL CHECK (which IN ('best', 'last')),
  bin TEXT NOT NULL,
  length INTEGER NOT NULL,
  strings INTEGER NOT NULL,
  symbols INTEGER NOT NULL,
  nats REAL,
  correct INTEGER NOT NULL,
  bound_nats REAL,
  PRIMARY KEY (run, which, bin, length)
) STRICT, WITHOUT ROWID;

-- The sums over a bin's lengths.
CREATE TABLE bin_scores (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  which TEXT NOT NULL,
  bin TEXT NOT NULL,
  shortest INTEGER NOT NULL,
  strings INTEGER NOT NULL,
  symbols INTEGER NOT NULL,
  nats REAL,
  correct INTEGER NOT NULL,
  bound_nats REAL,
  PRIMARY KEY (run, which, bin)
) STRICT, WITHOUT ROWID;

-- The newest of each kind counts; an older best one stays until a last one of its step or later is stored.
CREATE TABLE checkpoints (
  run INTEGER NOT NULL REFERENCES runs (seq) ON DELETE CASCADE,
  which TEXT NOT NULL CHECK (which IN ('best', 'last')),
  step INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run, which, step)
) STRICT, WITHOUT ROWID;
`,
} satisfies Migration
