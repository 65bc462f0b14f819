import type { Bounds } from '../../../shared/comparison.ts'
import { bootstrapInterval } from '../../../shared/statistics/bootstrap.ts'
import { mean } from '../../../shared/statistics/mean.ts'
import { signFlipTest, smallestPairedP } from '../../../shared/statistics/sign-flip.ts'
import { bounds, CONFIDENCE, type Bootstrap } from './summary.ts'

/** Differences by seed of one pair of task and model: the frozen plan less full training. Finite. */
export interface PairDifferences {
  readonly task: string
  readonly model: string
  readonly differences: ReadonlyMap<number, number>
}

export interface Pooled {
  /** Mean over the pairs of their mean over seeds: every pair counts the same. */
  readonly mean: number
  /** Of the mean, seeds resampled; null for one seed. */
  readonly interval: Bounds | null
  /** Exact sign-flip test, two-sided. */
  readonly p: number
  /** The smallest p that so many seeds can give. */
  readonly smallestP: number
  readonly pairs: number
  readonly seeds: number
}

/**
 * Pools differences over pairs of task and model. Runs of one seed share data, order and learning rate in every pair, so that the seed is
 * what is resampled and flipped, not the single difference: v(s) = seeds · Σ over pairs d(pair, s) / (pairs · seeds of the pair), whose
 * mean is the mean over pairs of their means. @returns null where there is no difference
 */
export function pool(
  pairs: readonly PairDifferences[],
  streamName: string,
  { resamples, random }: Bootstrap,
): Pooled | null {
  const used = pairs.filter(({ differences }) => differences.size > 0)
  const seeds = [...new Set(used.flatMap(({ differences }) => [...differences.keys()]))].sort((a, b) => a - b)
  if (seeds.length === 0) return null
  const values = seeds.map(
    seed =>
      seeds.length *
      used.reduce((sum, { differences }) => sum + (differences.get(seed) ?? 0) / (used.length * differences.size), 0),
  )
  const stream = random(streamName)
  return {
    mean: mean(values)!,
    interval: bounds(
      bootstrapInterval(values, mean, stream, { method: 'expanded', confidence: CONFIDENCE, resamples }),
    ),
    p: signFlipTest(values, stream).p,
    smallestP: smallestPairedP(seeds.length),
    pairs: used.length,
    seeds: seeds.length,
  }
}
