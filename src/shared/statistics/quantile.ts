import { InputError } from '../errors.ts'
import { ascending, checkMeasurements } from './measurements.ts'

/**
 * Quantile by linear interpolation between order statistics (type 7 of Hyndman & Fan 1996, doi:10.2307/2684934; the default of R and NumPy).
 * Between a number and Infinity lies Infinity.
 */
export function quantile(values: readonly number[], share: number): number {
  return quantileOfSorted(ascending(checkMeasurements(values)), share)
}

/** The same for values already in ascending order. */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  if (!(share >= 0 && share <= 1)) throw new InputError('share', share, 'a number from 0 to 1')
  const place = (sorted.length - 1) * share
  const below = Math.floor(place)
  const low = sorted[below]!
  const high = sorted[Math.ceil(place)]!
  return low === high || place === below ? low : between(low, high, place - below)
}

function between(low: number, high: number, weight: number): number {
  if (low === -Infinity && high === Infinity) return weight < 0.5 ? low : high
  return low + (high - low) * weight
}
