import type { Contrast, Target } from '../../../shared/comparison.ts'
import { MEASURES } from '../../../shared/comparison.ts'
import { bootstrapInterval } from '../../../shared/statistics/bootstrap.ts'
import { pairedProbabilityOfImprovement } from '../../../shared/statistics/dominance.ts'
import { pairedEffectSize } from '../../../shared/statistics/effect-size.ts'
import { holm } from '../../../shared/statistics/holm.ts'
import { mean } from '../../../shared/statistics/mean.ts'
import { allFinite } from '../../../shared/statistics/measurements.ts'
import { median } from '../../../shared/statistics/median.ts'
import { pairedDifferences } from '../../../shared/statistics/paired-differences.ts'
import { pairsToExcludeZero } from '../../../shared/statistics/pairs-needed.ts'
import type { Randomness } from '../../../shared/statistics/randomness.ts'
import { signFlipTest, smallestPairedP } from '../../../shared/statistics/sign-flip.ts'
import { signedRankTest } from '../../../shared/statistics/wilcoxon.ts'
import { bounds, CONFIDENCE, finite, known, type Bootstrap, type BySeed } from './summary.ts'

/** Level of all tests: Holm-corrected p at most this. */
export const LEVEL = 0.05

/** A contrast before the family of tests, and with it the verdict, is known. */
export type OpenContrast = Omit<Contrast, 'verdict' | 'seedsNeeded'> & { differences: readonly number[] }

export interface Side {
  plan: string
  values: BySeed
}

/** @param counted seeds with a run that counts, by plan: a seed where only the figure is missing is no pair either, and is listed too */
export function contrast(side: Side, reference: Side, target: Target, bootstrap: Bootstrap): OpenContrast {
  const mine = new Map(known(side.values))
  const theirs = new Map(known(reference.values))
  const seeds = [...mine.keys()].filter(seed => theirs.has(seed)).sort((a, b) => a - b)
  const a = seeds.map(seed => mine.get(seed)!)
  const b = seeds.map(seed => theirs.get(seed)!)
  const some = seeds.length > 0
  const differences = some ? pairedDifferences(a, b) : []
  const random = bootstrap.random(`${side.plan}/${reference.plan}/${target.measure}/${target.bin ?? ''}`)
  return {
    plan: side.plan,
    target,
    pairs: seeds.map((seed, i) => ({
      seed,
      plan: finite(a[i]!),
      reference: finite(b[i]!),
      difference: finite(differences[i]!),
    })),
    unpaired: [...missing(theirs, mine, side.plan), ...missing(mine, theirs, reference.plan)].sort(
      (x, y) => x.seed - y.seed,
    ),
    mean: some ? finite(mean(differences)) : null,
    median: some ? finite(median(differences)) : null,
    interval: some
      ? bounds(
          bootstrapInterval(differences, mean, random, {
            method: 'expanded',
            confidence: CONFIDENCE,
            resamples: bootstrap.resamples,
          }),
        )
      : null,
    probabilityOfImprovement: some ? pairedProbabilityOfImprovement(a, b, MEASURES[target.measure].better) : null,
    test: some ? { ...test(differences, random), holmP: 1 } : null,
    smallestP: some ? smallestPairedP(seeds.length) : null,
    effect: some ? pairedEffectSize(differences) : null,
    differences,
  }
}

const missing = (
  from: ReadonlyMap<number, number>,
  other: ReadonlyMap<number, number>,
  plan: string,
): Contrast['unpaired'] => [...from.keys()].filter(seed => !other.has(seed)).map(seed => ({ seed, missing: plan }))

function test(
  differences: readonly number[],
  random: Randomness,
): { method: 'sign-flip' | 'signed-rank'; p: number; exact: boolean } {
  if (allFinite(differences)) return { method: 'sign-flip', ...signFlipTest(differences, random) }
  const { p, exact } = signedRankTest(differences)
  return { method: 'signed-rank', p, exact }
}

/** Corrects the p-values for the family that they are. */
export function correct(contrasts: readonly OpenContrast[]): OpenContrast[] {
  const adjusted = holm(contrasts.flatMap(({ test }) => (test ? [test.p] : [])))[Symbol.iterator]()
  return contrasts.map(one => (one.test ? { ...one, test: { ...one.test, holmP: adjusted.next().value! } } : one))
}

/** The fewest pairs whose smallest p passes the Holm correction of a family this large when it is the smallest of all: 2 / 2^n · family ≤ α. */
export const fewestPairs = (family: number): number => Math.ceil(Math.log2((2 * family) / LEVEL))

/**
 * Seeds for both the interval (narrowed as the correction narrows α) and the exact test. null where spread cannot be told: fewer than 2 pairs,
 * diverged runs, no difference.
 */
export function seedsNeeded(differences: readonly number[], family: number): { total: number; further: number } | null {
  if (differences.length === 0) return null
  const byInterval = pairsToExcludeZero(differences, { confidence: 1 - LEVEL / family })
  if (byInterval === null || byInterval.total === Infinity) return null
  const total = Math.max(byInterval.total, fewestPairs(family))
  return { total, further: Math.max(0, total - differences.length) }
}
