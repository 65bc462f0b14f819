import type { Bounds, Summary } from '../../../shared/comparison.ts'
import { bootstrapInterval, type BootstrapMethod, type Interval } from '../../../shared/statistics/bootstrap.ts'
import { mean } from '../../../shared/statistics/mean.ts'
import { median } from '../../../shared/statistics/median.ts'
import type { Randomness } from '../../../shared/statistics/randomness.ts'

export const CONFIDENCE = 0.95

/** How intervals are made. */
export interface Bootstrap {
  resamples: number
  random: (name: string) => Randomness
}

/** null: no such figure for the seed. Infinity: diverged. */
export type BySeed = ReadonlyMap<number, number | null>

/** Without the seeds that have no such figure. */
export function known(values: BySeed): [seed: number, value: number][] {
  return [...values]
    .flatMap(([seed, value]): [number, number][] => (value === null || Number.isNaN(value) ? [] : [[seed, value]]))
    .sort(([a], [b]) => a - b)
}

/** @param name of the figure: its stream of chance */
export function summarize(values: BySeed, name: string, bootstrap: Bootstrap): Summary | null {
  const pairs = known(values)
  if (pairs.length === 0) return null
  const numbers = pairs.map(([, value]) => value)
  const interval = (statistic: typeof mean, method: BootstrapMethod): Bounds | null =>
    bounds(
      bootstrapInterval(numbers, statistic, bootstrap.random(`${name}/${method}`), {
        method,
        confidence: CONFIDENCE,
        resamples: bootstrap.resamples,
      }),
    )
  return {
    values: seedValues(values),
    mean: finite(mean(numbers)),
    meanInterval: interval(mean, 'expanded'),
    median: finite(median(numbers)),
    medianInterval: interval(median, 'percentile'),
    min: finite(Math.min(...numbers)),
    max: finite(Math.max(...numbers)),
  }
}

/** In order of seeds; null: infinite. */
export const seedValues = (values: BySeed): Summary['values'] =>
  known(values).map(([seed, value]) => ({ seed, value: finite(value) }))

export const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null)

export const bounds = (interval: Interval | null): Bounds | null =>
  interval && { low: finite(interval.low), high: finite(interval.high) }
