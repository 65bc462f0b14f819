import type { Bounds, Summary } from '../../../shared/comparison.ts'
import { writeFigure } from '../../../shared/figure.ts'
import { bootstrapInterval, type BootstrapMethod, type Interval } from '../../../shared/statistics/bootstrap.ts'
import { mean } from '../../../shared/statistics/mean.ts'
import { ascending } from '../../../shared/statistics/measurements.ts'
import { median } from '../../../shared/statistics/median.ts'
import type { Randomness } from '../../../shared/statistics/randomness.ts'

export const CONFIDENCE = 0.95

/** How intervals are made. */
export interface Bootstrap {
  resamples: number
  random: (name: string) => Randomness
}

/** Every seed that counts; null: no such figure for it. */
export type BySeed = ReadonlyMap<number, number | null>

/** Without the seeds that have no such figure. */
export function known(values: BySeed): [seed: number, value: number][] {
  return [...values]
    .flatMap(([seed, value]): [number, number][] => (value === null || Number.isNaN(value) ? [] : [[seed, value]]))
    .sort(([a], [b]) => a - b)
}

export function summarize(values: BySeed, bootstrap: Bootstrap): Summary | null {
  const pairs = known(values)
  if (pairs.length === 0) return null
  const numbers = pairs.map(([, value]) => value)
  return {
    values: seedValues(values),
    missing: missingOf(values),
    mean: writeFigure(mean(numbers)),
    meanInterval: intervalOf(numbers, 'mean', bootstrap),
    median: writeFigure(median(numbers)),
    medianInterval: intervalOf(numbers, 'median', bootstrap),
    min: writeFigure(Math.min(...numbers)),
    max: writeFigure(Math.max(...numbers)),
  }
}

const KINDS: Readonly<Record<'mean' | 'median', [typeof mean, BootstrapMethod]>> = {
  mean: [mean, 'expanded'],
  median: [median, 'percentile'],
}

/** The numbers alone decide what is drawn, not whose they are: equal numbers have equal intervals. null for a single one. */
export function intervalOf(
  numbers: readonly number[],
  kind: 'mean' | 'median',
  { random, resamples }: Bootstrap,
): Bounds | null {
  const [statistic, method] = KINDS[kind]
  const sorted = ascending(numbers)
  return bounds(
    bootstrapInterval(sorted, statistic, random(`${kind}/${sorted.join()}`), {
      method,
      confidence: CONFIDENCE,
      resamples,
    }),
  )
}

/** In order of seeds. */
export const seedValues = (values: BySeed): Summary['values'] =>
  known(values).map(([seed, value]) => ({ seed, value: writeFigure(value) }))

/** Seeds that have no such figure. */
export const missingOf = (values: BySeed): number[] =>
  [...values]
    .filter(([, value]) => value === null || Number.isNaN(value))
    .map(([seed]) => seed)
    .sort((a, b) => a - b)

export const bounds = (interval: Interval | null): Bounds | null =>
  interval && { low: writeFigure(interval.low), high: writeFigure(interval.high) }
