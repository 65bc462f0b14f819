/** What resampling draws from: the part of the engine's `Chance` that it needs. */
export interface Randomness {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Uniform in 0 … bound-1. */
  integer(bound: number): number
}
