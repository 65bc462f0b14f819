import type { Speedup } from '../../../shared/comparison.ts'
import { readFigure } from '../../../shared/figure.ts'
import { mean } from '../../../shared/statistics/mean.ts'
import type { CountedRun } from './select.ts'
import { intervalOf, known, missingOf, type Bootstrap, type BySeed } from './summary.ts'

/** Steps per second by seed; null where unknown. */
export const speeds = (runs: readonly CountedRun[]): BySeed =>
  new Map(runs.map(({ run: { seed, stepsPerSecond } }) => [seed, isSpeed(stepsPerSecond) ? stepsPerSecond : null]))

/**
 * How many times the speed of the reference, in pairs of one seed: of such alone as were trained in the same place, since two machines, two devices
 * or another number of runs at a time say nothing of plans. @returns null without such pairs
 */
export function speedup(
  runs: readonly CountedRun[],
  reference: readonly CountedRun[],
  bootstrap: Bootstrap,
): Speedup | null {
  const logs: BySeed = new Map(
    runs.map(({ run }) => {
      const other = reference.find(one => one.run.seed === run.seed)?.run
      const speed = run.stepsPerSecond
      const theirs = other?.stepsPerSecond ?? null
      const pair = isSpeed(speed) && isSpeed(theirs) && (run.place ?? null) === (other?.place ?? null)
      return [run.seed, pair ? Math.log(speed / theirs) : null]
    }),
  )
  const pairs = known(logs)
  if (pairs.length === 0) return null
  const numbers = pairs.map(([, log]) => log)
  const interval = intervalOf(numbers, 'mean', bootstrap)
  return {
    values: pairs.map(([seed, log]) => ({ seed, value: Math.exp(log) })),
    missing: missingOf(logs),
    ratio: Math.exp(mean(numbers)!),
    interval: interval && { low: Math.exp(readFigure(interval.low)!), high: Math.exp(readFigure(interval.high)!) },
  }
}

const isSpeed = (speed: number | null): speed is number => speed !== null && Number.isFinite(speed) && speed > 0
