import type { Contrast } from '../../../shared/comparison.ts'
import { readFigure, type Figure } from '../../../shared/figure.ts'

/** A seed's pair on a line: where plan and reference lie, in shares of the plot's width; null: diverged, or unknown. */
export interface PairRow {
  readonly seed: number
  readonly plan: number | null
  readonly reference: number | null
}

export interface PairsLayout {
  readonly low: number
  readonly high: number
  readonly rows: readonly PairRow[]
}

/** All pairs on one scale, which holds every finite figure; null where there is none. */
export function pairsLayout(pairs: Contrast['pairs']): PairsLayout | null {
  const values = pairs.flatMap(pair => [pair.plan, pair.reference].map(finite)).filter(value => value !== null)
  if (values.length === 0) return null
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const span = high - low || Math.abs(high) || 1
  const ends = { low: high === low ? low - span / 2 : low, high: high === low ? high + span / 2 : high }
  const place = (figure: Figure): number | null => {
    const value = finite(figure)
    return value === null ? null : (value - ends.low) / (ends.high - ends.low)
  }
  return {
    ...ends,
    rows: pairs.map(({ seed, plan, reference }) => ({ seed, plan: place(plan), reference: place(reference) })),
  }
}

function finite(figure: Figure): number | null {
  const value = readFigure(figure)
  return value !== null && Number.isFinite(value) ? value : null
}
