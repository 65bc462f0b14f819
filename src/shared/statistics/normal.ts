import { erfc, invertIncreasing } from './special-functions.ts'

/** P(Z ≤ z) of the standard normal distribution. */
export const normalCdf = (z: number): number => erfc(-z / Math.SQRT2) / 2

/** The z below which a standard normal variable lies with this probability; ±Infinity for 1 and 0. */
export function normalQuantile(probability: number): number {
  if (probability <= 0) return -Infinity
  if (probability >= 1) return Infinity
  if (probability === 0.5) return 0
  // The lower tail keeps its relative precision: P(Z ≤ -z) falls as z grows.
  return probability < 0.5 ? -upperPoint(probability) : upperPoint(1 - probability)
}

const upperPoint = (tail: number): number => invertIncreasing(z => -normalCdf(-z), -tail, 0, 8)
