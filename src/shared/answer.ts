import type { Ends } from './number-format.ts'

/** The first thing that a comparison says: what was found, in words, and where each plan stands on each range. */

/** A mean skill whose interval lies from here up is at the ceiling. */
export const CEILING_SKILL = 0.9
/** A mean skill whose interval reaches below this, a tenth of the way from floor to ceiling, is not clearly above the floor. */
export const FLOOR_SKILL = 0.1

/**
 * Where a plan stands on a range, by the interval of its mean skill; with one seed by the skill itself.
 * - `ceiling`: the interval lies from .9 up, and no run diverged.
 * - `between`: the rest.
 * - `floor`: the interval's low end lies below .1: not clearly above guessing.
 * - `below`: the whole interval lies below 0: worse than guessing, confidently wrong.
 * - `diverged`: half of the runs or more diverged.
 * - `unknown`: no run counts, or the floor is not known.
 */
export type Standing = 'ceiling' | 'between' | 'floor' | 'below' | 'diverged' | 'unknown'

export interface AnswerCell {
  plan: string
  /** A bin's name. */
  range: string
  standing: Standing
  /** Mean over the runs that did not diverge, unclipped: 0 guessing, 1 optimal; null where it is not known. */
  skill: number | null
  /** Of the mean; null for a single seed. */
  interval: Ends | null
  /** Runs in the mean, of those that count. */
  scored: number
  of: number
  /** Seeds that count but are not in the mean since their runs diverged. */
  diverged: number[]
}

export interface AnswerRange {
  /** The bin's name, and as it is read. */
  name: string
  title: string
  lengths: [number, number]
  /** "trained on", "twice as long", "10 times as long"; '' where that says nothing. */
  relation: string
  /** The finding: `lead` weighs more than `rest`. Together they are a sentence or two. */
  lead: string
  rest: string
  /** Ranges are read from short to long, as far as the reference is above the floor: `stops` is the first on which it is not, `beyond` what comes after. */
  reading: 'read' | 'stops' | 'beyond'
  /** What differences on this range are worth: "tested", "Full training is at the floor here: the reading stops". */
  note: string
}

export interface Answer {
  headline: string
  /** What 0 and 1 of `skill` are. Of a text, where no optimum is known, skill is the share of the unigram model's nats that is saved. */
  scale: { title: string; zero: string; one: string }
  /** In the study's order, plans without runs left out. `sameAs`: a plan before it that trains the very same. */
  plans: { id: string; title: string; sameAs: string | null }[]
  /** From the shortest. */
  ranges: AnswerRange[]
  /** Plans × ranges, plan by plan. */
  cells: AnswerCell[]
}

/** Whether a standing says that nothing clearly better than guessing was learnt. */
export const fails = (standing: Standing): boolean =>
  standing === 'floor' || standing === 'below' || standing === 'diverged'
