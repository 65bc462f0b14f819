import { chance } from '../../engine/chance.ts'
import { normalCdf } from '../../shared/statistics/normal.ts'
import { quantileOfSorted } from '../../shared/statistics/quantile.ts'
import { studentQuantile } from '../../shared/statistics/student-t.ts'

const RESAMPLES = 1_000
const TAIL = 0.025

export interface Band { mean: Float64Array, low: Float64Array, high: Float64Array, seeds: Float64Array }

/**
 * Mean over runs and its expanded bootstrap interval (95 %, as `bootstrapInterval` has it), point by point. The same seeds are drawn for
 * all points of a resample, so the band is smooth and costs one pass.
 * @param values one array a run, equally long; NaN where a run has nothing
 */
export function bandOver(values: readonly Float64Array[]): Band {
  const points = values[0]?.length ?? 0
  const band: Band = { mean: new Float64Array(points), low: new Float64Array(points), high: new Float64Array(points), seeds: new Float64Array(points) }
  const draws = new Map<number, Int32Array>()
  const figures = new Float64Array(RESAMPLES)
  for (let point = 0; point < points; point++) {
    const there = values.map(own => own[point]!).filter(value => !Number.isNaN(value))
    const n = there.length
    const mean = there.reduce((a, b) => a + b, 0) / n
    band.seeds[point] = n
    band.mean[point] = mean
    band.low[point] = mean
    band.high[point] = mean
    if (n < 2) continue
    const drawn = draws.get(n) ?? drawSeeds(n)
    draws.set(n, drawn)
    for (let r = 0; r < RESAMPLES; r++) {
      let sum = 0
      for (let k = 0; k < n; k++) sum += there[drawn[r * n + k]!]!
      figures[r] = sum / n
    }
    figures.sort()
    const tail = normalCdf(Math.sqrt(n / (n - 1)) * studentQuantile(TAIL, n - 1))
    band.low[point] = quantileOfSorted(figures, tail)
    band.high[point] = quantileOfSorted(figures, 1 - tail)
  }
  return band
}

function drawSeeds(n: number): Int32Array {
  const source = chance(0).fork(`band of ${n}`)
  return Int32Array.from({ length: RESAMPLES * n }, () => source.integer(n))
}
