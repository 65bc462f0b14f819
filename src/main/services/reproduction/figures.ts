import { chance } from '../../../engine/chance.ts'
import type { BinSummary, PlanSummary, Summary } from '../../../shared/comparison.ts'
import type { Measure } from '../../../shared/measures.ts'
import { countRuns } from '../comparison/count-runs.ts'
import { onTarget, type RunFigures } from '../comparison/figures.ts'
import type { ComparisonInput, ComparisonOptions } from '../comparison/input.ts'
import { floorState, type PlanRuns } from '../comparison/plan-summary.ts'
import { seedValues, summarize, type Bootstrap } from '../comparison/summary.ts'

type Shown = Extract<Measure, 'accuracy' | 'perplexity' | 'cross-entropy'>
const SHOWN: readonly Shown[] = ['accuracy', 'perplexity', 'cross-entropy']

/** What the published study is held against, of one plan: a part of its record in the study's comparison. */
export interface PlanFigures extends Pick<PlanSummary, 'id' | 'seeds' | 'atFloor' | 'retention'> {
  /** By bin name. */
  readonly bins: Readonly<Record<string, Partial<Record<Shown, Pick<Summary, 'values'>>>>>
}

/** A part of a study's comparison. */
export interface StudyFigures {
  /** From the shortest. */
  readonly bins: readonly Pick<BinSummary, 'name' | 'strings'>[]
  /** In the study's order. */
  readonly plans: readonly PlanFigures[]
}

/**
 * The figures that the card needs of a study, the same as `compare` gives for the weights of the best epoch, without all else that a
 * comparison works out: growth laws, tests, and intervals that the card does not show take it twenty times as long.
 * @param input `limits`: those of the shortest bin that was tested are enough; runs need neither speeds nor the scores of other weights
 * @throws InputError as `compare`
 */
export function studyFigures(
  input: ComparisonInput,
  { resamples = 5_000, random = name => chance(0).fork(name) }: Pick<ComparisonOptions, 'resamples' | 'random'> = {},
): StudyFigures {
  const bootstrap: Bootstrap = { resamples, random }
  const { bins, byPlan } = countRuns(input, 'best')
  const isText = input.spec.evaluation.bins.some(({ by }) => by !== undefined)
  return {
    bins: bins.map(({ name, strings }) => ({ name, strings })),
    plans: byPlan.map(runs => planFigures(runs, bins, isText, bootstrap)),
  }
}

function planFigures(
  { plan: { id }, runs, figures }: PlanRuns,
  bins: readonly BinSummary[],
  isText: boolean,
  bootstrap: Bootstrap,
): PlanFigures {
  return {
    id,
    seeds: runs.map(({ run }) => run.seed).sort((a, b) => a - b),
    atFloor: floorState(id, figures, bins[0], isText, bootstrap).atFloor,
    retention: summarize(onTarget(figures, { measure: 'retention', bin: null }), `${id}/retention`, bootstrap),
    bins: Object.fromEntries(bins.map(({ name }) => [name, shownIn(name, figures)])),
  }
}

function shownIn(bin: string, figures: readonly RunFigures[]): PlanFigures['bins'][string] {
  return Object.fromEntries(
    SHOWN.flatMap(measure => {
      const values = seedValues(onTarget(figures, { measure, bin }))
      return values.length > 0 ? [[measure, { values }]] : []
    }),
  )
}
