import type { Randomness } from '../../../shared/statistics/randomness.ts'
import type { Target } from '../../../shared/comparison.ts'
import type { LengthScore } from '../../../shared/run-events.ts'
import type { StudySpec } from '../../../shared/study.ts'
import type { RunStatus, RunSummary, Weights } from '../../../shared/records.ts'

/** A run as far as comparing needs it. */
export interface ComparedRun {
  runId: string
  planId: string
  seed: number
  status: RunStatus
  bestEpoch: number | null
  epochs: number
  seconds: number
  /** Null or not finite where unknown. */
  stepsPerSecond: number | null
  /** Machine, device and company that it was trained in, alike for runs whose speeds can be compared; absent or null where unknown. */
  place?: string | null
  /** Validation loss of the best and of the last epoch, nats per symbol; absent or null where unknown. */
  bestLoss?: number | null
  finalLoss?: number | null
  /** Classes that its head tells apart, by which a loss is known as that of a diverged run; absent or null where unknown. */
  classes?: number | null
  frozenIntact: boolean | null
  /** Null or left out where unknown. */
  arithmetic?: RunSummary['arithmetic']
  scores: Record<Weights, readonly LengthScore[]>
}

/** What is known of a task at one test length, from the task alone. */
export interface LengthLimit {
  bin: string
  length: number
  /** Expected accuracy of the trivial predictor, and of the optimal one; null where unknown. */
  floorAccuracy: number | null
  ceilingAccuracy: number | null
  /** Text: nats per word of the unigram model. */
  floorNats?: number | null
  /** Expected cost under the exact distribution given the length, nats per symbol; null where unknown. */
  boundNats: number | null
}

export interface ComparisonInput {
  spec: Pick<StudySpec, 'name' | 'plans' | 'data' | 'evaluation'> & Partial<Pick<StudySpec, 'task'>>
  /** All runs of the study; those that cannot count are listed as left out, with the reason. */
  runs: readonly ComparedRun[]
  limits: readonly LengthLimit[]
  /** By each plan that is the same training as another that one: it stands with that one's runs, and is no comparison of its own. */
  twins?: Readonly<Record<string, string>>
}

export interface ComparisonOptions {
  /** Default `best`: the weights of the best validation epoch. */
  weights?: Weights
  /** A plan's id. Default: the first plan without frozen parts. */
  reference?: string
  /** What decides. Default: cross-entropy difference (cross-entropy where no bound is known) in every bin, from the shortest, and retention. */
  targets?: readonly Target[]
  /** For each bootstrap interval; default 5,000. */
  resamples?: number
  /** Chance by name: one name, one stream, so that no figure depends on which others are worked out. */
  random?: (name: string) => Randomness
}
