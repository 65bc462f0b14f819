import { InputError } from '../errors.ts'
import { allFinite, checkMeasurements } from './measurements.ts'
import type { Randomness } from './randomness.ts'

export interface TestResult {
  /** Two-sided. */
  p: number
  /** Whether every rearrangement was counted; otherwise p comes from random ones or from the normal approximation. */
  exact: boolean
}

const EXACT_UP_TO = 20

/**
 * Paired permutation test of the mean difference (Fisher 1935; Pitman 1937): under the null hypothesis each difference is as likely with
 * the other sign. p is the share of the 2^n sign patterns whose |sum| is at least that seen. Above 20 non-zero differences it comes from
 * `resamples` random patterns as (hits + 1) / (resamples + 1) (Phipson & Smyth 2010, doi:10.2202/1544-6115.1585), never 0.
 * @throws InputError for infinite differences, which have no mean: use `signedRankTest`
 */
export function signFlipTest(
  differences: readonly number[],
  random: Randomness,
  { resamples = 100_000 }: { resamples?: number } = {},
): TestResult {
  if (!allFinite(checkMeasurements(differences, 'differences')))
    throw new InputError('differences', differences, 'finite numbers (ranks take infinite ones)')
  const largest = differences.reduce((most, d) => Math.max(most, Math.abs(d)), 0)
  // Relative to the largest where a sum would be beyond a number.
  const unit = largest > 1e300 ? largest : 1
  const sizes = differences.filter(d => d !== 0).map(d => Math.abs(d) / unit)
  const total = sizes.reduce((sum, d) => sum + d, 0)
  const seen = Math.abs(differences.reduce((sum, d) => sum + d / unit, 0))
  // Sums that are equal on paper may differ in the last bits.
  const bar = seen - total * 1e-12
  if (sizes.length <= EXACT_UP_TO) return { p: countPatterns(sizes, bar) / 2 ** sizes.length, exact: true }
  let hits = 0
  for (let i = 0; i < resamples; i++) {
    let sum = 0
    for (const size of sizes) sum += random.integer(2) === 0 ? size : -size
    if (Math.abs(sum) >= bar) hits++
  }
  return { p: (hits + 1) / (resamples + 1), exact: false }
}

/** The smallest two-sided p that n pairs can give, all pointing the same way: 2 / 2^n, at most 1. */
export const smallestPairedP = (pairs: number): number => Math.min(1, 2 ** (1 - pairs))

function countPatterns(sizes: readonly number[], bar: number): number {
  const count = (sum: number, from: number): number =>
    from === sizes.length
      ? Number(Math.abs(sum) >= bar)
      : count(sum + sizes[from]!, from + 1) + count(sum - sizes[from]!, from + 1)
  return count(0, 0)
}
