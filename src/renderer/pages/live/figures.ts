import type { CurveMetric } from '../../../shared/contract/index.ts'
import type { Figure, Line, Mark } from '../../../figures/figure.ts'
import type { PlanStyle } from '../../../figures/palette.ts'
import { bandOf, type Series } from './run-series.ts'

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
  return {
    id: metric.replace('.', '-'),
    title: axis.title,
    caption: 'Mean over seeds; the band reaches from the lowest to the highest seed.',
    x: { title: small ? '' : 'step', format: 'whole', min: 0 },
    y: { title: axis.y, scale: log ? 'log' : 'linear', format: axis.format },
    lines: plans.flatMap(plan => planLine(plan, metric, small)),
    marks: small ? [] : marksOf(freezes, plans),
  }
}

function planLine({ id, title, style, runs }: LivePlan, metric: CurveMetric, small: boolean): Line[] {
  const members = runs.flatMap(({ seed, series }) => {
    const found = series.get(metric)
    return found && found.x.length > 0 ? [{ label: `seed ${seed}`, x: found.x, y: found.y }] : []
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
