import { mean } from './mean.ts'
import { checkMeasurements, checkShare } from './measurements.ts'
import { incompleteBeta, invertIncreasing } from './special-functions.ts'
import { standardDeviation } from './standard-deviation.ts'
import type { Interval } from './bootstrap.ts'

/** P(T ≤ t) of Student's distribution with `freedom` > 0 degrees of freedom. */
export function studentCdf(t: number, freedom: number): number {
  // Near 0 the tail's argument would lose t²; far out the centre's share would lose the tail.
  if (t * t < freedom) return 0.5 + (Math.sign(t) * incompleteBeta((t * t) / (freedom + t * t), 0.5, freedom / 2)) / 2
  const tail = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
  return t > 0 ? 1 - tail : tail
}

/** The t below which a variable of Student's distribution lies with this probability, above 0 and below 1. */
export function studentQuantile(probability: number, freedom: number): number {
  if (checkShare(probability, 'probability') === 0.5) return 0
  if (probability > 0.5) return -studentQuantile(1 - probability, freedom)
  return -invertIncreasing(t => -studentCdf(-t, freedom), -probability, 0, 8)
}

/** mean ± t s/√n: exact for independent normal values. null for fewer than 2 values or when one is infinite. */
export function studentInterval(values: readonly number[], confidence = 0.95): Interval | null {
  const spread = standardDeviation(checkMeasurements(values))
  if (spread === null) return null
  const center = mean(values)!
  const half = (studentQuantile((1 + confidence) / 2, values.length - 1) * spread) / Math.sqrt(values.length)
  return { low: center - half, high: center + half }
}
