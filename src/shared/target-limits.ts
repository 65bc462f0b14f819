import type { Comparison, Target } from './comparison.ts'

/** What the trivial and the optimal predictor reach on a target; null where it is not known. */
export interface TargetLimits {
  readonly floor: number | null
  readonly ceiling: number | null
}

/** In the target's measure: floors of text are the unigram model's, ceilings of perplexity the exact distribution's. */
export function targetLimits(
  { bins, retention }: Pick<Comparison, 'bins' | 'retention'>,
  { measure, bin: name }: Target,
): TargetLimits {
  const bin = bins.find(one => one.name === name)
  const log = (perplexity: number | null | undefined): number | null =>
    perplexity === null || perplexity === undefined ? null : Math.log(perplexity)
  switch (measure) {
    case 'accuracy':
      return { floor: bin?.floorAccuracy ?? null, ceiling: bin?.ceilingAccuracy ?? null }
    case 'retention':
      return { floor: retention?.floor ?? null, ceiling: retention?.ceiling ?? null }
    case 'skill':
      return { floor: 0, ceiling: 1 }
    case 'perplexity':
      return { floor: bin?.floorPerplexity ?? null, ceiling: bin?.boundPerplexity ?? null }
    case 'cross-entropy':
      return { floor: log(bin?.floorPerplexity), ceiling: log(bin?.boundPerplexity) }
    case 'cross-entropy-difference':
      return { floor: null, ceiling: 0 }
  }
}
