import type { FigureId, PublishedPlan } from './published/das-mali-2024.ts'
import type { Bounds } from './comparison.ts'

/**
 * The figures of a published study beside those of the local history: what `compare --published` makes, tables and pages show and
 * `--json` prints. A plain record; a figure that is infinite or does not exist is null.
 */
export interface Reproduction {
  /** All measured figures are of the weights of the best validation epoch, as the published ones. */
  source: { title: string; authors: string; identifier: string; url: string }
  /** Lengths that studies of the published tasks and models in the history were trained and tested on; the published ones first, then by number of studies. */
  protocols: ProtocolInfo[]
  /** The one that all below was measured under. */
  protocol: ProtocolInfo
  /** In the order of the published tables. */
  tasks: { id: string; title: string }[]
  models: { id: string; title: string; task: 'formal' | 'text' }[]
  /** Every task × model × plan of the published study; `published` is null where the tables are not known. */
  cells: Cell[]
  /** Of the published cells: measured on the published lengths, or on the treebank; measured on other lengths, which does not count; all. */
  coverage: { measured: number; onOtherLengths: number; published: number }
  claims: Claim[]
  /** What was run, a study a line; only these count. */
  studies: StudyEvidence[]
  leftOut: { studyId: string; name: string; reason: string }[]
  /** What a reader has to know of the published figures, whatever was measured. */
  caveats: string[]
}

export interface ProtocolInfo {
  /** `40-80/40-100/100-200/200-400` */
  key: string
  trainLengths: [number, number]
  bins: [number, number][]
  asPublished: boolean
  /** Of the history, with at least one run that counts. */
  studies: number
}

export interface Cell {
  task: string
  model: string
  plan: PublishedPlan
  published: Partial<Record<FigureId, number>> | null
  measured: MeasuredCell | null
}

export interface MeasuredCell {
  studyId: string
  /** Seeds of the runs that count. */
  seeds: number[]
  figures: Partial<Record<FigureId, Figure>>
  /** Whether accuracy in the first bin is not clearly above the trivial predictor's; null: unknown. */
  atFloor: boolean | null
}

export interface Figure {
  /** Of the run with the best validation loss: how the published study chose among its restarts. */
  chosen: number | null
  median: number | null
  min: number | null
  max: number | null
}

export interface StudyEvidence {
  studyId: string
  name: string
  task: string
  model: string
  /** Runs that count, and all. */
  runs: number
  planned: number
  seeds: number[]
  plans: PublishedPlan[]
  /** null: a text, as the next. */
  trainStrings: number | null
  validationStrings: number | null
  /** Strings in each test bin. */
  testStrings: number[]
  epochs: number
  /** Training time of the runs that count, in seconds. */
  seconds: number
  /** What computed, on which processor: `wasm on AMD EPYC`. */
  machines: string[]
  /** What differs from the published procedure: `3 seeds (published: best of 10)`. */
  deviations: string[]
}

/** How far the making of a card has come. */
export interface ReproductionProgress {
  /** Studies that are through, of those that are looked at. */
  done: number
  of: number
  /** Name of the one at work; null once all are through. */
  study: string | null
}

/**
 * - `supports`, `contradicts`: shown, at the level of the tests.
 * - `other-lengths`: shown, but on other lengths than the claim is about.
 * - `too-few-seeds`: so few that no outcome could have shown it.
 * - `open`: enough seeds, but neither is shown.
 * - `missing`: nothing that could be judged was run.
 */
export type ClaimOutcome = 'supports' | 'contradicts' | 'other-lengths' | 'too-few-seeds' | 'open' | 'missing'

export interface Claim {
  id: string
  /** As the study says it. */
  claim: string
  /** What was worked out to judge it. */
  measure: string
  /** The study's own tables on it. */
  published: string
  outcome: ClaimOutcome
  /** Our figures, in words. */
  text: string
  /** Mean difference, where one was worked out; nats per symbol or shares. */
  difference: { mean: number; interval: Bounds | null; p: number; holmP: number; pairs: number; seeds: number } | null
  /** Task and model pairs that were looked at, and those that the study has. */
  pairs: { measured: number; published: number }
  caveats: string[]
}
