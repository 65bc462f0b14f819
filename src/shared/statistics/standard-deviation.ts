import { mean } from './mean.ts'
import { allFinite, checkMeasurements } from './measurements.ts'

/** Sample variance, divided by n - 1. null for fewer than 2 values or when one is infinite. */
export function variance(values: readonly number[]): number | null {
  const deviation = standardDeviation(values)
  return deviation === null ? null : deviation ** 2
}

/** Square root of the sample variance, of sizes too whose squares a number does not hold. null where that is. */
export function standardDeviation(values: readonly number[]): number | null {
  if (checkMeasurements(values).length < 2 || !allFinite(values)) return null
  const center = mean(values)!
  const scale = powerOfTwoAbove(values.reduce((most, value) => Math.max(most, Math.abs(value - center)), 0))
  if (scale === 0) return 0
  let squares = 0
  for (const value of values) squares += ((value - center) / scale) ** 2
  return scale * Math.sqrt(squares / (values.length - 1))
}

/** Dividing by it takes no digits away. */
const powerOfTwoAbove = (size: number): number =>
  size === 0 || size === Infinity ? 0 : 2 ** Math.min(1023, Math.max(-1022, Math.ceil(Math.log2(size))))
