import { mean } from './mean.ts'
import { ascending, checkMeasurements } from './measurements.ts'

/**
 * Mean of the middle half: floor(n / 4) values are left out at each end, as in rliable (Agarwal et al. 2021, arXiv:2108.13264).
 * With fewer than 4 values it is the mean.
 */
export function interquartileMean(values: readonly number[]): number | null {
  const sorted = ascending(checkMeasurements(values))
  const cut = Math.floor(sorted.length / 4)
  return mean(sorted.slice(cut, sorted.length - cut))
}
