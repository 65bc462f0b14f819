import type { Summary } from '../../../shared/comparison.ts'
import { PTB, type FigureId, type PublishedPlan } from '../../../shared/published/das-mali-2024.ts'
import type { Figure, MeasuredCell } from '../../../shared/reproduction.ts'
import { median } from '../../../shared/statistics/median.ts'
import { readFigure } from '../../../shared/figure.ts'
import type { StudySpec } from '../../../shared/study.ts'
import { known, type BySeed } from '../comparison/summary.ts'
import type { PlanFigures, StudyFigures } from './figures.ts'
import type { Recognised } from './recognise.ts'

/** A study of the history as far as it is held against the published one. */
export interface EvidenceInput {
  readonly studyId: string
  readonly name: string
  readonly spec: StudySpec
  readonly recognised: Recognised
  readonly figures: StudyFigures
  /** All runs that are not archived; `bestLoss`: of the best validation epoch, nats per symbol. */
  readonly runs: readonly {
    readonly planId: string
    readonly seed: number
    readonly bestLoss: number | null
    readonly seconds: number
  }[]
  /** What trained it: device and processor. */
  readonly machines: readonly string[]
}

/** A plan's figures; undefined where the study does not have the plan, or no run of it counts. */
export function planFigures(
  { recognised, figures }: Pick<EvidenceInput, 'recognised' | 'figures'>,
  plan: PublishedPlan,
): PlanFigures | undefined {
  return figures.plans.find(({ id, seeds }) => recognised.plans.get(id) === plan && seeds.length > 0)
}

export function measureCell(input: EvidenceInput, plan: PublishedPlan): MeasuredCell | null {
  const summary = planFigures(input, plan)
  if (!summary) return null
  const losses = new Map(
    input.runs
      .filter(run => run.planId === summary.id && summary.seeds.includes(run.seed))
      .map(({ seed, bestLoss }) => [seed, bestLoss]),
  )
  const chosen = chosenSeed(losses)
  const figures = Object.entries(figuresOf(input, summary, losses)).flatMap(([id, values]) => {
    const figure = overSeeds(values, chosen)
    return figure ? [[id, figure]] : []
  })
  return {
    studyId: input.studyId,
    seeds: summary.seeds,
    figures: Object.fromEntries(figures) as MeasuredCell['figures'],
    atFloor: summary.atFloor,
  }
}

/** By seed; Infinity: diverged. */
function figuresOf(
  { recognised: { task, bins } }: EvidenceInput,
  summary: PlanFigures,
  losses: BySeed,
): Partial<Record<FigureId, BySeed>> {
  const ofBins = (measure: 'perplexity' | 'accuracy'): [FigureId, BySeed][] =>
    bins.map((bin, i) => [`${measure}-${i}` as FigureId, bySeed(summary.bins[bin]?.[measure])])
  const perplexities = new Map([...losses].map(([seed, loss]) => [seed, loss === null ? Infinity : Math.exp(loss)]))
  if (task === PTB)
    return { 'validation-perplexity': perplexities, 'test-perplexity': bySeed(summary.bins[bins[0]!]?.perplexity) }
  return {
    'validation-perplexity': perplexities,
    ...Object.fromEntries([...ofBins('perplexity'), ...ofBins('accuracy')]),
    retention: bySeed(summary.retention),
  }
}

export const bySeed = (summary: Pick<Summary, 'values'> | null | undefined): BySeed =>
  new Map((summary?.values ?? []).map(({ seed, value }) => [seed, readFigure(value)]))

/** The card's figures are numbers or nothing. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The published study tests, of all restarts, the one with the best validation loss. */
function chosenSeed(losses: BySeed): number | undefined {
  return known(losses).sort(([, a], [, b]) => a - b)[0]?.[0]
}

function overSeeds(values: BySeed, chosen: number | undefined): Figure | null {
  const numbers = known(values).map(([, value]) => value)
  if (numbers.length === 0) return null
  const own = chosen === undefined ? undefined : values.get(chosen)
  return {
    chosen: own === undefined ? null : own === null ? null : finite(own),
    median: finite(median(numbers)),
    min: finite(Math.min(...numbers)),
    max: finite(Math.max(...numbers)),
  }
}
