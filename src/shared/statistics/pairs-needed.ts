import { InputError } from '../errors.ts'
import { mean } from './mean.ts'
import { checkMeasurements, checkShare } from './measurements.ts'
import { standardDeviation } from './standard-deviation.ts'
import { studentQuantile } from './student-t.ts'

export interface PairsNeeded {
  /** Pairs in all; Infinity where no number of them would do. */
  total: number
  /** Beyond those there are. */
  further: number
}

/** More pairs than anybody trains; the search ends here and answers Infinity. */
const MOST = 10_000_000

/**
 * How many pairs until the interval of the mean difference excludes 0 with the given chance (`power`), assuming that differences are normal
 * and that their true mean and standard deviation are those of the sample: the smallest n with √n |mean| / s ≥ t(1-α/2, n-1) + t(power, n-1).
 * With few pairs mean and s are themselves rough, so this is an order of magnitude.
 * @returns null for fewer than 2 pairs or infinite differences
 */
export function pairsToExcludeZero(
  differences: readonly number[],
  { confidence = 0.95, power = 0.8 }: { confidence?: number; power?: number } = {},
): PairsNeeded | null {
  const spread = standardDeviation(checkMeasurements(differences, 'differences'))
  if (spread === null) return null
  const size = Math.abs(mean(differences)!)
  const upper = (1 + checkShare(confidence, 'confidence')) / 2
  checkShare(power, 'power')
  return needed(
    differences.length,
    n => size > 0 && Math.sqrt(n) * size >= spread * (studentQuantile(upper, n - 1) + studentQuantile(power, n - 1)),
  )
}

/**
 * How many pairs until the interval of the mean difference is expected to be ± `halfWidth` or narrower, assuming that differences are normal
 * and that their standard deviation stays that of the sample: the smallest n with t(1-α/2, n-1) s / √n ≤ halfWidth.
 * @returns null for fewer than 2 pairs or infinite differences
 */
export function pairsForHalfWidth(
  differences: readonly number[],
  halfWidth: number,
  { confidence = 0.95 }: { confidence?: number } = {},
): PairsNeeded | null {
  if (!(halfWidth > 0)) throw new InputError('halfWidth', halfWidth, 'a number above 0')
  const spread = standardDeviation(checkMeasurements(differences, 'differences'))
  if (spread === null) return null
  const upper = (1 + checkShare(confidence, 'confidence')) / 2
  return needed(differences.length, n => studentQuantile(upper, n - 1) * spread <= halfWidth * Math.sqrt(n))
}

/** The smallest n from 2 on at which `enough` holds; once it holds it must hold for every larger n. */
function needed(have: number, enough: (n: number) => boolean): PairsNeeded {
  let high = 2
  while (!enough(high)) {
    if (high > MOST) return { total: Infinity, further: Infinity }
    high *= 2
  }
  let low = Math.max(1, high / 2)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (enough(middle)) high = middle
    else low = middle
  }
  return { total: high, further: Math.max(0, high - have) }
}
