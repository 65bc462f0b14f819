import type { Comparison, Measure, Summary, Target } from '../../../shared/comparison.ts'
import { fails, type Standing } from '../../../shared/answer.ts'
import { readFigure, type Figure } from '../../../shared/figure.ts'
import {
  decimalsOf,
  figureText,
  percentText,
  pointsText,
  withInterval,
  type Ends,
} from '../../../shared/number-format.ts'
import { measureFormat, summaryOf } from '../../../figures/compare.ts'

const isShare = (measure: Measure): boolean => measureFormat(measure) === 'share'
const times100 = (figure: Figure): Figure => (typeof figure === 'number' ? figure * 100 : figure)

/** A number as the tables of the page write it, in the digits of its interval where it has one. */
export function writeMeasure(measure: Measure, figure: Figure, interval: Ends | null = null): string {
  if (typeof figure === 'number' && isShare(measure)) return percentText(figure)
  return withInterval(figure, interval).split(' [')[0]!
}

/** [46.2, 49.8]: beside a figure in the same digits, per cent beside per cent. */
export function writeInterval(
  measure: Measure,
  { mean, meanInterval }: Pick<Summary, 'mean' | 'meanInterval'>,
): string {
  if (meanInterval === null) return ''
  const { low, high } = meanInterval
  if (isShare(measure)) return `[${figureText(times100(low), 1)}, ${figureText(times100(high), 1)}]`
  const size = Math.abs(readFigure(mean) ?? 0)
  const decimals = decimalsOf(meanInterval, Number.isFinite(size) ? size : 0)
  return `[${figureText(low, decimals)}, ${figureText(high, decimals)}]`
}

/** A difference of two of a measure's figures: of shares in percentage points. */
export const writeDifference = (measure: Measure, difference: number, interval: Ends | null): string =>
  isShare(measure) ? pointsText(difference) : withInterval(difference, interval, { signed: true }).split(' [')[0]!

/** The measures that at least one plan has, in order of usefulness. */
export function measuresOf({ plans, bins }: Comparison): Measure[] {
  const order: Measure[] = ['cross-entropy-difference', 'accuracy', 'skill', 'cross-entropy', 'perplexity']
  return order.filter(measure => bins.some(({ name }) => plans.some(plan => plan.bins[name]?.[measure] !== undefined)))
}

export interface Row {
  readonly plan: string
  readonly title: string
  readonly cells: readonly ({
    readonly text: string
    readonly interval: string
    readonly best: boolean
    readonly standing: Standing
  } | null)[]
}

/** Means over seeds by plan and bin; the best mean of each bin is marked, but never one at the floor: nobody wins a contest of failures. */
export function binTable(comparison: Comparison, measure: Measure, better: 'lower' | 'higher'): Row[] {
  const targets: Target[] = comparison.bins.map(({ name }) => ({ measure, bin: name }))
  const standingOf = (plan: string, bin: string | null): Standing =>
    comparison.answer.cells.find(cell => cell.plan === plan && cell.range === bin)?.standing ?? 'unknown'
  const best = targets.map(target => {
    const means = comparison.plans
      .filter(({ id }) => !fails(standingOf(id, target.bin)))
      .map(plan => readFigure(summaryOf(plan, target)?.mean ?? null))
      .filter(mean => mean !== null)
    const all = comparison.plans.filter(plan => summaryOf(plan, target) !== null)
    return means.length === 0 || all.length < 2
      ? undefined
      : better === 'higher'
        ? Math.max(...means)
        : Math.min(...means)
  })
  return comparison.plans.map(plan => ({
    plan: plan.id,
    title: plan.title,
    cells: targets.map((target, i) => {
      const summary = summaryOf(plan, target)
      const standing = standingOf(plan.id, target.bin)
      return (
        summary && {
          text: writeMeasure(measure, summary.mean, summary.meanInterval),
          interval: writeInterval(measure, summary),
          best: !fails(standing) && summary.mean !== null && readFigure(summary.mean) === best[i],
          standing,
        }
      )
    }),
  }))
}
