import { allFinite, checkMeasurements } from './measurements.ts'

/** Arithmetic mean, summed in two passes (equal values have exactly themselves as mean). Infinity if any is; null for Infinity and -Infinity together. */
export function mean(values: readonly number[]): number | null {
  const rough = meanFrom(0, checkMeasurements(values))
  if (Number.isNaN(rough)) return null
  // The sum of finite values may be beyond a number where their mean is not.
  if (!Number.isFinite(rough) && allFinite(values)) return values.reduce((sum, value) => sum + value / values.length, 0)
  return Number.isFinite(rough) ? rough + meanFrom(rough, values) : rough
}

/** Mean of what the values are above `origin`. */
function meanFrom(origin: number, values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value - origin
  return sum / values.length
}
