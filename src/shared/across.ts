import type { Standing } from './answer.ts'
import type { Bounds, Measure, Summary, Verdict } from './comparison.ts'
import type { Weights } from './records.ts'

/** Where along the test lengths a figure is taken: the bin of the longest or of the shortest strings. Retention spans both. */
export const ENDS = ['longest', 'shortest'] as const
export type End = (typeof ENDS)[number]

/**
 * Several studies side by side, a row each: what every plan reaches there, and how the plans compare over all of them. A plain record that
 * reads back from JSON as it was.
 */
export interface Across {
  weights: Weights
  measure: Measure
  end: End
  confidence: number
  /** The plan that the others are held against; null when the studies share none without frozen parts. */
  reference: string | null
  /** In order of first appearance. */
  plans: { id: string; title: string }[]
  rows: AcrossRow[]
  /** Every other plan against the reference, over all rows that have both. */
  overall: Overall[]
  /** What differs between the configurations of the rows, keys joined by dots; values in their order, null where there is none. */
  differences: { path: string; values: unknown[] }[]
  /** Studies without a figure. */
  leftOut: { studyId: string; name: string; reason: string }[]
}

export interface AcrossRow {
  studyId: string
  name: string
  taskId: string
  taskTitle: string
  controllerId: string
  memoryId: string
  /** The bin of the figures; null for retention. */
  bin: string | null
  /** What the trivial and the optimal predictor reach there, in the measure; null where it is not known. */
  floor: number | null
  ceiling: number | null
  /** By plan; null where the study has no such figure. */
  cells: Record<string, AcrossCell | null>
}

export interface AcrossCell {
  summary: Summary
  /** On the bin of the figures; for retention, on the shortest, from which it starts. */
  standing: Standing
  /** Mean over paired seeds of the plan's figure less the reference's, with its interval; null for the reference, without pairs, and where infinite. */
  difference: { mean: number; interval: Bounds | null; pairs: number } | null
  /** Paired seeds that the difference leaves out, since a run of the two diverged. */
  leftOut: number
}

export interface Overall {
  plan: string
  title: string
  /** Mean over studies of their mean difference over paired seeds: every study counts the same. */
  mean: number
  /** Of the mean, seeds resampled; null for one seed. */
  interval: Bounds | null
  /** Sign-flip test over seeds, two-sided, and corrected by Holm for all plans here; the smallest p that so many seeds can give. */
  p: number
  holmP: number
  smallestP: number
  studies: number
  seeds: number
  /** Paired seeds of all studies that are left out, since a run of the two diverged. */
  leftOut: number
  /** Studies in which the plan's mean is better, and worse, than the reference's. */
  better: number
  worse: number
  /** Studies left out since both plans are at the floor there: who fails less is no answer. */
  atFloor: number
  outcome: Exclude<Verdict['outcome'], 'not-reached'>
  text: string
}
