import type { Score } from './score.ts'

/** What a run says while it trains. Plain records: they cross worker, process and socket walls unchanged. */

export type Component = 'embedding' | 'controller' | 'memory' | 'classifier'
export const COMPONENTS: readonly Component[] = ['embedding', 'controller', 'memory', 'classifier']

/** Scores at one test length, of the run's weights at its best validation epoch or at its last epoch. */
export interface LengthScore extends Score {
  bin: string
  length: number
}

/**
 * How a device rounds the sum of a product and a number: once (`fused`) or the product too. Which one it is depends on the processor,
 * unless a run is portable (`unfused`); the last bits of all weights depend on it.
 */
export type Arithmetic = 'fused' | 'unfused'

/** A device as a person reads it: `wasm (fused)`. */
export const deviceName = (id: string, arithmetic: Arithmetic | 'mixed' | null | undefined): string =>
  arithmetic ? `${id} (${arithmetic === 'mixed' ? 'fused and unfused' : arithmetic})` : id

export interface FreezeEvent {
  kind: 'freeze'
  /** Before which epoch, counted from 0. */
  epoch: number
  action: 'freeze' | 'release'
  /** Names of the parameters concerned. */
  parameters: string[]
  /** The plan's words: `memory from start`, `controller released: validation loss stalled for 5 epochs`. */
  reason: string
}

export type RunEvent =
  | {
      kind: 'start'
      epoch: number
      learningRate: number
      parameters: { name: string; component: Component; shape: number[] }[]
      stepsPerEpoch: number
      epochs: number
      resumed: boolean
      /** Where it depends on the processor. */
      arithmetic?: Arithmetic
      /** That of the checkpoint which it goes on from, where it was another. */
      arithmeticBefore?: Arithmetic
    }
  | FreezeEvent
  /** At most some ten a second. `step`: steps done since the run began; it only grows. Means over the steps since the last one; loss in nats per symbol; norms before clipping, by component. */
  | {
      kind: 'progress'
      epoch: number
      step: number
      stepsPerEpoch: number
      loss: number
      gradientNorm: Partial<Record<Component, number>>
      stepsPerSecond: number
    }
  | EpochEvent
  /** safetensors files; `last` holds everything that resume needs, `best` the weights of the best validation epoch. `step`: steps done since the run began; a run that resumes from `last` goes on from there. */
  | { kind: 'checkpoint'; which: 'last' | 'best'; epoch: number; step: number; bytes: Uint8Array }
  /** A safetensors file with the weights after so many epochs; 0: the initial ones. `step`: as in a checkpoint. */
  | { kind: 'snapshot'; epoch: number; step: number; bytes: Uint8Array }
  /** The run is trained together with others: the most at a time so far, itself included; said when there have been more than was said before. */
  | { kind: 'cohort'; most: number }
  | { kind: 'evaluation'; which: 'best' | 'last'; scores: LengthScore[] }
  /** The last event of a run. */
  | { kind: 'done'; reason: 'finished' | 'stopped-early' | 'cancelled' | 'diverged'; epochs: number; bestEpoch: number }

export interface EpochEvent {
  kind: 'epoch'
  /** Counted from 0. */
  epoch: number
  /** Steps done since the run began. */
  step: number
  learningRate: number
  /** Mean training loss of the epoch, nats per symbol. */
  trainLoss: number
  validation: Score
  best: boolean
  /** Parameters frozen during the epoch. */
  frozen: string[]
  /** SHA-256 of each component's weights at the epoch's end, of the frozen parameters alone, and whether the latter equals the hash at the time of freezing. */
  hashes: Partial<Record<Component, string>>
  frozenHash: string | null
  frozenIntact: boolean
  /** Norms over the epoch's last step, by component: gradient before clipping, and update. */
  gradientNorm: Partial<Record<Component, number>>
  updateNorm: Partial<Record<Component, number>>
  stepsPerSecond: number
}
