import type { Bounds } from '../../../shared/comparison.ts'
import { readFigure, type Figure } from '../../../shared/figure.ts'

/** A difference and its interval on a line that several cards share, so that they can be held against each other. */
export interface Scale {
  readonly low: number
  readonly high: number
}

/** A scale that holds 0 and every finite end of these intervals and means, with some air. */
export function sharedScale(figures: readonly { readonly mean: Figure; readonly interval: Bounds | null }[]): Scale {
  const values = [
    0,
    ...figures.flatMap(({ mean, interval }) => [mean, interval?.low ?? null, interval?.high ?? null].map(readFigure)),
  ].filter(value => value !== null && Number.isFinite(value)) as number[]
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const air = (high - low || 1) * 0.06
  return { low: low - air, high: high + air }
}

/** Where a value lies on the scale, in per cent of its width; ends without bound lie at its ends. */
export function place(figure: Figure, { low, high }: Scale, otherwise: 0 | 100 = 0): number {
  const value = readFigure(figure)
  if (value === null) return otherwise
  return Math.max(0, Math.min(100, ((value - low) / (high - low)) * 100))
}
