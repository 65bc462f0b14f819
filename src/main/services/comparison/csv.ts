import type { MeasureLimit } from '../../../shared/measures.ts'
import {
  MEASURES,
  type Comparison,
  type Contrast,
  type Measure,
  type PlanSummary,
  type Summary,
} from '../../../shared/comparison.ts'

/** CSV by RFC 4180 with full precision. Infinity is written out; an empty field does not exist. */

const SUMMARY_COLUMNS = [
  'study',
  'weights',
  'plan',
  'title',
  'bin',
  'measure',
  'unit',
  'seeds',
  'mean',
  'mean_low',
  'mean_high',
  'median',
  'median_low',
  'median_high',
  'min',
  'max',
  'floor',
  'ceiling',
  'at_floor',
  'reference',
  'pairs',
  'difference',
  'difference_low',
  'difference_high',
  'probability_of_improvement',
  'p',
  'holm_p',
  'hedges_g',
  'verdict',
] as const

export type Field = string | number | boolean | null

/** One row for each plan, bin and measure; where the measure is a target, with the comparison against the reference. */
export function comparisonCsv(comparison: Comparison): string {
  return lines(
    SUMMARY_COLUMNS,
    figuresOf(comparison).map(({ plan, bin, measure, summary }) => {
      const [floor, ceiling] = limitsOf(comparison, measure, bin)
      const contrast = comparison.contrasts.find(
        one => one.plan === plan.id && one.target.measure === measure && one.target.bin === bin,
      )
      return [
        comparison.study,
        comparison.weights,
        plan.id,
        plan.title,
        bin,
        measure,
        MEASURES[measure].unit,
        summary.values.length,
        infinite(summary.mean),
        ...ends(summary.meanInterval),
        infinite(summary.median),
        ...ends(summary.medianInterval),
        infinite(summary.min),
        infinite(summary.max),
        floor,
        ceiling,
        measure === 'retention' ? plan.atFloor : null,
        ...contrastFields(comparison.reference, contrast),
      ]
    }),
  )
}

/** One row for each run's figure: what charts and other programs start from. */
export function comparisonValuesCsv(comparison: Comparison): string {
  return lines(
    ['study', 'weights', 'plan', 'seed', 'bin', 'measure', 'value'],
    figuresOf(comparison).flatMap(({ plan, bin, measure, summary }) =>
      summary.values.map(({ seed, value }) => [
        comparison.study,
        comparison.weights,
        plan.id,
        seed,
        bin,
        measure,
        infinite(value),
      ]),
    ),
  )
}

interface PlanFigure {
  plan: PlanSummary
  bin: string | null
  measure: Measure
  summary: Summary
}

function figuresOf({ plans, bins }: Comparison): PlanFigure[] {
  return plans.flatMap(plan => [
    ...bins.flatMap(bin =>
      (Object.entries(plan.bins[bin.name] ?? {}) as [Measure, Summary][]).map(([measure, summary]) => ({
        plan,
        bin: bin.name,
        measure,
        summary,
      })),
    ),
    ...(plan.retention ? [{ plan, bin: null, measure: 'retention' as const, summary: plan.retention }] : []),
  ])
}

/** What the trivial and the optimal predictor reach; for perplexity the exact distribution's is the best there is. */
function limitsOf({ bins, retention }: Comparison, measure: Measure, name: string | null): [Field, Field] {
  if (measure === 'retention') return [retention?.floor ?? null, retention?.ceiling ?? null]
  const bin = bins.find(one => one.name === name)
  const { floor, ceiling } = MEASURES[measure]
  const valueOf = (limit: MeasureLimit): Field => (typeof limit === 'string' ? (bin?.[limit] ?? null) : limit)
  return [valueOf(floor), valueOf(ceiling)]
}

function contrastFields(reference: string | null, contrast: Contrast | undefined): Field[] {
  if (!contrast) return new Array<null>(10).fill(null)
  const some = contrast.pairs.length > 0
  return [
    reference,
    contrast.pairs.length,
    some ? infinite(contrast.mean) : null,
    ...ends(contrast.interval, -Infinity),
    contrast.probabilityOfImprovement,
    contrast.test?.p ?? null,
    contrast.test?.holmP ?? null,
    contrast.effect?.g ?? null,
    contrast.verdict.outcome,
  ]
}

const infinite = (value: number | null): number => value ?? Infinity

const ends = (interval: { low: number | null; high: number | null } | null, lowest = Infinity): [Field, Field] =>
  interval ? [interval.low ?? lowest, interval.high ?? Infinity] : [null, null]

export const lines = (columns: readonly string[], rows: readonly (readonly Field[])[]): string =>
  [columns, ...rows].map(row => row.map(field).join(',')).join('\r\n') + '\r\n'

function field(value: Field): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
