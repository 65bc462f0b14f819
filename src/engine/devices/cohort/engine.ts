import type { Batch, BatchScore, Carried } from '../device.ts'
import type { ParameterLayout } from './parameter-layout.ts'

/** What one run brings to a piece of work. */
export interface Share {
  readonly slot: number
  readonly batch: Batch
  readonly trained: readonly string[]
}
/** How a run's weights are changed: the numbers of each trained parameter. */
export interface Update {
  readonly clipNorm: number | null
  readonly scalars: ReadonlyMap<string, Readonly<Record<string, number>>>
}
/** Loss, and the sum of squares of the gradient of each trained parameter; for text, the state after the chunk. */
export interface Stepped {
  readonly loss: number
  readonly squares: ReadonlyMap<string, number>
  readonly carried?: Carried | undefined
}
/** A share, and the update that it wants, if any. */
export interface Asked {
  readonly share: Share
  readonly update: Update | null
}

/** What computes for a cohort, whose runs it holds in slots. One call at a time. */
export interface CohortEngine {
  readonly parameters: ParameterLayout
  /** Slots. */
  readonly capacity: number
  /** @throws the reason for which nothing can be computed any more, such as LabError `device-lost` */
  check(): void
  /** Whether another call can succeed after one that failed; a call that fails and leaves the engine whole has changed nothing. */
  readonly isWhole: boolean
  /** Loss and gradients of all, and updates of those that want one. */
  step(work: readonly Asked[]): Promise<readonly Stepped[]>
  score(work: readonly Asked[]): Promise<readonly BatchScore[]>
  /** A run's weights and optimizer slots, section by section in the order of `parameters`. */
  readStore(slot: number): Promise<Float32Array>
  writeStore(slot: number, values: Float32Array<ArrayBuffer>): void
  /** Those of the last step. */
  readGradients(slot: number): Promise<Float32Array>
  /** Gives everything back. */
  destroy(): void
}
