import type { CurveMetric, LivePoints, LiveEpoch, RunCurve } from '../../../shared/contract/index.ts'

/** A line of bounded length: where it gets too long, neighbouring points are averaged. Not finite: nothing was measured there. */
export interface Series {
  readonly x: number[]
  readonly y: number[]
}

/** From twice as many points on, pairs of neighbours become one. */
export const KEPT = 600

export const emptySeries = (): Series => ({ x: [], y: [] })

/** How a metric is measured: at a step, or as a mean over the steps since the point before, which then has its last step as x. */
type Kind = 'point' | 'span'

/** Metrics of the training log, and what an epoch's record says of the same. */
const RECORDS: Partial<Record<CurveMetric, CurveMetric>> = {
  loss: 'trainLoss',
  stepsPerSecond: 'epochStepsPerSecond',
  'gradientNorm.embedding': 'epochGradientNorm.embedding',
  'gradientNorm.controller': 'epochGradientNorm.controller',
  'gradientNorm.memory': 'epochGradientNorm.memory',
  'gradientNorm.classifier': 'epochGradientNorm.classifier',
}
/** What has to be read so that a metric can be drawn. */
export const sourcesOf = (metric: CurveMetric): CurveMetric[] => [metric, ...(RECORDS[metric] ? [RECORDS[metric]] : [])]

const kindOf = (metric: CurveMetric): Kind =>
  RECORDS[metric] || metric === 'trainLoss' || metric === 'epochStepsPerSecond' ? 'span' : 'point'

/** Adds points behind the others. Where they begin before the end, a run was taken up again from an earlier checkpoint: what lies behind is dropped. */
export function append(series: Series, x: ArrayLike<number>, y: ArrayLike<number>, kind: Kind = 'span'): void {
  if (x.length === 0) return
  while (series.x.length > 0 && series.x.at(-1)! >= x[0]!) {
    series.x.pop()
    series.y.pop()
  }
  for (let i = 0; i < x.length; i++) {
    series.x.push(x[i]!)
    series.y.push(y[i]!)
  }
  if (series.x.length > 2 * KEPT) halve(series, kind)
}

function halve({ x, y }: Series, kind: Kind): void {
  const pairs = x.length >> 1
  let begin = 0
  for (let i = 0; i < pairs; i++) {
    const [first, last] = [x[2 * i]!, x[2 * i + 1]!]
    y[i] = weighted(y[2 * i]!, y[2 * i + 1]!, kind === 'span' ? (first - begin) / (last - begin) : 0.5)
    x[i] = kind === 'span' ? last : (first + last) / 2
    begin = last
  }
  if (x.length % 2 === 1) {
    x[pairs] = x.at(-1)!
    y[pairs] = y.at(-1)!
  }
  x.length = y.length = pairs + (x.length % 2)
}

const weighted = (a: number, b: number, ofA: number): number =>
  Number.isFinite(a) ? (Number.isFinite(b) ? a * ofA + b * (1 - ofA) : a) : b

/** All that is known of one run, by metric. */
export type RunSeries = Map<CurveMetric, Series>

const seriesOf = (run: RunSeries, metric: CurveMetric): Series => {
  const found = run.get(metric)
  if (found) return found
  const made = emptySeries()
  run.set(metric, made)
  return made
}

/** What the history has, in place of all that was known before. */
export function setCurve(
  run: RunSeries,
  metric: CurveMetric,
  { from, to, mean }: Pick<RunCurve, 'from' | 'to' | 'mean'>,
): void {
  run.delete(metric)
  if (!mean.some(Number.isFinite)) return
  const kind = kindOf(metric)
  append(seriesOf(run, metric), kind === 'span' ? to : to.map((last, i) => (from[i]! + last) / 2), mean, kind)
}

export function addPoints(run: RunSeries, { steps, loss, stepsPerSecond, gradientNorm }: LivePoints): void {
  append(seriesOf(run, 'loss'), steps, loss)
  append(seriesOf(run, 'stepsPerSecond'), steps, stepsPerSecond)
  for (const [component, norms] of Object.entries(gradientNorm))
    append(seriesOf(run, `gradientNorm.${component}` as CurveMetric), steps, norms)
}

const COMPONENTS = ['embedding', 'controller', 'memory', 'classifier'] as const

export function addEpoch(run: RunSeries, epoch: LiveEpoch): void {
  const { step, trainLoss, validationLoss, validationAccuracy, stepsPerSecond, gradientNorm, updateNorm } = epoch
  const values: [CurveMetric, number][] = [
    ['trainLoss', trainLoss],
    ['validationLoss', validationLoss],
    ['validationAccuracy', validationAccuracy],
    ['epochStepsPerSecond', stepsPerSecond],
  ]
  for (const component of COMPONENTS) {
    values.push([`epochGradientNorm.${component}`, gradientNorm[component] ?? Number.NaN])
    values.push([`updateNorm.${component}`, updateNorm[component] ?? Number.NaN])
  }
  for (const [metric, value] of values)
    if (Number.isFinite(value) || run.has(metric)) append(seriesOf(run, metric), [step], [value], kindOf(metric))
}

/** From so many points in an epoch on, the log says more of it than its record does. */
const FINER = 4

/**
 * A run's metric as it was measured, where it was measured: what is a mean over steps stands in the middle of them. What an epoch's record
 * says counts for its steps in place of the log, which is kept by the clock and may have one point for many epochs; where the log has
 * several points within the epoch, these are drawn. Where a record has no value (the part was frozen), nothing is drawn.
 */
export function measured(run: ReadonlyMap<CurveMetric, Series>, metric: CurveMetric): Series {
  const own = run.get(metric) ?? emptySeries()
  const record = RECORDS[metric]
  if (record === undefined) return own
  const log = placed(own, 'span')
  const epochs = run.get(record) ?? emptySeries()
  const places = placed(epochs, kindOf(record)).x
  const line = emptySeries()
  let next = 0
  epochs.x.forEach((end, i) => {
    const from = next
    while (next < log.x.length && log.x[next]! <= end) next++
    const finer = Number.isFinite(epochs.y[i]!) && next - from >= FINER
    line.x.push(...(finer ? log.x.slice(from, next) : [places[i]!]))
    line.y.push(...(finer ? log.y.slice(from, next) : [epochs.y[i]!]))
  })
  line.x.push(...log.x.slice(next))
  line.y.push(...log.y.slice(next))
  return line
}

/** Means in the middle of the steps that they are of. */
const placed = ({ x, y }: Series, kind: Kind): Series =>
  kind === 'point' ? { x, y } : { x: x.map((last, i) => ((x[i - 1] ?? 0) + last) / 2), y }

/** Seconds of training up to a step, by the speeds that were measured; NaN behind the last of them. */
export function clockOf(run: ReadonlyMap<CurveMetric, Series>): (step: number) => number {
  const clock: Series = { x: [0], y: [0] }
  for (const { x, y } of [run.get('epochStepsPerSecond'), run.get('stepsPerSecond')].filter(one => one !== undefined)) {
    x.forEach((end, i) => {
      const steps = end - clock.x.at(-1)!
      if (steps <= 0) return
      clock.x.push(end)
      // No rate is given where no time was measured.
      clock.y.push(clock.y.at(-1)! + (y[i]! > 0 ? steps / y[i]! : 0))
    })
  }
  return step => valuesAt(clock, [step])[0]!
}

/** Mean over runs, and its lowest and highest run; NaN where none has a value. */
export interface Band {
  readonly x: number[]
  readonly mean: number[]
  readonly low: number[]
  readonly high: number[]
}

/**
 * Runs put together, at the places where they were measured, or, where these are more than twice as many as `most`, at so many equal
 * distances. Between two of its points a run has the value of the straight line that joins them; before its first, behind its last and
 * in its gaps it has none, and does not count.
 */
export function bandOf(runs: readonly Series[], most = 240): Band {
  const thin = runs.filter(({ x }) => x.length > 0).map(run => thinned(run, most))
  const places = [...new Set(thin.flatMap(({ x }) => x))].sort((a, b) => a - b)
  const x = places.length <= 2 * most ? places : evenly(places[0]!, places.at(-1)!, most)
  const rows = thin.map(run => valuesAt(run, x))
  const band: Band = { x, mean: [], low: [], high: [] }
  for (let i = 0; i < x.length; i++) {
    const values = rows.map(row => row[i]!).filter(value => Number.isFinite(value))
    band.mean.push(values.length > 0 ? values.reduce((a, b) => a + b) / values.length : Number.NaN)
    band.low.push(values.length > 0 ? Math.min(...values) : Number.NaN)
    band.high.push(values.length > 0 ? Math.max(...values) : Number.NaN)
  }
  return band
}

const evenly = (first: number, last: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => (i === n - 1 ? last : first + ((last - first) * i) / (n - 1)))

/** At most so many points: means of neighbours, in their middle. Gaps stay. */
function thinned(run: Series, most: number): Series {
  const size = Math.ceil(run.x.length / most)
  if (size < 2) return run
  const line = emptySeries()
  const group: { x: number[]; y: number[] } = emptySeries()
  const close = (): void => {
    if (group.x.length === 0) return
    line.x.push(group.x.reduce((a, b) => a + b) / group.x.length)
    line.y.push(group.y.reduce((a, b) => a + b) / group.y.length)
    group.x.length = group.y.length = 0
  }
  run.x.forEach((x, i) => {
    const y = run.y[i]!
    if (Number.isFinite(y)) {
      group.x.push(x)
      group.y.push(y)
      if (group.x.length === size) close()
      return
    }
    close()
    if (line.y.length === 0 || Number.isFinite(line.y.at(-1)!)) {
      line.x.push(x)
      line.y.push(Number.NaN)
    }
  })
  close()
  return line
}

function valuesAt({ x, y }: Series, places: readonly number[]): number[] {
  let i = 0
  return places.map(place => {
    while (i < x.length && x[i]! < place) i++
    if (i < x.length && x[i] === place) return y[i]!
    if (i === 0 || i === x.length) return Number.NaN
    const share = (place - x[i - 1]!) / (x[i]! - x[i - 1]!)
    return y[i - 1]! * (1 - share) + y[i]! * share
  })
}
