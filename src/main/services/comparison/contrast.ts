import type { Contrast, Target } from '../../../shared/comparison.ts'
import { MEASURES } from '../../../shared/comparison.ts'
import { writeFigure } from '../../../shared/figure.ts'
import { pairedProbabilityOfImprovement } from '../../../shared/statistics/dominance.ts'
import { pairedEffectSize } from '../../../shared/statistics/effect-size.ts'
import { holm } from '../../../shared/statistics/holm.ts'
import { mean } from '../../../shared/statistics/mean.ts'
import { allFinite, ascending } from '../../../shared/statistics/measurements.ts'
import { median } from '../../../shared/statistics/median.ts'
import { pairedDifferences } from '../../../shared/statistics/paired-differences.ts'
import { pairsToSettle } from '../../../shared/statistics/pairs-to-settle.ts'
import { signFlipTest, smallestPairedP } from '../../../shared/statistics/sign-flip.ts'
import { signedRankTest } from '../../../shared/statistics/wilcoxon.ts'
import { intervalOf, known, type Bootstrap, type BySeed } from './summary.ts'

/** Level of all tests: Holm-corrected p at most this. */
export const LEVEL = 0.05

/** A contrast before the family of tests, and with it the verdict, is known. */
export type OpenContrast = Omit<Contrast, 'verdict' | 'seedsNeeded'> & { differences: readonly number[] }

export interface Side {
  plan: string
  /** As they are ranked: diverged runs behind all others, perplexities by their logarithms. */
  values: BySeed
}

/** Seeds with a figure on one side only are listed. */
export function contrast(side: Side, reference: Side, target: Target, bootstrap: Bootstrap): OpenContrast {
  const mine = new Map(known(side.values))
  const theirs = new Map(known(reference.values))
  const seeds = [...mine.keys()].filter(seed => theirs.has(seed)).sort((a, b) => a - b)
  const a = seeds.map(seed => mine.get(seed)!)
  const b = seeds.map(seed => theirs.get(seed)!)
  const some = seeds.length > 0
  const differences = some ? pairedDifferences(a, b) : []
  const intervalKind = allFinite(differences) ? 'mean' : 'median'
  const shown = target.measure === 'perplexity' ? Math.exp : (value: number): number => value
  return {
    plan: side.plan,
    target,
    pairs: seeds.map((seed, i) => ({
      seed,
      plan: writeFigure(shown(a[i]!)),
      reference: writeFigure(shown(b[i]!)),
      difference: writeFigure(differences[i]!),
    })),
    unpaired: [...missing(theirs, mine, side.plan), ...missing(mine, theirs, reference.plan)].sort(
      (x, y) => x.seed - y.seed,
    ),
    mean: some ? writeFigure(mean(differences)) : null,
    median: some ? writeFigure(median(differences)) : null,
    interval: some ? intervalOf(differences, intervalKind, bootstrap) : null,
    intervalOf: intervalKind,
    probabilityOfImprovement: some ? pairedProbabilityOfImprovement(a, b, MEASURES[target.measure].better) : null,
    test: some ? { ...test(differences, bootstrap), holmP: 1 } : null,
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
  { random }: Bootstrap,
): { method: 'sign-flip' | 'signed-rank'; p: number; exact: boolean } {
  if (allFinite(differences)) {
    const sizes = ascending(differences.map(Math.abs))
    return { method: 'sign-flip', ...signFlipTest(differences, random(`sign-flip/${sizes.join()}`)) }
  }
  const { p, exact } = signedRankTest(differences)
  return { method: 'signed-rank', p, exact }
}

/**
 * Corrects the p-values for the family that they are. A plan that trains the same as another is no test of its own: it has the other's, and
 * as the reference's twin none.
 * @param twins by plan the one that trains the same @returns the contrasts, and how many tests they are
 */
export function correct(
  contrasts: readonly OpenContrast[],
  reference: string,
  twins: Readonly<Record<string, string>> = {},
): { contrasts: OpenContrast[]; family: number } {
  const trainingOf = (plan: string): string => twins[plan] ?? plan
  const keyOf = ({ plan, target }: OpenContrast): string => JSON.stringify([trainingOf(plan), target])
  const own = new Map(
    contrasts
      .filter(({ plan, test }) => test !== null && trainingOf(plan) !== trainingOf(reference))
      .map(one => [keyOf(one), one.test!.p]),
  )
  const adjusted = holm([...own.values()])
  const holmPs = new Map([...own.keys()].map((key, i) => [key, adjusted[i]!]))
  return {
    contrasts: contrasts.map(one =>
      one.test ? { ...one, test: { ...one.test, holmP: holmPs.get(keyOf(one)) ?? 1 } } : one,
    ),
    family: own.size,
  }
}

/** The fewest pairs whose smallest p passes the Holm correction of a family this large when it is the smallest of all: 2 / 2^n · family ≤ α. */
export const fewestPairs = (family: number): number => Math.ceil(Math.log2((2 * family) / LEVEL))

/** Seeds with which the test is settled in four studies of five. null where spread cannot be told: fewer than 2 pairs, diverged runs, no difference. */
export function seedsNeeded(differences: readonly number[], family: number): { total: number; further: number } | null {
  if (differences.length === 0) return null
  const needed = pairsToSettle(differences, { level: LEVEL / Math.max(1, family) })
  return needed === null || needed.total === Infinity ? null : needed
}
