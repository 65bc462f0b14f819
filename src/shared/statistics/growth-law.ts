import { InputError } from '../errors.ts'
import { checkShare } from './measurements.ts'
import { quantileOfSorted } from './quantile.ts'
import type { Randomness } from './randomness.ts'
import type { Interval } from './bootstrap.ts'

/** One test length and the mean total loss of a string of that length, nats. */
export interface GrowthPoint { length: number, loss: number }

/** loss ≈ scale · length^exponent + offset. An exponent of 1 is a constant cost per symbol; above 1 the model falls apart with length. */
export interface GrowthLaw { scale: number, exponent: number, offset: number }

export interface GrowthFit extends GrowthLaw {
  /** Bootstrap interval of the exponent; within [0.05, 8], the range searched. */
  exponentInterval: Interval
}

const LOWEST = 0.05
const HIGHEST = 8
const GRID = 32

/**
 * Fits the growth law to one or several curves (runs) by least squares over log-spaced lengths: each length weighs as much as the stretch of
 * ln(length) that it stands for, so that tests at every length and at log-spaced lengths say the same. The interval of the exponent is
 * the percentile one of a two-stage bootstrap: curves, then points within each (Davison & Hinkley 1997, section 3.8).
 * @returns null when no curve has 4 lengths, when a loss is not finite, and when the loss does not grow with length (no exponent fits)
 */
export function fitGrowthLaw(
  curves: readonly (readonly GrowthPoint[])[], random: Randomness, { confidence = 0.95, resamples = 1000 }: { confidence?: number, resamples?: number } = {},
): GrowthFit | null {
  const points = curves.flat()
  const bad = points.find(point => !(point.length > 0 && Number.isFinite(point.length)))
  if (bad) throw new InputError('length', bad.length, 'a number above 0')
  if (!curves.some(curve => new Set(curve.map(point => point.length)).size >= 4)) return null
  const fit = prepare(points)
  const law = fit?.(points.map(() => 1))
  if (!fit || !law) return null
  const exponents = new Float64Array(resamples)
  // A resample in which the loss does not grow speaks for an exponent below all others.
  for (let i = 0; i < resamples; i++) exponents[i] = fit(drawUsable(curves, random))?.exponent ?? LOWEST
  exponents.sort()
  const tail = (1 - checkShare(confidence, 'confidence')) / 2
  return { ...law, exponentInterval: { low: quantileOfSorted(exponents, tail), high: quantileOfSorted(exponents, 1 - tail) } }
}

/** Draws until there are three lengths, fewer of which fix no exponent. */
function drawUsable(curves: readonly (readonly GrowthPoint[])[], random: Randomness): number[] {
  const points = curves.flat()
  for (;;) {
    const counts = drawCounts(curves, random)
    if (new Set(points.filter((_, i) => counts[i]! > 0).map(point => point.length)).size >= 3) return counts
  }
}

/** How often each point is drawn, in the order of `curves.flat()`. */
function drawCounts(curves: readonly (readonly GrowthPoint[])[], random: Randomness): number[] {
  const starts = curves.map((_, c) => curves.slice(0, c).reduce((sum, curve) => sum + curve.length, 0))
  const counts = new Array<number>(curves.flat().length).fill(0)
  for (let i = 0; i < curves.length; i++) {
    const c = random.integer(curves.length)
    const size = curves[c]!.length
    for (let j = 0; j < size; j++) counts[starts[c]! + random.integer(size)]!++
  }
  return counts
}

type Fitter = (counts: readonly number[]) => GrowthLaw | null

/** A fit of the points with given multiplicities. Scale and offset are linear in the loss; the exponent is searched for. */
function prepare(points: readonly GrowthPoint[]): Fitter | null {
  const lengths = [...new Set(points.map(point => point.length))].sort((a, b) => a - b)
  if (!points.every(point => Number.isFinite(point.loss))) return null
  const longest = lengths.at(-1)!
  const logs = points.map(point => Math.log(point.length / longest))
  const stretches = logStretches(lengths)
  const losses = points.map(point => point.loss)
  return counts => {
    const weights = points.map((point, i) => counts[i]! * stretches.get(point.length)!)
    const at = (exponent: number): Line => weightedLine(logs, exponent, losses, weights)
    const exponent = minimize(b => at(b).residual)
    const { slope, intercept } = at(exponent)
    return slope > 0 ? { scale: slope * longest ** -exponent, exponent, offset: intercept } : null
  }
}

/** For each length the stretch of ln(length) nearest to it; the first and last reach outward as far as inward. */
function logStretches(lengths: readonly number[]): Map<number, number> {
  const ln = lengths.map(Math.log)
  return new Map(lengths.map((length, i) => {
    const left = i > 0 ? ln[i]! - ln[i - 1]! : ln[1]! - ln[0]!
    const right = i < ln.length - 1 ? ln[i + 1]! - ln[i]! : left
    return [length, (left + right) / 2]
  }))
}

interface Line { slope: number, intercept: number, residual: number }

/** Weighted least squares of loss on exp(exponent · log). */
function weightedLine(logs: readonly number[], exponent: number, losses: readonly number[], weights: readonly number[]): Line {
  let w = 0, sx = 0, sy = 0
  const xs = logs.map(log => Math.exp(exponent * log))
  xs.forEach((x, i) => { w += weights[i]!; sx += weights[i]! * x; sy += weights[i]! * losses[i]! })
  let xx = 0, xy = 0, yy = 0
  xs.forEach((x, i) => {
    const dx = x - sx / w
    const dy = losses[i]! - sy / w
    xx += weights[i]! * dx * dx
    xy += weights[i]! * dx * dy
    yy += weights[i]! * dy * dy
  })
  const slope = xx > 0 ? xy / xx : 0
  return { slope, intercept: (sy - slope * sx) / w, residual: yy - slope * xy }
}

/** Grid over the exponents (evenly in their logarithm), then golden section about the best. */
function minimize(cost: (exponent: number) => number): number {
  const ratio = (HIGHEST / LOWEST) ** (1 / GRID)
  const grid = Array.from({ length: GRID + 1 }, (_, i) => LOWEST * ratio ** i)
  const costs = grid.map(cost)
  const best = costs.indexOf(Math.min(...costs))
  let low = grid[Math.max(0, best - 1)]!
  let high = grid[Math.min(GRID, best + 1)]!
  const golden = (Math.sqrt(5) - 1) / 2
  while (high - low > 1e-5) {
    const left = high - golden * (high - low)
    const right = low + golden * (high - low)
    if (cost(left) <= cost(right)) high = right
    else low = left
  }
  return (low + high) / 2
}
