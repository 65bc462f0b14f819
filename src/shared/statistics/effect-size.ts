import { mean } from './mean.ts'
import { checkMeasurements } from './measurements.ts'
import { lnGamma } from './special-functions.ts'
import { standardDeviation } from './standard-deviation.ts'

export interface PairedEffectSize {
  /** Cohen's d_z: mean difference over the standard deviation of the differences. */
  dz: number
  /** Hedges' g: d_z times Γ(f/2) / (√(f/2) Γ((f-1)/2)), f = n - 1, which takes out its small-sample bias (Hedges 1981, doi:10.3102/10769986006002107). */
  g: number
}

/**
 * Standardized size of a paired difference (Cohen 1988; Lakens 2013, doi:10.3389/fpsyg.2013.00863).
 * null for fewer than 3 pairs (the correction needs two degrees of freedom), for infinite differences, and for equal differences other than 0,
 * which have no spread to measure by.
 */
export function pairedEffectSize(differences: readonly number[]): PairedEffectSize | null {
  // Scaled where it has to be: both may be as large as a number can be.
  const spread = standardDeviation(checkMeasurements(differences, 'differences'))
  if (spread === null || differences.length < 3) return null
  const center = mean(differences)!
  if (center === 0) return { dz: 0, g: 0 }
  // Differences that are equal on paper may differ in the last bits.
  if (spread <= Math.abs(center) * 1e-12) return null
  const freedom = differences.length - 1
  const correction = Math.exp(lnGamma(freedom / 2) - lnGamma((freedom - 1) / 2) - Math.log(freedom / 2) / 2)
  return { dz: center / spread, g: (center / spread) * correction }
}
