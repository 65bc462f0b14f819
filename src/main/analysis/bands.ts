import { chance } from '../../engine/chance.ts'
import { normalCdf } from '../../shared/statistics/normal.ts'
import { placeRank } from '../../shared/statistics/order.ts'
import { quantileOfSorted } from '../../shared/statistics/quantile.ts'
import { studentQuantile } from '../../shared/statistics/student-t.ts'

const RESAMPLES = 1_000
const TAIL = 0.025
/** Points that are resampled together. */
const LANES = 4

export interface Band {
  mean: Float64Array
  low: Float64Array
  high: Float64Array
  seeds: Float64Array
}

/** Of so many runs: which are drawn in each resample, and the share of resamples below the interval. */
interface Draws {
  readonly runs: Int32Array
  readonly tail: number
}

/**
 * Mean over runs and its expanded bootstrap interval (95 %, as `bootstrapInterval` has it), point by point. The same seeds are drawn for
 * all points of a resample, so the band is smooth and costs one pass.
 * @param values one array a run, equally long; NaN where a run has nothing
 */
export function bandOver(values: readonly Float64Array[]): Band {
  const points = values[0]?.length ?? 0
  const band: Band = {
    mean: new Float64Array(points),
    low: new Float64Array(points),
    high: new Float64Array(points),
    seeds: new Float64Array(points),
  }
  const byCount = new Map<number, number[]>()
  for (let point = 0; point < points; point++) {
    const there = present(values, point)
    const mean = there.reduce((a, b) => a + b, 0) / there.length
    band.seeds[point] = there.length
    band.mean[point] = band.low[point] = band.high[point] = mean
    if (there.length < 2) continue
    const own = byCount.get(there.length)
    if (own) own.push(point)
    else byCount.set(there.length, [point])
  }
  for (const [n, own] of byCount) {
    const draws = drawsOf(n)
    for (let i = 0; i < own.length; i += LANES) fillIntervals(band, values, own.slice(i, i + LANES), n, draws)
  }
  return band
}

const present = (values: readonly Float64Array[], point: number): number[] =>
  values.map(own => own[point]!).filter(value => !Number.isNaN(value))

/** @param points at most LANES, each with values of `n` runs */
function fillIntervals(
  { low, high }: Band,
  values: readonly Float64Array[],
  points: readonly number[],
  n: number,
  { runs, tail }: Draws,
): void {
  const there = new Float64Array(n * LANES)
  points.forEach((point, lane) => {
    present(values, point).forEach((value, run) => {
      there[run * LANES + lane] = value
    })
  })
  const means = resampledMeans(there, n, runs)
  points.forEach((point, lane) => {
    for (const share of [tail, 1 - tail])
      for (const round of [Math.floor, Math.ceil]) placeRank(means[lane]!, round((RESAMPLES - 1) * share))
    low[point] = quantileOfSorted(means[lane]!, tail)
    high[point] = quantileOfSorted(means[lane]!, 1 - tail)
  })
}

/** @param there values of LANES points side by side, run by run @returns of each point the means of all resamples */
function resampledMeans(there: Float64Array, n: number, runs: Int32Array): Float64Array[] {
  const means = Array.from({ length: LANES }, () => new Float64Array(RESAMPLES))
  const [first, second, third, fourth] = means as [Float64Array, Float64Array, Float64Array, Float64Array]
  for (let resample = 0, at = 0; resample < RESAMPLES; resample++) {
    let [a, b, c, d] = [0, 0, 0, 0]
    for (const end = at + n; at < end; at++) {
      const from = runs[at]! * LANES
      a += there[from]!
      b += there[from + 1]!
      c += there[from + 2]!
      d += there[from + 3]!
    }
    first[resample] = a / n
    second[resample] = b / n
    third[resample] = c / n
    fourth[resample] = d / n
  }
  return means
}

function drawsOf(n: number): Draws {
  const source = chance(0).fork(`band of ${n}`)
  return {
    runs: Int32Array.from({ length: RESAMPLES * n }, () => source.integer(n)),
    tail: normalCdf(Math.sqrt(n / (n - 1)) * studentQuantile(TAIL, n - 1)),
  }
}
