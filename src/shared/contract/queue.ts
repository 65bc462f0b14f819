import { z } from 'zod'
import { call, feed } from '../rpc/contract.ts'
import type { RunStatus } from '../records.ts'
import type { Component } from '../run-events.ts'
import { id, nothing, record, runIds, whole } from './values.ts'

export interface QueuedRun {
  readonly runId: string
  readonly studyId: string
  readonly studyName: string
  readonly planId: string
  readonly planTitle: string
  readonly seed: number
  readonly status: RunStatus
  readonly epochsDone: number
  /** As planned; null before training began. */
  readonly epochs: number | null
}

export interface QueueState {
  /** `open`: queued runs are taken up. `held`: none is, those that are being trained go on. `blocked`: the history cannot be written. */
  readonly state: 'open' | 'held' | 'blocked'
  readonly failure: { readonly code: string; readonly message: string } | null
  /** Threads that train: each one run, or on a device that takes many a cohort of runs. */
  readonly workers: number
  readonly running: readonly QueuedRun[]
  /** In the order in which they are taken up; the first 500. */
  readonly waiting: readonly QueuedRun[]
  readonly waitingCount: number
  /** Runs that stopped before their end (paused, interrupted, failed): what `resume` can go on with; the first 500. */
  readonly stopped: readonly QueuedRun[]
  readonly stoppedCount: number
  /** Interrupted by a crash or a kill of the app before this start, not yet resumed: worth an offer. */
  readonly interruptedAtStart: number
  /** For all that runs and waits, at the present speed; null while unknown. */
  readonly secondsLeft: number | null
}

export const queue = {
  get: call(nothing, record<QueueState>()),
  /** At once, then on each change, at most 4 a second. */
  onChange: feed(nothing, record<QueueState>()),
  /** Takes up no further run; with `stop`, those that are being trained are paused too, each within a step and with a checkpoint. */
  hold: call(z.strictObject({ stop: z.boolean().default(false) }).prefault({}), record<QueueState>()),
  /** Takes up queued runs again. Fails with the code that blocked it while the history still cannot be written. */
  open: call(nothing, record<QueueState>()),
  /** Stops runs within a step, with a checkpoint; a queued one leaves the queue. Fails with `unknown-run`, `run-over`, `run-taken` (another process trains it). */
  pause: call(z.strictObject({ runs: runIds }), record<QueueState>()),
  /** Queues stopped or cancelled runs, to go on from their last checkpoint. */
  resume: call(z.strictObject({ runs: runIds }), record<QueueState>()),
  /** As `pause`, but meant for good: only `resume` by name takes the run up again. */
  cancel: call(z.strictObject({ runs: runIds }), record<QueueState>()),
  /** Drops all that was recorded and queues the runs anew. Cannot be undone. */
  restart: call(z.strictObject({ runs: runIds }), record<QueueState>()),
  /** Puts waiting runs, in the order given, before another waiting one; null: at the end. Fails with `not-waiting`. */
  move: call(z.strictObject({ runs: runIds, before: id.nullable() }), record<QueueState>()),
  /** Threads that train, at most as many as the machine has cores; what runs above it is finished first. */
  setWorkers: call(z.strictObject({ workers: whole(1, 256) }), record<QueueState>()),
}

/** Progress points of one run since the last message; at most 64, more are averaged in neighbouring pairs. Arrays equally long. */
export interface LivePoints {
  readonly steps: Float64Array
  /** Nats per symbol, mean over the steps since the point before. */
  readonly loss: Float64Array
  readonly stepsPerSecond: Float64Array
  /** L2 norms before clipping; a component without weights, or all frozen, is absent. */
  readonly gradientNorm: Readonly<Partial<Record<Component, Float64Array>>>
}

export interface LiveEpoch {
  readonly epoch: number
  readonly step: number
  /** Nats per symbol. */
  readonly trainLoss: number
  readonly validationLoss: number
  readonly validationAccuracy: number
  readonly learningRate: number
  readonly best: boolean
  readonly frozen: readonly string[]
  readonly frozenIntact: boolean
  /** Over the epoch. */
  readonly stepsPerSecond: number
  /** L2 norms at the epoch's last step, by component: of the gradient before clipping, and of the update. What was frozen is absent. */
  readonly gradientNorm: Readonly<Partial<Record<Component, number>>>
  readonly updateNorm: Readonly<Partial<Record<Component, number>>>
}

export interface LiveFreeze {
  readonly epoch: number
  readonly action: 'freeze' | 'release'
  readonly parameters: readonly string[]
  readonly reason: string
}

export interface LiveRun {
  readonly runId: string
  readonly studyId: string
  readonly planId: string
  readonly seed: number
  readonly status: RunStatus
  readonly failure: { readonly code: string; readonly message: string } | null
  readonly epoch: number
  readonly step: number
  /** As planned; null before the run's first event. */
  readonly epochs: number | null
  readonly stepsPerEpoch: number | null
  /** To its planned end at the present speed; null while unknown. */
  readonly secondsLeft: number | null
  readonly points: LivePoints
  readonly epochsEnded: readonly LiveEpoch[]
  readonly freezes: readonly LiveFreeze[]
}

export interface LiveBatch {
  /** Runs of which there is something new. */
  readonly runs: readonly LiveRun[]
}

export interface DivergedRun {
  readonly runId: string
  readonly studyId: string
  readonly studyName: string
  readonly planTitle: string
  readonly seed: number
}

export interface MachineLoad {
  /** Of this process with all its workers, in cores: 1.5 is one and a half cores busy. */
  readonly cores: number
  readonly coresTotal: number
  /** Resident memory of the process, bytes. */
  readonly memoryBytes: number
  readonly memoryTotalBytes: number
  readonly device: string
}

/** What happens while runs train. The same events are in the history when they are told. */
export const live = {
  /** At once where every run that is being trained stands, then batches of what is new, once a second, the end of a run at once, of all runs or of some; nothing is said while nothing happens. When the reader lags, batches grow coarser, not more. */
  onProgress: feed(
    z.strictObject({ runs: z.array(id).max(1000).optional(), studyId: id.optional() }).prefault({}),
    record<LiveBatch>(),
  ),
  /** A run that has ended, and fell apart on its way: see `isDiverged`. */
  onDiverged: feed(nothing, record<DivergedRun>()),
  /** Every four seconds. */
  onLoad: feed(nothing, record<MachineLoad>()),
}

/** `progress`: of runs that are being trained, the figures of an epoch and where they stand are others, and nothing else. */
const kinds = z.array(z.enum(['runs', 'progress', 'studies', 'drafts', 'trash', 'settings']))
const changed = z.strictObject({
  /** Grows with every change; a list that was made at this version is still right. */
  version: whole(0),
  what: kinds,
  /** Runs concerned, where they are few enough to name. */
  runs: z.array(id),
})

/** That something in the history or the app's state is no longer as it was, whoever changed it: this window, another one, the command line. */
export const changes = {
  /** At most 4 a second; of some kinds, or of all. */
  onChange: feed(z.strictObject({ what: kinds.optional() }).prefault({}), changed),
}
export type Changed = z.output<typeof changed>
