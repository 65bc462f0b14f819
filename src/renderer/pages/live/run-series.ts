import type { CurveMetric, LivePoints, LiveEpoch, RunCurve } from '../../../shared/contract/index.ts'

/** A growing line of bounded length: where it gets too long, neighbouring points are averaged. */
export interface Series {
  readonly x: number[]
  readonly y: number[]
}

/** From twice as many points on, pairs of neighbours become one. */
export const KEPT = 600

export const emptySeries = (): Series => ({ x: [], y: [] })

/** Adds points behind the others. Where they begin before the end, a run was taken up again from an earlier checkpoint: what lies behind is dropped. */
export function append(series: Series, x: ArrayLike<number>, y: ArrayLike<number>): void {
  if (x.length === 0) return
  while (series.x.length > 0 && series.x.at(-1)! >= x[0]!) {
    series.x.pop()
    series.y.pop()
  }
  for (let i = 0; i < x.length; i++) {
    series.x.push(x[i]!)
    series.y.push(y[i]!)
  }
  if (series.x.length > 2 * KEPT) halve(series)
}

function halve({ x, y }: Series): void {
  const pairs = x.length >> 1
  for (let i = 0; i < pairs; i++) {
    x[i] = x[2 * i + 1]!
    y[i] = meanOfFinite(y[2 * i]!, y[2 * i + 1]!)
  }
  if (x.length % 2 === 1) {
    x[pairs] = x.at(-1)!
    y[pairs] = y.at(-1)!
  }
  x.length = y.length = pairs + (x.length % 2)
}

const meanOfFinite = (a: number, b: number): number => (Number.isFinite(a) ? (Number.isFinite(b) ? (a + b) / 2 : a) : b)

/** All that is drawn of one run, by metric. */
export type RunSeries = Map<CurveMetric, Series>

const seriesOf = (run: RunSeries, metric: CurveMetric): Series => {
  const found = run.get(metric)
  if (found) return found
  const made = emptySeries()
  run.set(metric, made)
  return made
}

/** What the history has, in place of all that was known before. */
export function setCurve(run: RunSeries, metric: CurveMetric, { to, mean }: Pick<RunCurve, 'to' | 'mean'>): void {
  run.delete(metric)
  if (mean.some(Number.isFinite)) append(seriesOf(run, metric), to, mean)
}

export function addPoints(run: RunSeries, { steps, loss, stepsPerSecond, gradientNorm }: LivePoints): void {
  append(seriesOf(run, 'loss'), steps, loss)
  append(seriesOf(run, 'stepsPerSecond'), steps, stepsPerSecond)
  for (const [component, norms] of Object.entries(gradientNorm))
    append(seriesOf(run, `gradientNorm.${component}` as CurveMetric), steps, norms)
}

export function addEpoch(
  run: RunSeries,
  { step, trainLoss, validationLoss, validationAccuracy, updateNorm }: LiveEpoch,
): void {
  const values: readonly (readonly [CurveMetric, number])[] = [
    ['trainLoss', trainLoss],
    ['validationLoss', validationLoss],
    ['validationAccuracy', validationAccuracy],
    ...Object.entries(updateNorm).map(([component, norm]) => [`updateNorm.${component}` as CurveMetric, norm] as const),
  ]
  for (const [metric, value] of values) append(seriesOf(run, metric), [step], [value])
}

/** Mean over runs on a common line of steps, and its lowest and highest run; NaN where none has a value. */
export interface Band {
  readonly x: number[]
  readonly mean: number[]
  readonly low: number[]
  readonly high: number[]
}

/**
 * Runs that are not at the same steps, put together: [0, last] in so many buckets, each run's mean in each. A run that has no point in a bucket
 * within its own range counts with its value before; behind its end it does not count.
 */
export function bandOf(runs: readonly Series[], buckets = 240): Band {
  const filled = runs.filter(({ x }) => x.length > 0)
  const last = Math.max(0, ...filled.map(({ x }) => x.at(-1)!))
  const most = Math.max(1, ...filled.map(({ x }) => x.length))
  const n = Math.min(buckets, most)
  const rows = filled.map(series => bucketed(series, n, last))
  const x = Array.from({ length: n }, (_, i) => ((i + 1) / n) * last)
  const band: Band = { x, mean: [], low: [], high: [] }
  for (let i = 0; i < n; i++) {
    const values = rows.map(row => row[i]!).filter(value => !Number.isNaN(value))
    band.mean.push(values.length > 0 ? values.reduce((a, b) => a + b) / values.length : Number.NaN)
    band.low.push(values.length > 0 ? Math.min(...values) : Number.NaN)
    band.high.push(values.length > 0 ? Math.max(...values) : Number.NaN)
  }
  return band
}

function bucketed({ x, y }: Series, n: number, last: number): Float64Array {
  const sums = new Float64Array(n)
  const counts = new Float64Array(n)
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(y[i]!)) continue
    const at = bucketAt(x[i]!, n, last)
    sums[at] = sums[at]! + y[i]!
    counts[at] = counts[at]! + 1
  }
  const [first, end] = [bucketAt(x[0]!, n, last), bucketAt(x.at(-1)!, n, last)]
  const means = new Float64Array(n).fill(Number.NaN)
  let before = Number.NaN
  for (let i = first; i <= end; i++) means[i] = before = counts[i]! > 0 ? sums[i]! / counts[i]! : before
  return means
}

const bucketAt = (step: number, n: number, last: number): number =>
  last <= 0 ? 0 : Math.min(n - 1, Math.max(0, Math.ceil((step / last) * n) - 1))
