import {
  MEASURES,
  type Comparison,
  type Contrast,
  type Growth,
  type Measure,
  type PlanSummary,
  type Summary,
  type Target,
} from '../../../shared/comparison.ts'
import type { Figure } from '../../../shared/figure.ts'
import { rangeName } from '../../../shared/number-format.ts'
import { figure, fixed, probability, signed, signedSpread, spread, targetName } from './words.ts'

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

/** The mean with its interval; of how many runs, where that is not all of them. */
const mean3 = (summary: Summary | undefined | null): string =>
  summary ? `${spread(summary.mean, summary.meanInterval)}${partly(summary)}` : ABSENT

/** ", 5 of 6": runs that have the figure, of those that count; nothing where all have. */
const partly = ({ values, missing }: Pick<Summary, 'missing'> & { values: readonly unknown[] }): string =>
  missing.length === 0 ? '' : `, ${values.length} of ${values.length + missing.length}`

const optional = (value: Figure): string => (value === null ? ABSENT : fixed(value))

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
    columns: ['plan', ...bins.map(bin => rangeName(bin.name))],
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
        ? `${fixed(summary.median)}${summary.values.length > 1 ? ` (${fixed(summary.min)}–${fixed(summary.max)})` : ''}${partly(summary)}`
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
      title: `Retention, accuracy on ${rangeName(retention.to)} / accuracy on ${rangeName(retention.from)}, mean [${percent}]`,
      columns: ['plan', 'seeds', 'retention', 'above the floor'],
      rows: [
        ...plans.map((plan): Row => ({
          kind: 'plan',
          cells: [plan.title, seedsText(plan), mean3(plan.retention), aboveFloor(plan)],
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

/** "6", "6, 1 diverged". */
const seedsText = ({ seeds, diverged }: PlanSummary): string =>
  `${seeds.length}${diverged.length > 0 ? `, ${diverged.length} diverged` : ''}`

const stabilityTable = (plans: readonly PlanSummary[], percent: string): Table => ({
  title: `Stability over length: cross-entropy L in nats per symbol, mean over seeds; exponent of total loss [${percent}]`,
  columns: ['plan', 'max L', 'var L', 'long / short', 'new − known', 'exponent', 'growth'],
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

const mean = (summary: Summary | null, write: (value: Figure) => string = fixed): string =>
  summary ? `${write(summary.mean)}${partly(summary)}` : ABSENT

const growth = (fit: Growth | null): [string, string] =>
  fit
    ? [
        `${spread(fit.exponent, fit.interval)}${partly({ values: new Array(fit.seeds), missing: fit.missing })}`,
        fit.verdict ?? 'one seed',
      ]
    : [ABSENT, ABSENT]

const speedTable = ({ reference, plans: all }: Comparison, plans: readonly PlanSummary[], percent: string): Table => ({
  title: `Training speed: mean; geometric mean of pairs of one machine, device and company [${percent}]`,
  columns: ['plan', 'steps per second', `times ${all.find(plan => plan.id === reference)?.title ?? 'reference'}`],
  rows: plans.map(plan => ({
    kind: 'plan',
    cells: [
      plan.title,
      mean(plan.stepsPerSecond, figure),
      plan.id === reference || !plan.speedup
        ? ABSENT
        : `${spread(plan.speedup.ratio, plan.speedup.interval)}${partly(plan.speedup)}`,
    ],
  })),
})

function contrastTable({ contrasts, plans, reference }: Comparison, target: Target, percent: string): Table {
  const title = (id: string | null): string => plans.find(plan => plan.id === id)?.title ?? String(id)
  const { unit, better } = MEASURES[target.measure]
  return {
    title: `Against ${title(reference)}: ${target.measure === 'perplexity' ? 'ln ' : ''}${targetName(target)}${unit === '' ? '' : `, ${unit}`}, ${better} is better, mean difference of n pairs (median where a run diverged) [${percent}]`,
    columns: ['plan', 'n', 'difference', 'P(win)', 'p', 'Holm p', 'g', 'verdict'],
    rows: contrasts
      .filter(contrast => contrast.target.measure === target.measure && contrast.target.bin === target.bin)
      .map(contrast => contrastRow(contrast, title(contrast.plan))),
  }
}

const OUTCOMES: Readonly<Record<Contrast['verdict']['outcome'], string>> = {
  better: 'better',
  worse: 'worse',
  same: 'same',
  open: 'open',
  void: 'says nothing',
  'not-reached': 'not reached',
}

function contrastRow(contrast: Contrast, title: string): Row {
  const { pairs, mean, median, interval, intervalOf, probabilityOfImprovement, test, effect, verdict } = contrast
  const kind = verdict.outcome === 'better' || verdict.outcome === 'worse' ? verdict.outcome : 'plan'
  return {
    kind,
    cells: [
      title,
      String(pairs.length),
      ...(pairs.length === 0
        ? new Array<string>(5).fill(ABSENT)
        : [
            signedSpread(intervalOf === 'mean' ? mean : median, interval),
            probabilityOfImprovement!.toFixed(2),
            probability(test!.p),
            probability(test!.holmP),
            effect ? signed(effect.g) : ABSENT,
          ]),
      OUTCOMES[verdict.outcome],
    ],
  }
}
