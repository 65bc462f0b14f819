import { checkMeasurements } from './measurements.ts'

/** Arithmetic mean, summed in two passes (equal values have exactly themselves as mean). Infinity if any is; null for Infinity and -Infinity together. */
export function mean(values: readonly number[]): number | null {
  const rough = plainMean(checkMeasurements(values))
  if (Number.isNaN(rough)) return null
  return Number.isFinite(rough) ? rough + plainMean(values.map(value => value - rough)) : rough
}

function plainMean(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}
