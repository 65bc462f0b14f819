import type { Answer } from './answer.ts'
import type { Figure } from './figure.ts'
import type { Measure } from './measures.ts'
import type { Weights } from './records.ts'

export { MEASURES, type Measure, type MeasureInfo } from './measures.ts'

/**
 * How the freeze plans of a study compare: what `compare` makes, tables and charts show, and `--json` prints.
 * A plain record that reads back from JSON as it was: an infinite figure (a diverged run's loss) is 'inf' or '-inf', one that does not exist null.
 */
export interface Comparison {
  study: string
  /** Which weights of each run were scored. */
  weights: Weights
  /** Confidence of all intervals, and the level α of all tests. */
  confidence: number
  level: number
  /** From the shortest. */
  bins: BinSummary[]
  /** Between the first and the last bin; null for a single bin. */
  retention: RetentionLimits | null
  /** The plan that the others are held against; null when the study has none without frozen parts. */
  reference: string | null
  /** What was found, in words, and where each plan stands on each range. */
  answer: Answer
  /** What decides: a measure's ranges from short to long. */
  targets: Target[]
  /** In the study's order. */
  plans: PlanSummary[]
  /** Every other plan with finished runs against the reference, target by target. */
  contrasts: Contrast[]
  /** Tests that share the Holm correction: one for each target and training; plans that train the same are one. */
  family: number
  /** Text: the same words predicted from their last 1, 2, 4 … predecessors alone; from the shortest context. */
  contexts: ContextSummary[]
  leftOut: LeftOutRun[]
  headline: string
  /** What a reader has to know besides. */
  notes: string[]
}

/** A measure in a bin; `bin` is null for retention. */
export interface Target {
  measure: Measure
  bin: string | null
}

/** Infinite where it is without bound on that side. */
export interface Bounds {
  low: Figure
  high: Figure
}

/** A figure over seeds: of the runs that have it. Diverged runs enter no mean. */
export interface Summary {
  /** In order of seeds. */
  values: { seed: number; value: Figure }[]
  /** Seeds that count but have no such figure. */
  missing: number[]
  /** null: infinite on both sides. */
  mean: Figure
  /** Of the mean, by the expanded percentile bootstrap; null for a single seed. */
  meanInterval: Bounds | null
  median: Figure
  /** Of the median, by the percentile bootstrap; null for a single seed. */
  medianInterval: Bounds | null
  min: Figure
  max: Figure
}

/** Training speed over the reference's, of pairs of one seed that the same machine trained on the same device in the same company. */
export interface Speedup {
  /** In order of seeds. */
  values: { seed: number; value: number }[]
  /** Seeds whose runs make no such pair. */
  missing: number[]
  /** Geometric mean of the ratios: half and twice the speed come to the same. */
  ratio: number
  /** Of the geometric mean; null for a single pair. */
  interval: Bounds | null
}

export interface BinSummary {
  name: string
  /** Shortest and longest string. */
  lengths: [number, number]
  /** Lengths tested, strings and symbols of each run's test. */
  testedLengths: number
  strings: number
  symbols: number
  /** Of the trivial and of the optimal predictor on the lengths tested; null where unknown. */
  floorAccuracy: number | null
  ceilingAccuracy: number | null
  /** Text: of the unigram model. */
  floorPerplexity: number | null
  /** Of the exact distribution, lengths uniform over all valid ones of the bin. */
  boundPerplexity: number | null
}

export interface RetentionLimits {
  from: string
  to: string
  floor: number | null
  ceiling: number | null
}

export interface PlanSummary {
  id: string
  title: string
  /** A plan that trains the very same, whose runs count for both. */
  sameAs: string | null
  /** Seeds of the runs that count, ascending. */
  seeds: number[]
  /** Those among them that diverged: training stopped on it, or the final loss is over 1.5 times that of knowing nothing. */
  diverged: number[]
  /** By bin name; a measure that is unknown for the task is absent. */
  bins: Record<string, Partial<Record<Measure, Summary>>>
  retention: Summary | null
  /** Whether accuracy in the first bin is not clearly above the trivial predictor's: then retention says nothing. null: floor unknown. */
  atFloor: boolean | null
  /** Seeds that for themselves are at the floor there. */
  seedsAtFloor: number[]
  stepsPerSecond: Summary | null
  /** null without pairs */
  speedup: Speedup | null
  stability: Stability | null
}

/** Perplexity by plan id, from so many words. */
export interface ContextSummary {
  words: number
  plans: Record<string, Summary>
}

/** Measures of stability over length (Das & Mali 2024, appendix C). L(l): cross-entropy at length l, nats per symbol. T: longest training string. */
export interface Stability {
  /** max L(l) over the lengths tested. */
  worst: Summary
  /** Sample variance of L(l) over the lengths tested. */
  variance: Summary | null
  /** Mean L over 2T … 4T / mean L over lengths up to T. */
  longShortRatio: Summary | null
  /** Mean L over lengths above T less mean L over the training lengths. */
  newKnownGap: Summary | null
  /** Fit of a string's total loss, all seeds together; null where the loss does not grow with length or is not finite. */
  growth: Growth | null
}

export interface Growth {
  /** loss ≈ scale · length^exponent + offset, nats per string. */
  scale: number
  exponent: number
  offset: number
  /** Runs that were fitted, of those that count. */
  seeds: number
  missing: number[]
  /** null for a single seed, which says nothing of others. */
  interval: Bounds | null
  /** `stable`: the whole interval of the exponent is at most 1.05; `unstable`: above it; `open`: it holds 1.05; null: no interval. */
  verdict: 'stable' | 'unstable' | 'open' | null
}

/** One plan against the reference on one target, paired by seed. Differences are plan less reference. */
export interface Contrast {
  plan: string
  target: Target
  /** A run that diverged counts as the worst: infinite. Of perplexities the difference is that of their logarithms. */
  pairs: { seed: number; plan: Figure; reference: Figure; difference: Figure }[]
  /** Seeds with a run of one of the two only. */
  unpaired: { seed: number; missing: string }[]
  mean: Figure
  median: Figure
  /** Bootstrap interval of the mean difference, or of the median where a difference is infinite; null for fewer than 2 pairs. */
  interval: Bounds | null
  intervalOf: 'mean' | 'median'
  /** Share of pairs in which the plan is better, ties half. */
  probabilityOfImprovement: number | null
  /** Exact sign-flip test of the mean difference; signed-rank test when a difference is infinite. Two-sided. */
  test: { method: 'sign-flip' | 'signed-rank'; p: number; exact: boolean; holmP: number } | null
  /** The smallest p that so many pairs can give. */
  smallestP: number | null
  effect: { dz: number; g: number } | null
  /** Seeds for a settled answer with 80 % chance, if the differences keep their mean and spread; null where that cannot be said. */
  seedsNeeded: { total: number; further: number } | null
  verdict: Verdict
}

/**
 * - `better`, `worse`: the interval excludes 0 and the Holm-corrected p is at most α.
 * - `same`: every difference is exactly 0.
 * - `open`: neither is shown.
 * - `void`: says nothing: no pairs, both plans at the floor, or retention from the floor.
 * - `not-reached`: a range after the one on which the reference fell to the floor.
 */
export interface Verdict {
  outcome: 'better' | 'worse' | 'same' | 'open' | 'void' | 'not-reached'
  text: string
  /** In a few words: "better on 9 of 10 seeds", "both at the floor". */
  evidence: string
}

export interface LeftOutRun {
  runId: string
  plan: string
  seed: number
  reason: string
}
