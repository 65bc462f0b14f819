import type { Arithmetic, Component } from '../../shared/run-events.ts'
import type { Picked } from '../../shared/study.ts'
import type { Model } from '../model.ts'

/** Strings of one length, or chunks of as many streams of text, trained or evaluated together. */
export interface Batch {
  /** Number of strings. */
  readonly size: number
  /** Symbols in each string, end of sequence not counted. */
  readonly length: number
  /** [size, length], row by row; each 0 … inputs-1. */
  readonly symbols: Int32Array
  /** For a model that reads text, and needed there: [size], the symbol after each row's last. Every symbol read predicts the one after it: `length` predictions, no end of sequence. */
  readonly next?: Int32Array
  /** For text: what the chunk before left. Without it the streams begin here, in the empty state. Gradients stop at it. */
  readonly carried?: Carried | undefined
  /** Factors of dropout by the name of the model's mask, [size, length + 1, width]: those of step t at index t, step 0 being the time before the first symbol. Without them nothing is dropped. */
  readonly masks?: ReadonlyMap<string, Float32Array> | undefined
}

/** The state of streams of text between two chunks: all that the next chunk depends on, in plain numbers. */
export interface Carried {
  /** Streams. */
  readonly size: number
  /** Symbols read since the streams began. */
  readonly age: number
  /** Each part of the model's state by name, [size, …shape] row-major; a growing axis has `rowsCarried(rule, 0, age)` rows. */
  readonly states: ReadonlyMap<string, Float32Array>
}

export interface StepResult {
  /** Negative log-likelihood in nats. Strings: summed over the length + 1 predictions of a string, mean over the batch. Text: mean over all predictions. */
  readonly loss: number
  /** L2 norm of the gradient before clipping, over all trained parameters and by component. */
  readonly gradientNorm: number
  readonly componentNorms: Partial<Record<Component, number>>
  /** Text: the state after the chunk, computed with the weights before the update. */
  readonly carried?: Carried | undefined
}

export interface BatchScore {
  /** For each string: total negative log-likelihood in nats, and right arg-max predictions (the first of equals), end of sequence included. */
  readonly nats: Float64Array
  readonly correct: Int32Array
  /** Text: the same of every prediction, [size, length]. */
  readonly predictions?: { readonly nats: Float64Array; readonly correct: Int32Array } | undefined
  /** Text: the state after the chunk. */
  readonly carried?: Carried | undefined
}

/** One named intermediate of one string: [steps, ...shape], row-major; rows of a growing memory are padded with zeros to the deepest step. */
export interface TraceTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/**
 * A model opened on a device: holds weights and optimizer slots, trains and evaluates.
 * Tensors are addressed by name: a parameter by its own (`memory.actions.weights`), an optimizer slot as `slot:parameter`
 * (`mean:memory.actions.weights`).
 */
export interface Executor {
  readonly model: Model
  /** How products and sums are rounded, where it depends on the processor. */
  readonly arithmetic?: Arithmetic
  /** Names of everything that a checkpoint must hold: parameters first, then slots. */
  readonly tensors: readonly string[]
  /** A copy of the tensor's values, row-major. */
  read(tensor: string): Float32Array
  write(tensor: string, values: Float32Array): void
  /** Updates done so far for each parameter (Adam's bias correction counts them; a frozen parameter's count stands still). */
  counts(): Record<string, number>
  setCounts(counts: Readonly<Record<string, number>>): void
  /** Parameters that the next steps train, by name; all others get no update, and gradient work that only they need is left out. */
  setTrainable(parameters: ReadonlySet<string>): void
  /** Forward, backward, clipping at `clipNorm` (null: none) and update. */
  step(batch: Batch, options: { learningRate: number; clipNorm: number | null }): StepResult
  /** Loss and gradients of the trainable parameters, no update. */
  gradients(batch: Batch): { loss: number; gradients: Map<string, Float32Array> }
  evaluate(batch: Batch): BatchScore
  /** Every named intermediate of one string, step by step. @param rows of a growing memory, from the top; default all */
  trace(symbols: Int32Array, rows?: number): Record<string, TraceTensor>
  dispose(): void
}

/** Opens what traces single strings, for a device that has nothing to gain there. */
export type Tracer = (model: Model) => Pick<Executor, 'write' | 'trace'>

type Computing = 'step' | 'gradients' | 'evaluate' | 'trace'

/** An executor that computes elsewhere, such as on a GPU. One call at a time: the next one waits for the promise of the last. */
export interface RemoteExecutor
  extends
    Omit<Executor, Computing>,
    Readonly<{ [K in Computing]: (...input: Parameters<Executor[K]>) => Promise<ReturnType<Executor[K]>> }> {
  /** Brings the tensors here. Until then, `read` after a step throws LabError `not-settled`. */
  settle(): Promise<void>
}

export type AnyExecutor = Executor | RemoteExecutor

/** Brings what was computed to where `read` finds it. */
export async function settle(executor: object | Pick<RemoteExecutor, 'settle'>): Promise<void> {
  if ('settle' in executor) await executor.settle()
}

/** Runs of one model and optimizer that a device trains together: what they ask for at about the same time is computed at once. */
export interface Cohort<E extends AnyExecutor = RemoteExecutor> {
  /** A run enters; it leaves when its executor is disposed of. @throws LabError `cohort-full`, or the reason for which no member's call can succeed any more, such as `device-lost` */
  join(): E
  /** Runs that are in it. */
  readonly size: number
  /** Most runs that may be in it at a time. */
  readonly capacity: number
  dispose(): void
}

/** A thread that runs `serveHelper`: what is used of a `Worker` of node:worker_threads. */
export interface HelperThread {
  postMessage(message: unknown): void
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
  terminate(): Promise<unknown>
}

/** Threads of the processor that an executor may use. What it computes does not depend on their number, to the bit. */
export interface Threads {
  /** How many, the calling one included; asked for whenever something is computed. */
  readonly most: () => number
  /** Starts one more. */
  readonly start: () => HelperThread
}

export interface DeviceState {
  readonly available: boolean
  /** What it is, or why it is not available and how to get it. */ readonly note: string
  /** How products and sums are rounded here, where it depends on the processor. */
  readonly arithmetic?: Arithmetic
}

export interface OpenOptions {
  readonly optimizer: Picked
  readonly threads?: Threads | undefined
  /** Every processor is to give the same bits; a device whose arithmetic is the same everywhere does so anyway. */
  readonly portable?: boolean | undefined
}

export interface Device {
  readonly id: string
  readonly title: string
  /** Its native code must have a process of its own, so that its crash harms nothing else; one thread there opens it. */
  readonly isolated?: boolean
  /** Meant to check the others: never picked for its speed. */
  readonly reference?: boolean
  state(): Promise<DeviceState>
  /** @param options.threads for devices that compute on the processor; without them the calling thread does it all */
  open(model: Model, options: OpenOptions): Promise<AnyExecutor>
  /** For devices that many runs share. @param options.runs that are to be trained at a time; `capacity` may be less */
  cohort?(model: Model, options: { optimizer: Picked; runs: number }): Promise<Cohort>
}

/** A device that computes in the calling thread. */
export interface LocalDevice extends Device {
  open(model: Model, options: OpenOptions): Promise<Executor>
}
