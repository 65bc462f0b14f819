import type { Arithmetic, Component, EpochEvent, FreezeEvent, LengthScore } from './run-events.ts'
import type { Score } from './score.ts'
import type { FreezePlan, StudySpec } from './study.ts'

/** What the history keeps and gives back. Plain records; times in milliseconds since 1970. */

export const RUN_STATUSES = [
  'queued',
  'running',
  'paused',
  'finished',
  'stopped-early',
  'cancelled',
  'diverged',
  'failed',
  'interrupted',
] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

export interface Study {
  id: string
  name: string
  /** SHA-256 of the spec with its keys in order: equal for equal specs. */
  hash: string
  /** As parsed when the study was added. */
  spec: StudySpec
  note: string
  archived: boolean
  createdAt: number
  /** Number of runs by status; absent where 0. */
  runs: Partial<Record<RunStatus, number>>
  /** What is stored of it is not what was; absent otherwise. */
  damaged?: true
}

export interface RunSummary {
  id: string
  studyId: string
  studyName: string
  planId: string
  planTitle: string
  seed: number
  status: RunStatus
  /** Why it failed; `record-damaged` when what is stored of a run is not what was. */
  error: { code: string; message: string } | null
  /** The first epoch's; null before training began, as for the next two. */
  learningRate: number | null
  /** As planned. */
  epochs: number | null
  stepsPerEpoch: number | null
  /** Epochs and steps recorded. */
  epochsDone: number
  step: number
  /** The newest best validation epoch and its loss in nats per symbol. */
  bestEpoch: number | null
  bestLoss: number | null
  /** Mean training loss of the newest epoch, nats per symbol. */
  trainLoss: number | null
  /** False when a frozen parameter changed in any epoch; null before the first epoch. */
  frozenIntact: boolean | null
  /** How its device rounded; `mixed` where that changed on the way, null where it is not known or does not depend on the processor. */
  arithmetic: Arithmetic | 'mixed' | null
  queuedAt: number
  startedAt: number | null
  endedAt: number | null
  /** Training time over all attempts, those whose work was dropped too. */
  seconds: number
  starred: boolean
  archived: boolean
  note: string
  tags: string[]
}

export type RunOrder = 'queued' | 'started' | 'ended' | 'best-loss' | 'seconds' | 'plan' | 'seed' | 'status'

/** Lists name alternatives; fields are combined with "and". */
export interface RunFilter {
  studies?: readonly string[]
  plans?: readonly string[]
  seeds?: readonly number[]
  statuses?: readonly RunStatus[]
  /** All of these. */
  tags?: readonly string[]
  starred?: boolean
  /** Default false: archived runs are left out. */
  archived?: boolean | 'any'
  /** Part of the run's id, its study's name or its note; case is ignored. */
  text?: string
  /** Default `queued`; runs without the value come last. */
  order?: RunOrder
  descending?: boolean
  limit?: number
  offset?: number
}

export interface Parameter {
  name: string
  component: Component
  shape: number[]
}

/** Where a run was trained: as much as is needed to tell why two runs of one seed differ. */
export interface Environment {
  app: { version: string; commit: string | null; /** SHA-256 of the lock file. */ lockHash: string | null }
  versions: { node: string; v8: string; electron: string | null }
  os: { platform: string; release: string; arch: string }
  cpu: { model: string; cores: number }
  memoryBytes: number
  device: {
    id: string
    note: string
    /** Most runs that it trained together with this one at a time, itself included; absent for a run that it trained alone. */
    cohort?: number
  }
}

/** One stretch of training, from a claim to its end. */
export interface Attempt {
  attempt: number
  environment: Environment
  /** Where it began: 0 for a run from its initial weights. */
  fromStep: number
  startedAt: number
  endedAt: number | null
  /** `running` until it ends. */
  outcome: RunStatus
}

export const METRICS = [
  'loss',
  'stepsPerSecond',
  'gradientNorm.embedding',
  'gradientNorm.controller',
  'gradientNorm.memory',
  'gradientNorm.classifier',
  'epoch',
] as const
/** What a progress point measures; `gradientNorm.…` is absent from points whose event has no such component. */
export type Metric = (typeof METRICS)[number]

/** Equally long; steps grow strictly. */
export interface Series {
  steps: Float64Array
  values: Float64Array
}

/** A metric in buckets of neighbouring points, in order of steps; arrays equally long. */
export interface Curve {
  metric: Metric
  /** First and last step in each bucket, both included. */
  from: Float64Array
  to: Float64Array
  /** Over the finite values; NaN where a bucket has none. */
  min: Float64Array
  max: Float64Array
  mean: Float64Array
  /** Finite values, and others (NaN, infinities). */
  count: Float64Array
  lost: Float64Array
}

export type EpochRecord = Omit<EpochEvent, 'kind'>
export type FreezeRecord = Omit<FreezeEvent, 'kind'>
export type Weights = 'best' | 'last'
export interface BinScore extends Score {
  runId: string
  which: Weights
  bin: string
}

export interface CheckpointInfo {
  which: Weights
  epoch: number
  step: number
  sha256: string
  bytes: number
  createdAt: number
}

/** Weights kept along the way. */
export interface SnapshotInfo {
  /** Epochs done; 0: the initial weights. */
  epoch: number
  step: number
  sha256: string
  bytes: number
  createdAt: number
}

/** Everything that is known of one run, as of one moment. */
export interface RunRecord {
  run: RunSummary
  study: Study
  plan: FreezePlan
  parameters: Parameter[]
  attempts: Attempt[]
  freezes: FreezeRecord[]
  epochs: EpochRecord[]
  series: Partial<Record<Metric, Series>>
  scores: Record<Weights, LengthScore[]>
  checkpoints: CheckpointInfo[]
  /** Oldest first. */
  snapshots: SnapshotInfo[]
}
