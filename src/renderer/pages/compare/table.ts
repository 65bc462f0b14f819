import type { Comparison, Measure, Summary, Target } from '../../../shared/comparison.ts'
import { share, short } from '../../lib/numbers.ts'
import { measureFormat, summaryOf } from '../../../figures/compare.ts'

/** A number as the tables of the page write it. */
export const writeMeasure = (measure: Measure, value: number | null): string =>
  value === null ? '∞' : measureFormat(measure) === 'share' ? share(value) : short(value)

/** The measures that at least one plan has, in order of usefulness. */
export function measuresOf({ plans, bins }: Comparison): Measure[] {
  const order: readonly Measure[] = ['accuracy', 'cross-entropy-difference', 'cross-entropy', 'perplexity', 'skill']
  return order.filter(measure => plans.some(plan => bins.some(({ name }) => plan.bins[name]?.[measure])))
}

export interface Cell {
  readonly text: string
  readonly interval: string
  readonly best: boolean
}

/** Means of a measure, a row a plan and a column a bin; the best of each column is marked. */
export function binTable(
  comparison: Comparison,
  measure: Measure,
  better: 'higher' | 'lower',
): { plan: string; title: string; cells: (Cell | null)[] }[] {
  const targets: Target[] = comparison.bins.map(({ name }) => ({ measure, bin: name }))
  const best = targets.map(target => {
    const means = comparison.plans
      .map(plan => summaryOf(plan, target)?.mean)
      .filter((mean): mean is number => mean !== null && mean !== undefined)
    return means.length < 2 ? undefined : better === 'higher' ? Math.max(...means) : Math.min(...means)
  })
  return comparison.plans.map(plan => ({
    plan: plan.id,
    title: plan.title,
    cells: targets.map((target, i) => {
      const summary = summaryOf(plan, target)
      return (
        summary && {
          text: writeMeasure(measure, summary.mean),
          interval: writeInterval(measure, summary),
          best: summary.mean !== null && summary.mean === best[i],
        }
      )
    }),
  }))
}

export function writeInterval(measure: Measure, { meanInterval }: Summary): string {
  if (meanInterval === null) return ''
  const { low, high } = meanInterval
  return `${low === null ? '−∞' : writeMeasure(measure, low)} … ${high === null ? '∞' : writeMeasure(measure, high)}`
}
