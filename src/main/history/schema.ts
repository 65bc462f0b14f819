import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { Generated } from 'kysely'
import type { Component } from '../../shared/run-events.ts'
import type { Metric, RunStatus, RunSummary, Weights } from '../../shared/records.ts'

/** The tables as migrations/ leaves them: see there for what columns mean. JSON columns are strings, flags are 0 or 1. */
export interface Schema {
  studies: {
    seq: Generated<number>
    id: string
    name: string
    hash: string
    spec: string
    note: Generated<string>
    archived: Generated<number>
    created_at: number
    row_hash: string | null
  }
  processes: { token: string; pid: number; place: string; boot: string; birth: string; beat_at: number }
  runs: RunsTable
  attempts: {
    run: number
    attempt: number
    environment: string
    from_step: number
    started_at: number
    ended_at: number | null
    outcome: RunStatus
  }
  parameters: { run: number; position: number; name: string; component: Component; shape: string; size: number }
  points: { run: number; step: number; data: Uint8Array }
  chunks: {
    seq: Generated<number>
    run: number
    metric: Metric
    first_step: number
    last_step: number
    count: number
    summary: Uint8Array
    cells: Uint8Array
    steps: Uint8Array
    bits: Uint8Array
  }
  epochs: EpochsTable
  freezes: {
    seq: Generated<number>
    run: number
    epoch: number
    action: 'freeze' | 'release'
    parameters: string
    reason: string
  }
  tallies: TalliesTable
  tally_measures: { id: Generated<number>; names: string }
  tally_positions: { run: number; at: Weights; bin: string; positions: number; cells: Uint8Array }
  costs_due: { run: number }
  checkpoints: {
    run: number
    which: Weights
    step: number
    epoch: number
    sha256: string
    bytes: number
    created_at: number
  }
  snapshots: { run: number; epoch: number; step: number; sha256: string; bytes: number; created_at: number }
}

export interface TalliesTable {
  run: number
  at: Weights
  bin: string
  first: number
  measures: number
  totals: Uint8Array
}

interface RunsTable {
  seq: Generated<number>
  id: string
  study: number
  plan_id: string
  plan: string
  seed: number
  status: RunStatus
  owner: string | null
  error_code: string | null
  error: string | null
  learning_rate: number | null
  epochs: number | null
  steps_per_epoch: number | null
  epochs_done: Generated<number>
  step: Generated<number>
  best_epoch: number | null
  best_loss: number | null
  train_loss: number | null
  frozen_intact: number | null
  point_step: Generated<number>
  tail: Generated<number>
  queued_at: number
  started_at: number | null
  claimed_at: number | null
  seen_at: number | null
  ended_at: number | null
  seconds: Generated<number>
  starred: Generated<number>
  archived: Generated<number>
  note: Generated<string>
  tags: Generated<string>
  arithmetic: RunSummary['arithmetic']
  host: string | null
  job: string | null
  record_hash: string | null
}

export interface EpochsTable {
  run: number
  epoch: number
  step: number
  learning_rate: number
  train_loss: number | null
  strings: number
  symbols: number
  nats: number | null
  correct: number
  bound_nats: number | null
  length_nats: number | null
  best: number
  frozen: string
  hashes: string
  frozen_hash: string | null
  frozen_intact: number
  gradient_norm: string
  update_norm: string
  steps_per_second: number | null
}

/** Builds queries, typed by the schema; the database runs them. */
export const query = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: db => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})
