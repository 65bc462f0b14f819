import type { Statistic } from './bootstrap.ts'
import { mean } from './mean.ts'
import { normalCdf, normalQuantile } from './normal.ts'

/**
 * The shares of the sorted replicates between which the BCa interval lies (Efron & Tibshirani 1993, chapter 14):
 * Φ(z0 + (z0 + z) / (1 - a (z0 + z))). Replicates equal to the estimate count half as below it.
 * @returns null when the figure does not exist for the sample or for the sample less one value
 */
export function bcaShares(
  values: readonly number[],
  statistic: Statistic,
  sorted: Float64Array,
  tail: number,
): [number, number] | null {
  const estimate = statistic(values)
  const acceleration = jackknifeAcceleration(values, statistic)
  if (estimate === null || acceleration === null) return null
  const bias = normalQuantile(shareBelow(sorted, estimate))
  if (!Number.isFinite(bias)) return bias < 0 ? [0, 0] : [1, 1]
  const share = (z: number): number => {
    const slope = 1 - acceleration * (bias + z)
    return slope <= 0 ? Number(z > 0) : normalCdf(bias + (bias + z) / slope)
  }
  const z = normalQuantile(tail)
  return [share(z), share(-z)]
}

function shareBelow(sorted: Float64Array, estimate: number): number {
  let below = 0
  for (const figure of sorted) below += figure < estimate ? 1 : figure === estimate ? 0.5 : 0
  return below / sorted.length
}

/** Σ d³ / (6 (Σ d²)^1.5), d = mean of the leave-one-out figures less each; 0 where they are all equal. null where one is missing or infinite. */
export function jackknifeAcceleration(values: readonly number[], statistic: Statistic): number | null {
  const figures = values.map((_, i) => statistic(values.filter((_, j) => j !== i)))
  if (!figures.every((figure): figure is number => figure !== null && Number.isFinite(figure))) return null
  const center = mean(figures)!
  const largest = figures.reduce((most, figure) => Math.max(most, Math.abs(center - figure)), 0)
  if (largest === 0) return 0
  let squares = 0
  let cubes = 0
  for (const figure of figures) {
    // Relative to the largest, so that no power underflows.
    const deviation = (center - figure) / largest
    squares += deviation ** 2
    cubes += deviation ** 3
  }
  return cubes / (6 * squares ** 1.5)
}
