import type { FigureId, PublishedPlan } from '../../../shared/published/das-mali-2024.ts'
import type { Cell, ClaimOutcome, Reproduction } from '../../../shared/reproduction.ts'
import type { Icon } from '../../components/icons.ts'
import { share, short, UNKNOWN } from '../../lib/numbers.ts'

/** What the card of the published study shows, apart from how. */

export const OUTCOMES: Readonly<
  Record<ClaimOutcome, { readonly title: string; readonly icon: Icon; readonly tone: string }>
> = {
  supports: { title: 'Supported', icon: 'check', tone: 'good' },
  contradicts: { title: 'Contradicted', icon: 'close', tone: 'bad' },
  'other-lengths': { title: 'Other lengths', icon: 'info', tone: 'warn' },
  'too-few-seeds': { title: 'Too few seeds', icon: 'info', tone: 'warn' },
  open: { title: 'Open', icon: 'info', tone: 'warn' },
  missing: { title: 'Not measured', icon: 'minus', tone: '' },
}

export const PLAN_TITLES: Readonly<Record<PublishedPlan, string>> = {
  full: 'Full training',
  'frozen-memory': 'Memory frozen',
  'frozen-controller': 'Controller frozen',
  'classifier-only': 'Classifier only',
}

/** "40–100" */
export const lengthsText = ([low, high]: readonly [number, number]): string => `${low}–${high}`

/** What the grid can show of the formal tasks. */
export function figureTitles({ protocol: { bins } }: Reproduction): readonly { id: FigureId; title: string }[] {
  const ofBins = (measure: 'accuracy' | 'perplexity') =>
    bins.map((bin, i) => ({
      id: `${measure}-${i}` as FigureId,
      title: `${measure === 'accuracy' ? 'Accuracy' : 'Perplexity'} on ${lengthsText(bin)}`,
    }))
  return [
    ...ofBins('accuracy'),
    { id: 'retention', title: 'Retention' },
    { id: 'validation-perplexity', title: 'Validation perplexity' },
    ...ofBins('perplexity'),
  ]
}

export function figureText(id: FigureId, value: number | null | undefined): string {
  if (value === undefined) return UNKNOWN
  if (value === null) return '∞'
  return id.startsWith('accuracy')
    ? share(value, 0)
    : id === 'retention'
      ? value.toFixed(2)
      : id === 'test-perplexity'
        ? value.toFixed(1)
        : value < 1000
          ? value.toFixed(2)
          : short(value)
}

/** Published above, ours below: as text, with all that is known of it as a hint. */
export function cellText(
  cell: Cell | undefined,
  figure: FigureId,
): { readonly theirs: string; readonly ours: string; readonly seeds: number; readonly hint: string } {
  const theirs = figureText(figure, cell?.published?.[figure])
  const measured = cell?.measured
  const own = measured?.figures[figure]
  if (!measured || !own)
    return { theirs, ours: '', seeds: 0, hint: cell?.published ? 'Not measured yet' : 'Neither published nor measured' }
  const text = (value: number | null): string => figureText(figure, value)
  const spread =
    measured.seeds.length > 1
      ? `; median ${text(own.median)}, from ${text(own.min)} to ${text(own.max)} over ${measured.seeds.length} seeds`
      : ''
  return {
    theirs,
    ours: text(own.chosen),
    seeds: measured.seeds.length,
    hint: `${text(own.chosen)} in the run with the best validation loss${spread}${measured.atFloor ? '. Not clearly above the trivial predictor' : ''}`,
  }
}
