import { mean } from './mean.ts'
import { allFinite, checkMeasurements } from './measurements.ts'

/** Sample variance, divided by n - 1. null for fewer than 2 values or when one is infinite. */
export function variance(values: readonly number[]): number | null {
  if (checkMeasurements(values).length < 2 || !allFinite(values)) return null
  const center = mean(values)!
  let squares = 0
  for (const value of values) squares += (value - center) ** 2
  return squares / (values.length - 1)
}

/** Square root of the sample variance. null where that is. */
export function standardDeviation(values: readonly number[]): number | null {
  const squared = variance(values)
  return squared === null ? null : Math.sqrt(squared)
}
