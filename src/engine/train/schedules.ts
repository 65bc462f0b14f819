import type { Drawn, TrainingSpec } from '../../shared/study.ts'
import { chance } from '../chance.ts'

/** The learning rate with which every run of `seed` begins: fixed, or drawn log-uniformly. */
export const initialLearningRate = ({ learningRate }: Pick<TrainingSpec, 'learningRate'>, seed: number): number =>
  drawn(learningRate, seed, 'learning-rate')

/** The norm above which every run of `seed` scales its gradients down: fixed, or drawn log-uniformly; null: it does not. */
export const clipNormOf = ({ clipNorm }: Pick<TrainingSpec, 'clipNorm'>, seed: number): number | null =>
  clipNorm === null ? null : drawn(clipNorm, seed, 'clip-norm')

function drawn(value: Drawn, seed: number, name: string): number {
  if (typeof value === 'number') return value
  const [low, high] = value.logUniform
  return low * (high / low) ** chance(seed).fork(name).uniform()
}

/** Where a decay stands: the best value it has seen (null: none below infinity), and the epochs since then or since it last decayed. */
export interface DecayCursor {
  readonly best: number | null
  readonly stalled: number
}

export const FIRST_DECAY: DecayCursor = { best: null, stalled: 0 }

/** A smaller change of the learning rate than this is not made. */
const LEAST_CHANGE = 1e-8

/**
 * One epoch of a decay on a plateau, as PyTorch's ReduceLROnPlateau with `mode='min'` and `threshold_mode='rel'` does it: a value
 * counts as better when it is below best × (1 − threshold); after more than `patience` epochs without one the rate is multiplied.
 * @param value lower is better; the loop gives the validation perplexity (DuSell & Chiang 2020)
 */
export function decayed(
  decay: NonNullable<TrainingSpec['decay']>,
  { best, stalled }: DecayCursor,
  learningRate: number,
  value: number,
): { learningRate: number; cursor: DecayCursor } {
  if (value < (best ?? Infinity) * (1 - decay.threshold)) return { learningRate, cursor: { best: value, stalled: 0 } }
  if (stalled + 1 <= decay.patience) return { learningRate, cursor: { best, stalled: stalled + 1 } }
  const lower = learningRate * decay.factor
  return { learningRate: learningRate - lower > LEAST_CHANGE ? lower : learningRate, cursor: { best, stalled: 0 } }
}

/** The epoch with the lowest validation loss so far, in nats per symbol; of equals the first. */
export interface BestEpoch {
  readonly epoch: number
  readonly loss: number
}

/** Epochs since the last new best validation loss, before `epoch` begins. */
export const stalledFor = (epoch: number, best: BestEpoch | null): number =>
  best === null ? 0 : epoch - 1 - best.epoch

/** Why a run that is about to begin `epoch` ends instead; null when it goes on. */
export function endBefore(
  epoch: number,
  { epochs, earlyStop }: TrainingSpec,
  best: BestEpoch | null,
): 'finished' | 'stopped-early' | null {
  if (epoch >= epochs) return 'finished'
  if (earlyStop !== null && stalledFor(epoch, best) >= earlyStop.patience) return 'stopped-early'
  return null
}
