import { bootstrapInterval, type BootstrapOptions, type Interval } from './bootstrap.ts'
import { mean } from './mean.ts'
import { checkPaired } from './measurements.ts'
import { median } from './median.ts'
import type { Randomness } from './randomness.ts'

/** a[i] - b[i], for values of the same seed. Two equal infinities (both runs diverged) differ by 0: neither is better. */
export function pairedDifferences(a: readonly number[], b: readonly number[]): number[] {
  checkPaired(a, b)
  return a.map((value, i) => (value === b[i] ? 0 : value - b[i]!))
}

export interface PairedSummary {
  differences: number[]
  mean: number | null
  median: number
  /** Bootstrap interval of the mean difference; null for a single pair. */
  interval: Interval | null
}

/** Differences of pairs, with their mean and its bootstrap interval (`expanded` unless told: pairs are few). */
export function comparePaired(
  a: readonly number[],
  b: readonly number[],
  random: Randomness,
  options: BootstrapOptions = {},
): PairedSummary {
  const differences = pairedDifferences(a, b)
  return {
    differences,
    mean: mean(differences),
    median: median(differences),
    interval: bootstrapInterval(differences, mean, random, { method: 'expanded', ...options }),
  }
}
