import type { CurveMetric, LabService, PlanCurve, RunCurve } from '../../shared/contract/index.ts'
import { METRICS, type EpochRecord, type Metric } from '../../shared/records.ts'
import type { Component } from '../../shared/run-events.ts'
import { figures } from '../../shared/score.ts'
import type { Analysis } from '../analysis/analysis.ts'
import type { History } from '../history/history.ts'
import type { RunIndex } from './run-index.ts'

interface Span {
  readonly metric: CurveMetric
  readonly buckets: number
  readonly from?: number | undefined
  readonly to?: number | undefined
}
type Columns = Pick<RunCurve, 'from' | 'to' | 'min' | 'max' | 'mean'>

export interface CurvesOptions {
  readonly history: History
  readonly index: RunIndex
  readonly analysis: Analysis
}

export function curvesService({ history, index, analysis }: CurvesOptions): LabService['curves'] {
  return {
    get: ({ runs, ...span }) =>
      runs.map(runId => ({ runId, ...columnsOf(history, runId, span), freezes: freezesOf(history, runId) })),
    async plans({ studyId, ...span }, { signal }) {
      const { spec } = history.studies.get(studyId)
      const rows = index.rows().filter(row => row.studyId === studyId && !row.archived)
      const plans = spec.plans.map(plan => ({
        plan,
        ...aligned(
          rows.filter(row => row.planId === plan.id).map(row => columnsOf(history, row.id, span)),
          span.buckets,
        ),
      }))
      const bands = await analysis.quick.comparison.bands({ groups: plans.map(({ values }) => values) }, { signal })
      return plans.map(({ plan, steps }, i): PlanCurve => ({
        planId: plan.id,
        title: plan.title ?? plan.id,
        steps,
        ...bands[i]!,
      }))
    },
  }
}

/** A run's metric in at most so many buckets. */
export function columnsOf(
  history: History,
  runId: string,
  { metric, buckets, from = -Infinity, to = Infinity }: Span,
): Columns {
  if (isPointMetric(metric)) return history.metrics.curve(runId, metric, { buckets, from, to })
  const epochs = history.epochs.list(runId).filter(({ step }) => step >= from && step <= to)
  return bucketed(
    epochs.map(({ step }) => step),
    epochs.map(EPOCH_VALUES[metric]),
    buckets,
  )
}

const isPointMetric = (metric: CurveMetric): metric is Metric => (METRICS as readonly string[]).includes(metric)

const EPOCH_VALUES: Readonly<Record<Exclude<CurveMetric, Metric>, (epoch: EpochRecord) => number>> = {
  trainLoss: epoch => epoch.trainLoss,
  validationLoss: ({ validation }) => figures(validation).loss,
  validationDifference: ({ validation }) => figures(validation).aboveBound ?? NaN,
  validationAccuracy: ({ validation }) => figures(validation).accuracy,
  learningRate: epoch => epoch.learningRate,
  epochStepsPerSecond: epoch => epoch.stepsPerSecond,
  'epochGradientNorm.embedding': normOf('gradientNorm', 'embedding'),
  'epochGradientNorm.controller': normOf('gradientNorm', 'controller'),
  'epochGradientNorm.memory': normOf('gradientNorm', 'memory'),
  'epochGradientNorm.classifier': normOf('gradientNorm', 'classifier'),
  'updateNorm.embedding': normOf('updateNorm', 'embedding'),
  'updateNorm.controller': normOf('updateNorm', 'controller'),
  'updateNorm.memory': normOf('updateNorm', 'memory'),
  'updateNorm.classifier': normOf('updateNorm', 'classifier'),
}

function normOf(norm: 'gradientNorm' | 'updateNorm', component: Component): (epoch: EpochRecord) => number {
  return epoch => epoch[norm][component] ?? NaN
}

/** Points in buckets of equally many neighbours. */
function bucketed(steps: readonly number[], values: readonly number[], buckets: number): Columns {
  const size = Math.ceil(steps.length / buckets) || 1
  const groups = Array.from({ length: Math.ceil(steps.length / size) }, (_, i) => {
    const finite = values.slice(i * size, (i + 1) * size).filter(value => Number.isFinite(value))
    return { from: steps[i * size]!, to: steps[Math.min((i + 1) * size, steps.length) - 1]!, finite }
  })
  const figure = (of: (finite: readonly number[]) => number): Float64Array =>
    Float64Array.from(groups, ({ finite }) => (finite.length > 0 ? of(finite) : NaN))
  return {
    from: Float64Array.from(groups, group => group.from),
    to: Float64Array.from(groups, group => group.to),
    min: figure(finite => Math.min(...finite)),
    max: figure(finite => Math.max(...finite)),
    mean: figure(finite => finite.reduce((a, b) => a + b, 0) / finite.length),
  }
}

export function freezesOf(history: History, runId: string): RunCurve['freezes'] {
  const perEpoch = history.runs.get(runId).stepsPerEpoch ?? 0
  return history.epochs.freezes(runId).map(({ epoch, action, reason }) => ({ step: epoch * perEpoch, action, reason }))
}

/** The means of several runs at common steps: where all their buckets are the same, those; otherwise at most `buckets` equal spans. NaN where a run has none. */
export function aligned(curves: readonly Columns[], buckets: number): { steps: Float64Array; values: Float64Array[] } {
  const centres = curves.map(({ from, to }) => from.map((step, i) => (step + to[i]!) / 2))
  const alike = centres.every(steps => equal(steps, centres[0]!))
  const distinct = alike
    ? [...(centres[0] ?? [])]
    : [...new Set(centres.flatMap(steps => [...steps]))].sort((a, b) => a - b)
  const first = distinct[0] ?? 0
  const width = ((distinct.at(-1) ?? 0) - first) / buckets || 1
  const fits = distinct.length <= buckets
  const place = fits && !alike ? new Map(distinct.map((step, i) => [step, i])) : null
  const cell = (step: number, i: number): number =>
    place ? place.get(step)! : fits ? i : Math.min(buckets - 1, Math.floor((step - first) / width))
  const count = fits ? distinct.length : buckets
  const values = curves.map(({ mean }, run) => {
    const sums = new Float64Array(count)
    const counts = new Float64Array(count)
    mean.forEach((value, i) => {
      if (Number.isNaN(value)) return
      const at = cell(centres[run]![i]!, i)
      sums[at]! += value
      counts[at]!++
    })
    return sums.map((sum, i) => (counts[i]! > 0 ? sum / counts[i]! : NaN))
  })
  const steps = fits
    ? Float64Array.from(distinct)
    : Float64Array.from({ length: count }, (_, i) => first + (i + 0.5) * width)
  const kept = [...steps.keys()].filter(i => values.some(own => !Number.isNaN(own[i]!)))
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, i => column[i]!)
  return { steps: pick(steps), values: values.map(pick) }
}

const equal = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i])
