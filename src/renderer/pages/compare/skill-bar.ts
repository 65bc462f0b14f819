import type { Ends } from '../../../shared/number-format.ts'
import { readFigure, type Figure } from '../../../shared/figure.ts'

/** What the bar of a cell spans: half as far below the floor as the optimum is above it. */
const LOW = -0.5
const HIGH = 1

export interface SkillBar {
  /** In per cent of the bar's width. */
  readonly zero: number
  readonly at: number
  readonly interval: readonly [number, number] | null
}

/** Where a skill and its interval lie; what is beyond the bar's ends lies at them. */
export function skillBar(skill: number | null, interval: Ends | null): SkillBar | null {
  if (skill === null) return null
  const low = interval && readFigure(interval.low)
  const high = interval && readFigure(interval.high)
  return {
    zero: placeOf(0),
    at: placeOf(skill),
    interval: low === null || high === null ? null : [placeOf(low), placeOf(high)],
  }
}

function placeOf(figure: Figure): number {
  const value = readFigure(figure)!
  return (100 * (Math.max(LOW, Math.min(HIGH, value)) - LOW)) / (HIGH - LOW)
}
