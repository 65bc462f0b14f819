import type { Shape } from '../../algebra/tensor.ts'
import type { Storage } from './storage.ts'

/** After a time step, and before it. */
export type Clock = 'now' | 'before'

/** A growing tensor: where it lies and how many rows it may have is known only when the code runs. */
export interface Growing {
  readonly name: string
  /** Whether it holds something for pairs of rows. */
  readonly pairs: boolean
  /** A tensor for each time step, for the last two, one that every step overwrites, or a list that every step appends a row to. */
  readonly kept: 'each' | 'last-two' | 'one' | 'list'
}

/** What lays out the memory of one pass. */
export interface Places {
  /** A place in the memory of a time step: `frame` for forward values, `out` for predictions, `back` for adjoints. */
  perStep(area: 'frame' | 'back' | 'out', shape: readonly number[]): Record<Clock, Storage>
  /** A place that every step overwrites. */
  overwritten(shape: Shape): Storage
  growing(shape: Shape, kept: Growing['kept']): Record<Clock, Storage>
  /** The last row of a list: the one that the step appends, or the one before that. */
  lastRow(list: Storage, shape: Shape): Storage
  /** The number that stands for a name in storages. */
  variable(name: string): number
}
