import type { LengthLimit } from '../services/comparison/input.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import type { StudySpec } from '../../shared/study.ts'

/** What the host and a worker thread say to each other. A thread does one job at a time. */

/** One stretch of a run's training: from its initial weights, or from checkpoints. */
export interface TrainJob {
  readonly kind: 'train'
  readonly study: StudySpec
  readonly planId: string
  readonly seed: number
  readonly device: string
  readonly resume: { readonly last: Uint8Array, readonly best: Uint8Array | null } | null
  readonly checkpointEverySeconds: number
  /** Shared memory; a first element other than 0 cancels the job. */
  readonly cancel: Int32Array<SharedArrayBuffer>
}

/** Floors and ceilings of a study's test lengths. */
export interface LimitsJob {
  readonly kind: 'limits'
  readonly study: Pick<StudySpec, 'task' | 'evaluation' | 'training'>
}

/** The time of a training step. */
export interface MeasureJob {
  readonly kind: 'measure'
  readonly study: StudySpec
  readonly device: string
}

export type Job = TrainJob | LimitsJob | MeasureJob

export type ToWorker =
  | Job
  /** So many of the events that the thread sent are stored. */
  | { readonly kind: 'stored', readonly events: number }
  /** The train job's flag has been set: for a process, which shares no memory with the host. */
  | { readonly kind: 'cancel' }

export interface Failure { readonly code: string, readonly message: string }

export type FromWorker =
  /** The thread lives: once a second, as far as its work lets it. */
  | { readonly kind: 'beat' }
  | { readonly kind: 'events', readonly events: readonly RunEvent[] }
  /** A train job has come to its end, its last events sent. */
  | { readonly kind: 'ended', readonly failure: Failure | null }
  | { readonly kind: 'limits', readonly limits: readonly LengthLimit[] }
  /** Of a measure job. */
  | { readonly kind: 'measured', readonly seconds: number, readonly failure: Failure | null }

export const BEAT_MS = 1_000
