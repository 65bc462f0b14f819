import type { Estimated, EstimateInput } from '../analysis/estimate.ts'
import type { LengthLimit } from '../services/comparison/input.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import type { StudySpec } from '../../shared/study.ts'

/** What the host and a worker thread say to each other. A thread does one job at a time, or trains several runs of one model and optimizer. */

/** One stretch of a run's training: from its initial weights, or from checkpoints. */
export interface TrainJob {
  readonly kind: 'train'
  readonly runId: string
  readonly study: StudySpec
  readonly planId: string
  readonly seed: number
  readonly device: string
  /** Every processor is to give the same bits. */
  readonly portable: boolean
  /** Runs that are to be trained together with this one, itself included, as far as the device has room. */
  readonly together: number
  readonly resume: { readonly last: Uint8Array; readonly best: Uint8Array | null } | null
  readonly checkpointEverySeconds: number
  /** Shared memory: an element 0 other than 0 cancels the job, element 1 is how many threads it may use at the moment. A process shares no more than the first with its thread. */
  readonly cancel: Int32Array<SharedArrayBuffer>
}

/** Floors and ceilings of a study's test lengths. */
export interface LimitsJob {
  readonly kind: 'limits'
  readonly study: Pick<StudySpec, 'task' | 'evaluation' | 'training'>
  /** Names; left out: all. */
  readonly bins?: readonly string[] | undefined
}

/** The time of a training step. */
export interface MeasureJob {
  readonly kind: 'measure'
  readonly study: StudySpec
  readonly device: string
  /** Runs to train together, as far as the device has room. */
  readonly together: number
  /** Seconds of a step above which an exact figure is of no use. */
  readonly enough: number
}

/** How long the studies of a draft take. */
export interface EstimateJob {
  readonly kind: 'estimate'
  readonly input: EstimateInput
}

export type Job = TrainJob | LimitsJob | MeasureJob | EstimateJob

export type ToWorker =
  | Job
  /** So many of the events that the thread sent of this run are stored. */
  | { readonly kind: 'stored'; readonly runId: string; readonly events: number }
  /** The train job's flag has been set: for a process, which shares no memory with the host. */
  | { readonly kind: 'cancel'; readonly runId: string }

export interface Failure {
  readonly code: string
  readonly message: string
}

/** A step's time, in which each of `together` runs made one. */
export interface Measured {
  readonly seconds: number
  readonly together: number
}

export type FromWorker =
  /** The thread lives: once a second, as far as its work lets it. */
  | { readonly kind: 'beat' }
  /** So many runs of this one's model and optimizer can be trained here at a time. */
  | { readonly kind: 'room'; readonly runId: string; readonly runs: number }
  | { readonly kind: 'events'; readonly runId: string; readonly events: readonly RunEvent[] }
  /** A train job has come to its end, its last events sent. */
  | { readonly kind: 'ended'; readonly runId: string; readonly failure: Failure | null }
  | { readonly kind: 'limits'; readonly limits: readonly LengthLimit[] }
  /** Of a measure job. */
  | { readonly kind: 'measured'; readonly measured: Measured | null; readonly failure: Failure | null }
  /** Of an estimate job. */
  | { readonly kind: 'estimated'; readonly estimated: Estimated | null; readonly failure: Failure | null }

export const BEAT_MS = 1_000
