import {
  MEASURES,
  type Bounds,
  type Comparison,
  type Contrast,
  type Measure,
  type PlanSummary,
  type Summary,
  type Target,
} from '../../../shared/comparison.ts'
import { figure, fixed, probability, range, signed, targetName } from './words.ts'

/** A table as text, before it is laid out: for the terminal, Markdown and LaTeX alike. The first column holds names, the others figures. */
export interface Table {
  title: string
  columns: string[]
  rows: Row[]
}

export interface Row {
  cells: string[]
  /** `limit`: what any model is measured by, not a plan. `better`, `worse`: shown to differ. */
  kind: 'plan' | 'limit' | 'better' | 'worse'
}

/** All of a comparison's tables that have something in them. */
export function tablesOf(comparison: Comparison): Table[] {
  const percent = `${Number((100 * comparison.confidence).toFixed(1))} % interval`
  const plans = comparison.plans.filter(plan => plan.seeds.length > 0)
  if (plans.length === 0) return []
  return [
    accuracyTable(comparison, plans, percent),
    binTable(comparison, plans, 'skill', `Skill, 0 trivial to 1 optimal, mean [${percent}]`, mean3),
    crossEntropyTable(comparison, plans, percent),
    perplexityTable(comparison, plans),
    ...contextTable(comparison, plans),
    ...retentionTable(comparison, plans, percent),
    stabilityTable(plans, percent),
    speedTable(comparison, plans, percent),
    ...comparison.targets.map(target => contrastTable(comparison, target, percent)),
  ].filter(table => table.rows.some(row => row.kind !== 'limit' && row.cells.slice(1).some(cell => cell !== ABSENT)))
}

const ABSENT = '–'

const mean3 = (summary: Summary | undefined | null): string =>
  summary ? spread(summary.mean, summary.meanInterval, fixed) : ABSENT

const spread = (value: number | null, interval: Bounds | null, write: (value: number) => string): string =>
  `${value === null ? '∞' : write(value)}${interval ? ` ${range(interval, write)}` : ''}`

const optional = (value: number | null): string => (value === null ? ABSENT : fixed(value))

type Limit = readonly [string, (bin: Comparison['bins'][number]) => number | null]

function binTable(
  { bins }: Comparison,
  plans: readonly PlanSummary[],
  measure: Measure,
  title: string,
  write: (summary: Summary | undefined) => string,
  limits: readonly Limit[] = [],
): Table {
  return {
    title,
    columns: ['plan', ...bins.map(bin => bin.name)],
    rows: [
      ...plans.map((plan): Row => ({
        kind: 'plan',
        cells: [plan.title, ...bins.map(bin => write(plan.bins[bin.name]?.[measure]))],
      })),
      ...limits.map(([name, of]): Row => ({ kind: 'limit', cells: [name, ...bins.map(bin => optional(of(bin)))] })),
    ],
  }
}

const accuracyTable = (comparison: Comparison, plans: readonly PlanSummary[], percent: string): Table =>
  binTable(comparison, plans, 'accuracy', `Accuracy, share of symbols, mean [${percent}]`, mean3, [
    ['floor: trivial predictor', bin => bin.floorAccuracy],
    ['ceiling: optimal predictor', bin => bin.ceilingAccuracy],
  ])

function crossEntropyTable(comparison: Comparison, plans: readonly PlanSummary[], percent: string): Table {
  const measure = comparison.bins.some(bin => bin.boundPerplexity !== null)
    ? 'cross-entropy-difference'
    : 'cross-entropy'
  const { title, unit } = MEASURES[measure]
  return binTable(
    comparison,
    plans,
    measure,
    `${title[0]!.toUpperCase()}${title.slice(1)}, ${unit}, mean [${percent}]`,
    mean3,
  )
}

const perplexityTable = (comparison: Comparison, plans: readonly PlanSummary[]): Table =>
  binTable(
    comparison,
    plans,
    'perplexity',
    'Perplexity, median (lowest–highest seed)',
    summary =>
      summary
        ? `${fixed(summary.median)}${summary.values.length > 1 ? ` (${fixed(summary.min)}–${fixed(summary.max)})` : ''}`
        : ABSENT,
    [
      ...(comparison.bins.some(bin => bin.floorPerplexity !== null)
        ? [['floor: unigram model', bin => bin.floorPerplexity] as Limit]
        : []),
      ['bound: exact distribution', bin => bin.boundPerplexity],
    ],
  )

const contextTable = ({ contexts }: Comparison, plans: readonly PlanSummary[]): Table[] =>
  contexts.length === 0
    ? []
    : [
        {
          title: 'Perplexity of the same words from their last n words alone, mean',
          columns: ['plan', ...contexts.map(({ words }) => `n = ${words}`)],
          rows: plans.map(plan => ({
            kind: 'plan',
            cells: [plan.title, ...contexts.map(context => mean(context.plans[plan.id] ?? null, figure))],
          })),
        },
      ]

function retentionTable({ retention }: Comparison, plans: readonly PlanSummary[], percent: string): Table[] {
  if (!retention) return []
  return [
    {
      title: `Retention, accuracy on ${retention.to} / accuracy on ${retention.from}, mean [${percent}]`,
      columns: ['plan', 'seeds', 'retention', 'above the floor'],
      rows: [
        ...plans.map((plan): Row => ({
          kind: 'plan',
          cells: [plan.title, String(plan.seeds.length), mean3(plan.retention), aboveFloor(plan)],
        })),
        { kind: 'limit', cells: ['floor: trivial predictor', '', optional(retention.floor), ''] },
        { kind: 'limit', cells: ['ceiling: optimal predictor', '', optional(retention.ceiling), ''] },
      ],
    },
  ]
}

function aboveFloor({ atFloor, seeds, seedsAtFloor }: PlanSummary): string {
  if (atFloor === null) return 'unknown'
  return atFloor ? `no: ${seedsAtFloor.length} of ${seeds.length} at it` : 'yes'
}

const stabilityTable = (plans: readonly PlanSummary[], percent: string): Table => ({
  title: `Stability over length: cross-entropy L in nats per symbol, mean over seeds; exponent of total loss [${percent}]`,
  columns: ['plan', 'max L', 'var L', 'long / short', 'new - known', 'exponent', 'growth'],
  rows: plans.map(({ title, stability }) => ({
    kind: 'plan',
    cells: [
      title,
      ...(stability
        ? [
            mean(stability.worst),
            mean(stability.variance, figure),
            mean(stability.longShortRatio),
            mean(stability.newKnownGap),
            ...growth(stability.growth),
          ]
        : new Array<string>(6).fill(ABSENT)),
    ],
  })),
})

const mean = (summary: Summary | null, write: (value: number) => string = fixed): string =>
  summary ? (summary.mean === null ? '∞' : write(summary.mean)) : ABSENT

const growth = (fit: { exponent: number; interval: Bounds; verdict: string } | null): [string, string] =>
  fit ? [spread(fit.exponent, fit.interval, x => x.toFixed(2)), fit.verdict] : [ABSENT, ABSENT]

const speedTable = ({ reference, plans: all }: Comparison, plans: readonly PlanSummary[], percent: string): Table => ({
  title: `Training speed, mean [${percent}]`,
  columns: ['plan', 'steps per second', `times ${all.find(plan => plan.id === reference)?.title ?? 'reference'}`],
  rows: plans.map(plan => ({
    kind: 'plan',
    cells: [
      plan.title,
      mean(plan.stepsPerSecond, figure),
      plan.id === reference || !plan.speedup
        ? ABSENT
        : spread(plan.speedup.mean, plan.speedup.meanInterval, x => x.toFixed(2)),
    ],
  })),
})

function contrastTable({ contrasts, plans, reference }: Comparison, target: Target, percent: string): Table {
  const title = (id: string | null): string => plans.find(plan => plan.id === id)?.title ?? String(id)
  const { unit, better } = MEASURES[target.measure]
  return {
    title: `Against ${title(reference)}: ${targetName(target)}${unit === '' ? '' : `, ${unit}`}, ${better} is better, mean difference of n pairs [${percent}]`,
    columns: ['plan', 'n', 'difference', 'P(win)', 'p', 'Holm p', 'g', 'verdict'],
    rows: contrasts
      .filter(contrast => contrast.target.measure === target.measure && contrast.target.bin === target.bin)
      .map(contrast => contrastRow(contrast, title(contrast.plan))),
  }
}

function contrastRow(contrast: Contrast, title: string): Row {
  const { pairs, mean, interval, probabilityOfImprovement, test, effect, verdict } = contrast
  // Shares move by hundredths at most; losses by any amount.
  const write = MEASURES[contrast.target.measure].better === 'higher' ? (value: number) => value.toFixed(4) : figure
  const kind = verdict.outcome === 'better' || verdict.outcome === 'worse' ? verdict.outcome : 'plan'
  return {
    kind,
    cells: [
      title,
      String(pairs.length),
      ...(pairs.length === 0
        ? new Array<string>(5).fill(ABSENT)
        : [
            `${mean === null ? 'infinite' : signed(mean, write)}${interval ? ` ${range(interval, write)}` : ''}`,
            probabilityOfImprovement!.toFixed(2),
            probability(test!.p),
            probability(test!.holmP),
            effect ? signed(effect.g) : ABSENT,
          ]),
      verdict.outcome,
    ],
  }
}
