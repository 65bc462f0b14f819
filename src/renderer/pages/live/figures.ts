import type { CurveMetric } from '../../../shared/contract/index.ts'
import type { Figure, Line, Mark } from '../../../figures/figure.ts'
import type { PlanStyle } from '../../../figures/palette.ts'
import { bandOf, measured, type Series } from './run-series.ts'

export interface LivePlan {
  readonly id: string
  readonly title: string
  readonly style: PlanStyle
  readonly runs: readonly { readonly seed: number; readonly series: ReadonlyMap<CurveMetric, Series> }[]
}
export interface FreezeMark {
  readonly step: number
  readonly planId: string
  readonly title: string
  readonly action: 'freeze' | 'release'
  readonly reason: string
}

const AXES: Readonly<Record<string, { title: string; y: string; format?: 'share' }>> = {
  loss: { title: 'Training loss', y: 'nats per symbol' },
  trainLoss: { title: 'Training loss by epoch', y: 'nats per symbol' },
  validationLoss: { title: 'Validation loss', y: 'nats per symbol' },
  validationAccuracy: { title: 'Validation accuracy', y: 'accuracy', format: 'share' },
  stepsPerSecond: { title: 'Steps per second', y: 'steps per second' },
}

/** One metric of all plans over training steps: a line a plan, the mean over its seeds, with the seeds faint behind it. */
export function liveFigure(
  metric: CurveMetric,
  plans: readonly LivePlan[],
  freezes: readonly FreezeMark[],
  { log = false, small = false } = {},
): Figure {
  const [kind, component] = metric.split('.') as [string, string | undefined]
  const axis = AXES[metric] ?? {
    title: `${kind === 'gradientNorm' ? 'Gradient' : 'Update'} norm, ${component}`,
    y: small ? '' : 'L2 norm',
  }
  const lines = plans.flatMap(plan => planLine(plan, metric, small))
  return {
    id: metric.replace('.', '-'),
    title: axis.title,
    caption: captionOf(kind, lines),
    x: { title: small ? '' : 'step', format: 'whole', min: 0 },
    y: { title: axis.y, scale: log ? 'log' : 'linear', format: axis.format },
    lines,
    marks: small ? [] : marksOf(freezes, plans),
  }
}

const PLACES: Readonly<Record<string, string>> = {
  loss: 'Means over steps stand in the middle of these: over an epoch, or over less where the log has several points in it.',
  stepsPerSecond: 'Over an epoch, in its middle, or over less where the log has several points in it.',
  gradientNorm: 'At the last step of an epoch, or means over less where the log has several points in it.',
  updateNorm: 'At the last step of an epoch.',
}

function captionOf(kind: string, lines: readonly Line[]): string {
  const several = lines.some(({ low }) => low !== undefined)
  const seeds = several
    ? 'Mean over the seeds that have come so far; the band reaches from the lowest to the highest of them.'
    : lines.length > 1
      ? 'One run of each plan.'
      : 'One run.'
  return PLACES[kind] === undefined ? seeds : `${seeds} ${PLACES[kind]}`
}

function planLine({ id, title, style, runs }: LivePlan, metric: CurveMetric, small: boolean): Line[] {
  const members = runs.flatMap(({ seed, series }) => {
    const { x, y } = measured(series, metric)
    return y.some(Number.isFinite) ? [{ label: `seed ${seed}`, x, y }] : []
  })
  if (members.length === 0) return []
  const { x, mean, low, high } = bandOf(members, small ? 120 : 240)
  const several = members.length > 1
  return [
    {
      id,
      label: title,
      colour: style.slot,
      dash: style.dash,
      width: small ? 1.5 : 2,
      x,
      y: mean,
      ...(several ? { low, high } : {}),
      members: several && !small ? members : [],
    },
  ]
}

/** What happened at the same step for the same reason in several seeds of a plan is one mark; what is frozen from the start is the plan itself. */
function marksOf(freezes: readonly FreezeMark[], plans: readonly LivePlan[]): Mark[] {
  const shown = new Map(plans.map(({ id, style }) => [id, style]))
  const marks = new Map<string, Mark>()
  for (const { step, planId, title, action, reason } of freezes) {
    const style = shown.get(planId)
    if (style && step > 0)
      marks.set(`${planId} ${step} ${reason}`, {
        x: step,
        label: `${title}: ${action === 'freeze' ? 'frozen' : 'released'}, ${reason}`,
        colour: style.slot,
      })
  }
  return [...marks.values()]
}
