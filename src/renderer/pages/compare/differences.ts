import type { AnswerRange } from '../../../shared/answer.ts'
import { MEASURES, type Comparison, type Contrast, type Measure, type Target } from '../../../shared/comparison.ts'
import { readFigure, type Figure } from '../../../shared/figure.ts'
import { figureText, MINUS, rangeName, withInterval, type Ends } from '../../../shared/number-format.ts'
import type { Icon } from '../../components/icons.ts'

/** Differences from the reference, range by range, as the page lists them. */

export const OUTCOMES: Readonly<
  Record<Contrast['verdict']['outcome'], { readonly title: string; readonly icon: Icon; readonly tone: string }>
> = {
  better: { title: 'Better', icon: 'check', tone: 'good' },
  worse: { title: 'Worse', icon: 'close', tone: 'bad' },
  same: { title: 'The same', icon: 'minus', tone: '' },
  open: { title: 'Open', icon: 'info', tone: 'warn' },
  void: { title: 'Says nothing', icon: 'minus', tone: '' },
  'not-reached': { title: 'Not reached', icon: 'pause', tone: '' },
}

export interface DifferenceGroup {
  readonly key: string
  readonly target: Target
  /** "10–40"; "Retention". */
  readonly title: string
  readonly note: string
  readonly contrasts: readonly Contrast[]
  /** What the strips span, from −bound to bound. */
  readonly bound: number
}

/** By range from short to long, then what spans ranges. Every group has a scale of its own, which its plans share. */
export function differenceGroups({ contrasts, answer, retention }: Comparison): DifferenceGroup[] {
  const groups = new Map<string, Contrast[]>()
  for (const contrast of contrasts) {
    const key = `${contrast.target.measure} ${contrast.target.bin ?? ''}`
    groups.set(key, [...(groups.get(key) ?? []), contrast])
  }
  return [...groups].map(([key, own]) => {
    const { target } = own[0]!
    const range = answer.ranges.find(({ name }) => name === target.bin)
    return {
      key,
      target,
      title: target.bin === null ? capital(MEASURES[target.measure].title) : rangeName(target.bin),
      note:
        target.bin === null
          ? retention === null
            ? ''
            : `accuracy on ${rangeName(retention.to)} over that on ${rangeName(retention.from)}`
          : noteOf(range),
      contrasts: own,
      bound: boundOf(own),
    }
  })
}

const noteOf = (range: AnswerRange | undefined): string =>
  range === undefined ? '' : [range.relation, range.note].filter(text => text !== '').join(' · ')

const capital = (text: string): string => text.replace(/^./, letter => letter.toUpperCase())

/** What a difference is made of: the median where a run diverged, whose mean is infinite. */
export const centreOf = ({ intervalOf, mean, median }: Pick<Contrast, 'intervalOf' | 'mean' | 'median'>): Figure =>
  intervalOf === 'median' ? median : mean

/** Round numbers that a scale may end at. */
const STEPS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10]

/** The smallest round number that no finite end of these lies beyond. */
function boundOf(contrasts: readonly Contrast[]): number {
  const sizes = contrasts
    .flatMap(contrast => [centreOf(contrast), contrast.interval?.low ?? null, contrast.interval?.high ?? null])
    .map(readFigure)
    .map(value => (value === null || !Number.isFinite(value) ? 0 : Math.abs(value)))
  const largest = Math.max(0, ...sizes)
  if (largest === 0) return 1
  const power = 10 ** Math.floor(Math.log10(largest))
  return Number((power * (STEPS.find(step => step * power >= largest * 1.02) ?? 15)).toPrecision(3))
}

/** Where a figure lies on a strip, in per cent of its width; what is infinite lies at the end. */
export function placeOn(figure: Figure, bound: number, otherwise: number): number {
  const value = readFigure(figure)
  if (value === null) return otherwise
  return Math.max(0, Math.min(100, 50 + (50 * value) / bound))
}

const isShare = (measure: Measure): boolean => measure === 'accuracy'
const times100 = (figure: Figure): Figure => (typeof figure === 'number' ? figure * 100 : figure)

/** The difference with its interval, in the interval's digits: shares in percentage points, perplexities in their logarithm. */
export function differenceText(contrast: Pick<Contrast, 'target' | 'intervalOf' | 'mean' | 'median' | 'interval'>): {
  readonly value: string
  readonly interval: string
} {
  const [value = '', ...ends] = spread(contrast.target.measure, centreOf(contrast), contrast.interval).split(' [')
  return { value, interval: ends.map(end => `[${end}`).join('') }
}

function spread(measure: Measure, centre: Figure, interval: Ends | null): string {
  if (!isShare(measure)) return withInterval(centre, interval, { signed: true })
  return withInterval(
    times100(centre),
    interval && { low: times100(interval.low), high: times100(interval.high) },
    interval === null ? { signed: true, decimals: 1 } : { signed: true },
  )
}

/** Unit of a measure's differences. */
export function differenceUnit(measure: Measure): string {
  if (isShare(measure)) return 'percentage points'
  return measure === 'perplexity' ? 'ln perplexity' : MEASURES[measure].unit
}

/** An end of a strip's scale: "+0.6", "−60". */
export function scaleEnd(measure: Measure, end: number): string {
  const size = Math.abs(isShare(measure) ? end * 100 : end)
  const text = size >= 1e5 || size < 1e-4 ? figureText(size) : String(Number(size.toPrecision(3)))
  return `${end < 0 ? MINUS : '+'}${text}`
}

/** Verdict texts name plan and target first, which the line does already. */
export function wordsOf(text: string, title: string): string {
  const [, told] = text.startsWith(`${title}, `) ? (/^[^:]*: (.*)$/s.exec(text) ?? []) : []
  return capital(told ?? text)
}

/** Whether the strip has a side of winners: not where nobody can win. */
export const hasSides = ({ verdict }: Pick<Contrast, 'verdict'>): boolean => verdict.outcome !== 'void'

/** More seeds than this are no plan for an afternoon, and not offered as a button. */
const MOST_SEEDS = 64

/** The seeds that would settle an open difference, where that is worth offering, and how many runs they are more. */
export function offerOf(contrast: Contrast, plans: number): { total: number; runs: number } | null {
  const needed = contrast.seedsNeeded
  if (contrast.verdict.outcome !== 'open' || needed === null || needed.further === 0 || needed.total > MOST_SEEDS)
    return null
  return { total: needed.total, runs: needed.further * plans }
}
