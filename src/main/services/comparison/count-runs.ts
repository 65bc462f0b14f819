import type { BinSummary } from '../../../shared/comparison.ts'
import type { Weights } from '../../../shared/records.ts'
import { figuresOf } from './figures.ts'
import type { ComparisonInput } from './input.ts'
import type { PlanRuns } from './plan-summary.ts'
import { summarizeBin } from './pool.ts'
import { selectRuns, type Selection } from './select.ts'

/** The runs that count by plan, with their figures, and the bins that they were tested on. @throws InputError as `selectRuns` */
export function countRuns(
  input: ComparisonInput,
  weights: Weights,
): { selection: Selection; bins: BinSummary[]; byPlan: PlanRuns[] } {
  const selection = selectRuns(input, weights)
  const bins = binsOf(input, selection)
  const byPlan = input.spec.plans.map((plan): PlanRuns => {
    const runs = selection.counted.filter(({ run }) => run.planId === plan.id)
    return { plan, runs, figures: runs.map(run => figuresOf(run, bins)) }
  })
  return { selection, bins, byPlan }
}

/** The bins that runs were tested on, from the shortest. */
function binsOf({ spec, limits }: ComparisonInput, { tested }: Selection): BinSummary[] {
  return spec.evaluation.bins
    .map(bin =>
      summarizeBin(
        bin,
        tested.filter(score => score.bin === bin.name),
        limits,
      ),
    )
    .filter(bin => bin.testedLengths > 0)
    .sort(byLengths)
}

/** From the shortest. */
export const byLengths = (a: Pick<BinSummary, 'lengths'>, b: Pick<BinSummary, 'lengths'>): number =>
  a.lengths[0] - b.lengths[0] || a.lengths[1] - b.lengths[1]
