import type { Measure } from './measures.ts'
import type { Weights } from './records.ts'

export { MEASURES, type Measure, type MeasureInfo } from './measures.ts'

/**
 * How the freeze plans of a study compare: what `compare` makes, tables and charts show, and `--json` prints.
 * A plain record that reads back from JSON as it was: a figure that is infinite (a diverged run's loss) or does not exist is null.
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
  /** What decides. */
  targets: Target[]
  /** In the study's order. */
  plans: PlanSummary[]
  /** Every other plan with finished runs against the reference, target by target. */
  contrasts: Contrast[]
  /** Tests that share the Holm correction. */
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

/** null: without bound on that side. */
export interface Bounds {
  low: number | null
  high: number | null
}

/** A figure over seeds. */
export interface Summary {
  /** In order of seeds; null: infinite (a diverged run). */
  values: { seed: number; value: number | null }[]
  mean: number | null
  /** Of the mean, by the expanded percentile bootstrap; null for a single seed. */
  meanInterval: Bounds | null
  median: number | null
  /** Of the median, by the percentile bootstrap; null for a single seed. */
  medianInterval: Bounds | null
  min: number | null
  max: number | null
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
  /** Seeds of the runs that count, ascending. */
  seeds: number[]
  /** Those among them that diverged. */
  diverged: number[]
  /** By bin name; a measure that is unknown for the task is absent. */
  bins: Record<string, Partial<Record<Measure, Summary>>>
  retention: Summary | null
  /** Whether accuracy in the first bin is not clearly above the trivial predictor's: then retention says nothing. null: floor unknown. */
  atFloor: boolean | null
  /** Seeds that for themselves are at the floor there. */
  seedsAtFloor: number[]
  stepsPerSecond: Summary | null
  /** Steps per second over the reference's, paired by seed; null without pairs. */
  speedup: Summary | null
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
  interval: Bounds
  /** `stable`: the whole interval of the exponent is at most 1.05; `unstable`: above it; `open`: it holds 1.05. */
  verdict: 'stable' | 'unstable' | 'open'
}

/** One plan against the reference on one target, paired by seed. Differences are plan less reference. */
export interface Contrast {
  plan: string
  target: Target
  pairs: { seed: number; plan: number | null; reference: number | null; difference: number | null }[]
  /** Seeds with a run of one of the two only. */
  unpaired: { seed: number; missing: string }[]
  mean: number | null
  median: number | null
  /** Bootstrap interval of the mean difference; null for fewer than 2 pairs. */
  interval: Bounds | null
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
 * - `void`: nothing to judge: no pairs, or retention at the floor.
 */
export interface Verdict {
  outcome: 'better' | 'worse' | 'same' | 'open' | 'void'
  text: string
}

export interface LeftOutRun {
  runId: string
  plan: string
  seed: number
  reason: string
}
