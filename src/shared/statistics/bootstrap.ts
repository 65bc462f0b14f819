import { InputError } from '../errors.ts'
import { bcaShares } from './bca.ts'
import { checkMeasurements, checkShare } from './measurements.ts'
import { normalCdf } from './normal.ts'
import { quantileOfSorted } from './quantile.ts'
import { drawer, type Randomness } from './randomness.ts'
import { studentQuantile } from './student-t.ts'

/** An interval for an unknown figure, at the confidence that was asked for; both ends may be infinite. */
export interface Interval {
  low: number
  high: number
}

/** A figure of a sample; null where it has none. It must not keep the sample: the same array is filled again for the next resample. */
export type Statistic = (sample: readonly number[]) => number | null

/**
 * - `percentile`: quantiles of the resampled figure (Efron 1979).
 * - `expanded`: the same at wider quantiles, so that the interval of a mean is as wide as Student's for symmetric samples
 *   (Hesterberg 2015, doi:10.1080/00031305.2015.1089789, section 5). For means of few values; the plain one is far too narrow there.
 * - `bca`: bias-corrected and accelerated (Efron 1987, doi:10.1080/01621459.1987.10478410). For skewed figures of some 20 values or more.
 *
 * None can reach past the smallest and largest value: for the centre of n values no bootstrap interval covers more than 1 - 2 / 2^n
 * (n = 3: 75 %, 5: 94 %, 6: 97 %).
 */
export type BootstrapMethod = 'percentile' | 'expanded' | 'bca'

export interface BootstrapOptions {
  readonly confidence?: number
  readonly resamples?: number
  readonly method?: BootstrapMethod
}

/**
 * Bootstrap interval of a figure of independent values.
 * @returns null for fewer than 2 values, and when the figure does not exist for some resample
 */
export function bootstrapInterval(
  values: readonly number[],
  statistic: Statistic,
  random: Randomness,
  options: BootstrapOptions = {},
): Interval | null {
  const { confidence = 0.95, method = 'percentile' } = options
  if (checkMeasurements(values).length < 2) return null
  const figures = replicates([values], ([sample]) => statistic(sample!), random, options)
  if (figures === null) return null
  const tail = (1 - checkShare(confidence, 'confidence')) / 2
  if (method === 'percentile') return cut(figures, [tail, 1 - tail])
  if (method === 'expanded') return cut(figures, expandedShares(tail, values.length))
  const shares = bcaShares(values, statistic, figures, tail)
  return shares === null ? null : cut(figures, shares)
}

/**
 * Percentile interval of a figure of several groups (tasks), each resampled by itself with its size kept (stratified bootstrap; rliable,
 * arXiv:2108.13264). With groups that are pairs or runs of one seed, resample indices of the seeds instead: groups count as independent.
 * @returns null when no group has 2 values, and when the figure does not exist for some resample
 */
export function stratifiedBootstrapInterval(
  strata: readonly (readonly number[])[],
  statistic: (samples: readonly (readonly number[])[]) => number | null,
  random: Randomness,
  options: Omit<BootstrapOptions, 'method'> = {},
): Interval | null {
  strata.forEach((values, i) => checkMeasurements(values, `strata[${i}]`))
  if (strata.every(values => values.length < 2)) return null
  const figures = replicates(strata, statistic, random, options)
  const tail = (1 - checkShare(options.confidence ?? 0.95, 'confidence')) / 2
  return figures === null ? null : cut(figures, [tail, 1 - tail])
}

/** The figure on resamples drawn with replacement, ascending. null when it does not exist for one of them. */
function replicates(
  strata: readonly (readonly number[])[],
  statistic: (samples: readonly (readonly number[])[]) => number | null,
  random: Randomness,
  { resamples = 10_000 }: BootstrapOptions,
): Float64Array | null {
  if (!Number.isInteger(resamples) || resamples < 1)
    throw new InputError('resamples', resamples, 'a whole number of at least 1')
  const samples = strata.map(values => [...values])
  const draws = strata.map(values => drawer(values.length, random))
  const figures = new Float64Array(resamples)
  for (let i = 0; i < resamples; i++) {
    for (let s = 0; s < strata.length; s++) refill(samples[s]!, strata[s]!, draws[s]!)
    const figure = statistic(samples)
    if (figure === null || Number.isNaN(figure)) return null
    figures[i] = figure
  }
  return figures.sort()
}

function refill(sample: number[], values: readonly number[], draw: () => number): void {
  for (let i = 0; i < sample.length; i++) sample[i] = values[draw()]!
}

const cut = (figures: Float64Array, [low, high]: readonly [number, number]): Interval => ({
  low: quantileOfSorted(figures, low),
  high: quantileOfSorted(figures, high),
})

function expandedShares(tail: number, n: number): [number, number] {
  const wider = normalCdf(Math.sqrt(n / (n - 1)) * studentQuantile(tail, n - 1))
  return [wider, 1 - wider]
}
