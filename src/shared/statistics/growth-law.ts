import { InputError } from '../errors.ts'
import { checkShare } from './measurements.ts'
import { quantileOfSorted } from './quantile.ts'
import { drawer, type Randomness } from './randomness.ts'
import type { Interval } from './bootstrap.ts'

/** One test length and the mean total loss of a string of that length, nats. */
export interface GrowthPoint {
  length: number
  loss: number
}

/** loss ≈ scale · length^exponent + offset. An exponent of 1 is a constant cost per symbol; above 1 the model falls apart with length. */
export interface GrowthLaw {
  scale: number
  exponent: number
  offset: number
}

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
  curves: readonly (readonly GrowthPoint[])[],
  random: Randomness,
  { confidence = 0.95, resamples = 1000 }: { confidence?: number; resamples?: number } = {},
): GrowthFit | null {
  const points = curves.flat()
  const bad = points.find(point => !(point.length > 0 && Number.isFinite(point.length)))
  if (bad) throw new InputError('length', bad.length, 'a number above 0')
  if (
    !curves.some(curve => new Set(curve.map(point => point.length)).size >= 4) ||
    !points.every(point => Number.isFinite(point.loss))
  )
    return null
  const { gather, fit } = prepare(points)
  const law = fit(gather(points.map(() => 1)))
  if (!law) return null
  const drawCounts = countDrawer(curves, random)
  const exponents = new Float64Array(resamples)
  for (let i = 0; i < resamples; i++) {
    let sums = gather(drawCounts())
    // Fewer than three lengths fix no exponent.
    while (sums.filter(({ weight }) => weight > 0).length < 3) sums = gather(drawCounts())
    // A resample in which the loss does not grow speaks for an exponent below all others.
    exponents[i] = fit(sums)?.exponent ?? LOWEST
  }
  exponents.sort()
  const tail = (1 - checkShare(confidence, 'confidence')) / 2
  return {
    ...law,
    exponentInterval: { low: quantileOfSorted(exponents, tail), high: quantileOfSorted(exponents, 1 - tail) },
  }
}

/** Draws curves, then points within each: how often each point is drawn, in the order of `curves.flat()`. */
function countDrawer(curves: readonly (readonly GrowthPoint[])[], random: Randomness): () => number[] {
  const starts = curves.map((_, c) => curves.slice(0, c).reduce((sum, curve) => sum + curve.length, 0))
  const total = curves.flat().length
  const drawCurve = drawer(curves.length, random)
  const drawPoint = curves.map(curve => drawer(curve.length, random))
  return () => {
    const counts = new Array<number>(total).fill(0)
    curves.forEach(() => {
      const c = drawCurve()
      curves[c]!.forEach(() => {
        counts[starts[c]! + drawPoint[c]!()]!++
      })
    })
    return counts
  }
}

/** All that least squares needs to know of the points at one length: Σ w, Σ w y, Σ w y². */
interface Sums {
  weight: number
  loss: number
  square: number
}

/** Points by length, to be fitted again and again with other multiplicities. Scale and offset are linear in the loss; the exponent is searched for. */
function prepare(points: readonly GrowthPoint[]): {
  gather(counts: readonly number[]): Sums[]
  fit(sums: readonly Sums[]): GrowthLaw | null
} {
  const lengths = [...new Set(points.map(point => point.length))].sort((a, b) => a - b)
  const longest = lengths.at(-1)!
  const logs = lengths.map(length => Math.log(length / longest))
  const stretches = logStretches(lengths)
  const places = points.map(point => lengths.indexOf(point.length))
  // Losses are counted from here: sums of squares then keep their digits.
  const level = points.reduce((sum, point) => sum + point.loss / points.length, 0)
  return {
    gather(counts) {
      const sums = lengths.map((): Sums => ({ weight: 0, loss: 0, square: 0 }))
      points.forEach((point, i) => {
        const loss = point.loss - level
        const at = sums[places[i]!]!
        const weight = counts[i]! * stretches[places[i]!]!
        at.weight += weight
        at.loss += weight * loss
        at.square += weight * loss * loss
      })
      return sums
    },
    fit(sums) {
      const exponent = minimize(b => line(logs, b, sums).residual)
      const { slope, intercept } = line(logs, exponent, sums)
      return slope > Math.abs(level) * 1e-12
        ? { scale: slope * longest ** -exponent, exponent, offset: level + intercept }
        : null
    },
  }
}

/** For each length the stretch of ln(length) nearest to it; the first and last reach outward as far as inward. */
function logStretches(lengths: readonly number[]): number[] {
  const ln = lengths.map(Math.log)
  return ln.map((at, i) => {
    const left = i > 0 ? at - ln[i - 1]! : ln[1]! - at
    const right = i < ln.length - 1 ? ln[i + 1]! - at : left
    return (left + right) / 2
  })
}

interface Line {
  slope: number
  intercept: number
  residual: number
}

/** Weighted least squares of loss on exp(exponent · log). */
function line(logs: readonly number[], exponent: number, sums: readonly Sums[]): Line {
  const xs = logs.map(log => Math.exp(exponent * log))
  let w = 0,
    x = 0,
    y = 0
  sums.forEach(({ weight, loss }, i) => {
    w += weight
    x += weight * xs[i]!
    y += loss
  })
  let xx = 0,
    xy = 0,
    yy = 0
  sums.forEach(({ weight, loss, square }, i) => {
    const dx = xs[i]! - x / w
    xx += weight * dx * dx
    xy += dx * (loss - (weight * y) / w)
    yy += square - (2 * loss * y) / w + weight * (y / w) ** 2
  })
  const slope = xx > 0 ? xy / xx : 0
  return { slope, intercept: (y - slope * x) / w, residual: yy - slope * xy }
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
