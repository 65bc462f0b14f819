import type { CurveMetric } from '../../../shared/contract/index.ts'
import type { Figure, Line, Mark } from '../../../figures/figure.ts'
import type { PlanStyle } from '../../../figures/palette.ts'
import { bandOf, clockOf, measured, type Series } from './run-series.ts'

export interface LivePlan {
  readonly id: string
  readonly title: string
  readonly style: PlanStyle
  readonly runs: readonly LiveCourse[]
}
interface LiveCourse {
  readonly seed: number
  readonly stepsPerEpoch: number | null
  readonly series: ReadonlyMap<CurveMetric, Series>
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

/** What is drawn along the x axis. */
export const LIVE_AXES = ['step', 'epoch', 'time'] as const
export type LiveAxis = (typeof LIVE_AXES)[number]

const ALONG: Readonly<Record<LiveAxis, Figure['x']>> = {
  step: { title: 'step', format: 'whole', min: 0 },
  epoch: { title: 'epochs trained', min: 0 },
  time: { title: 'time in training, seconds', min: 0 },
}

/** Where a step of a run stands on an axis; NaN where that is not known. */
function placeOn(along: LiveAxis, { stepsPerEpoch, series }: LiveCourse): (step: number) => number {
  if (along === 'step') return step => step
  if (along === 'epoch') return step => (stepsPerEpoch ? step / stepsPerEpoch : Number.NaN)
  return clockOf(series)
}

/** One metric of all plans over training steps, epochs or time: a line a plan, the mean over its seeds, with the seeds faint behind it. */
export function liveFigure(
  metric: CurveMetric,
  plans: readonly LivePlan[],
  freezes: readonly FreezeMark[],
  { log = false, small = false, along = 'step' as LiveAxis } = {},
): Figure {
  const [kind, component] = metric.split('.') as [string, string | undefined]
  const axis = AXES[metric] ?? {
    title: `${kind === 'gradientNorm' ? 'Gradient' : 'Update'} norm, ${component}`,
    y: small ? '' : 'L2 norm',
  }
  const lines = plans.flatMap(plan => planLine(plan, { metric, small, along }))
  return {
    id: metric.replace('.', '-'),
    title: axis.title,
    caption: captionOf(kind, lines),
    x: small ? { ...ALONG[along], title: '' } : ALONG[along],
    y: { title: axis.y, scale: log ? 'log' : 'linear', format: axis.format },
    lines,
    marks: small ? [] : marksOf(freezes, plans, along),
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

function planLine(
  { id, title, style, runs }: LivePlan,
  { metric, small, along }: { metric: CurveMetric; small: boolean; along: LiveAxis },
): Line[] {
  const members = runs.flatMap(run => {
    const { x: steps, y } = placedOn(along, run, measured(run.series, metric))
    return y.some(Number.isFinite) ? [{ label: `seed ${run.seed}`, x: steps, y }] : []
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

/** A run's line along an axis, as far as its places are known. */
function placedOn(along: LiveAxis, run: LiveCourse, line: Series): Series {
  if (along === 'step') return line
  const place = placeOn(along, run)
  const places = line.x.map(place)
  const known = places.flatMap((x, i) => (Number.isFinite(x) ? [i] : []))
  return { x: known.map(i => places[i]!), y: known.map(i => line.y[i]!) }
}

/** What happened at the same step for the same reason in several seeds of a plan is one mark, in the middle of where they have it; what is frozen from the start is the plan itself. */
function marksOf(freezes: readonly FreezeMark[], plans: readonly LivePlan[], along: LiveAxis): Mark[] {
  const shown = new Map(plans.map(plan => [plan.id, plan]))
  const marks = new Map<string, Mark>()
  for (const { step, planId, title, action, reason } of freezes) {
    const plan = shown.get(planId)
    if (!plan || step <= 0) continue
    const places = plan.runs.map(run => placeOn(along, run)(step)).filter(Number.isFinite)
    if (places.length > 0)
      marks.set(`${planId} ${step} ${reason}`, {
        x: places.reduce((a, b) => a + b) / places.length,
        label: `${title}: ${action === 'freeze' ? 'frozen' : 'released'}, ${reason}`,
        colour: plan.style.slot,
      })
  }
  return [...marks.values()]
}
