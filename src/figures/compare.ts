import type { Comparison, Contrast, PlanSummary, Summary, Target } from '../shared/comparison.ts'
import { MEASURES, type Measure } from '../shared/measures.ts'
import type { CurveMetric, LengthCurves, PlanCurve, RunCurve } from '../shared/contract/index.ts'
import { rangeName } from '../shared/number-format.ts'
import type { NumberFormat } from '../shared/numbers.ts'
import { targetLimits } from '../shared/target-limits.ts'
import type { Box, Figure, Line } from './figure.ts'
import type { PlanStyle } from './palette.ts'

type Styles = ReadonlyMap<string, PlanStyle>

const style = (styles: Styles, plan: string): PlanStyle => styles.get(plan) ?? { slot: 7, dash: [], marker: 'circle' }

/** "accuracy, 81–160", "retention". */
export const targetTitle = ({ measure, bin }: Target): string =>
  bin === null ? MEASURES[measure].title : `${MEASURES[measure].title}, ${rangeName(bin)}`
export const measureFormat = (measure: Measure): NumberFormat => (measure === 'accuracy' ? 'share' : 'plain')
/** The figure's title names the measure. */
const axisTitle = (measure: Measure): string => MEASURES[measure].unit || MEASURES[measure].title

/** The figures of a plan on a target; null where the task or the plan has none. */
export function summaryOf(plan: PlanSummary, { measure, bin }: Target): Summary | null {
  return bin === null ? plan.retention : (plan.bins[bin]?.[measure] ?? null)
}

/** `loss`: nats per symbol of strings, perplexity of a text. */
export type LengthMetric = 'accuracy' | 'loss'

type Curve = LengthCurves['plans'][number]
const band = (curve: Curve, of: 'accuracy' | 'crossEntropy' | 'perplexity'): Pick<Line, 'y' | 'low' | 'high'> => ({
  y: curve[of],
  low: curve[`${of}Low`],
  high: curve[`${of}High`],
})
const curveLine = (curve: Curve, of: Parameters<typeof band>[1], styles: Styles): Line => ({
  id: curve.planId,
  label: curve.title,
  colour: style(styles, curve.planId).slot,
  dash: style(styles, curve.planId).dash,
  x: curve.lengths,
  ...band(curve, of),
})
const INTERVAL = 'Mean over seeds with its 95 % bootstrap interval.'

/** A limit that is known somewhere. */
const limitLine = (
  { limits }: LengthCurves,
  id: string,
  label: string,
  y: Float64Array,
  dash: readonly number[],
): Line[] => (y.some(Number.isFinite) ? [{ id, label, colour: 'limit', x: limits.lengths, y, dash, width: 1.5 }] : [])

/** The length-retention view: how a metric changes with the length of the test strings, between what the trivial and the optimal predictor do; of a text, with the position in it. */
export function lengthFigure(curves: LengthCurves, metric: LengthMetric, styles: Styles, { log = false } = {}): Figure {
  const {
    plans,
    limits,
    trainLengths: [from, to],
    bins,
    isText,
  } = curves
  const accuracy = metric === 'accuracy'
  const measured = accuracy ? 'accuracy' : isText ? 'perplexity' : 'crossEntropy'
  const what = { accuracy: 'Accuracy', perplexity: 'Perplexity', crossEntropy: 'Loss' }[measured]
  return {
    id: `${isText ? 'position' : 'length'}-${{ accuracy: 'accuracy', perplexity: 'perplexity', crossEntropy: 'cross-entropy' }[measured]}`,
    title: `${what} by ${isText ? 'position' : 'test length'}`,
    caption: isText
      ? `${INTERVAL} Groups of words by how far they stand from where the test part's streams begin; each at its last.`
      : `${INTERVAL} Test lengths ${bins.map(({ name }) => name).join(', ')}.`,
    x: isText
      ? { title: 'position in the stream, words', format: 'whole', scale: 'log' }
      : { title: 'length of the test string', format: 'whole' },
    y: accuracy
      ? { title: 'accuracy', format: 'share' }
      : { title: isText ? 'perplexity' : 'nats per symbol', scale: log ? 'log' : 'linear' },
    shades: [{ from, to, label: isText ? 'a training step' : 'trained on' }],
    lines: [
      ...plans.map(plan => curveLine(plan, measured, styles)),
      ...(accuracy
        ? [
            ...limitLine(curves, 'ceiling', 'optimal', limits.ceilingAccuracy, [10, 4]),
            ...limitLine(curves, 'floor', 'trivial', limits.floorAccuracy, [2, 3]),
          ]
        : isText
          ? limitLine(curves, 'floor', 'unigram model', limits.floorPerplexity, [2, 3])
          : limitLine(curves, 'bound', 'lower bound', limits.boundNats, [10, 4])),
    ],
  }
}

/** How much of what went before a model makes use of: the same words of a text, from more and more of their predecessors. */
export function contextFigure({ contexts, contextFloor }: LengthCurves, styles: Styles): Figure {
  const ends = extentOf(contexts.map(({ lengths }) => lengths))
  return {
    id: 'context-perplexity',
    title: 'Perplexity by context',
    caption: `The same words of the test part, each time from their last words alone. ${INTERVAL}`,
    x: { title: 'words to predict from', format: 'whole', scale: 'log' },
    y: { title: 'perplexity' },
    lines: [
      ...contexts.map(plan => ({
        ...curveLine(plan, 'perplexity', styles),
        marker: style(styles, plan.planId).marker,
      })),
      ...(contextFloor !== null && ends
        ? [
            {
              id: 'floor',
              label: 'unigram model',
              colour: 'limit',
              x: ends,
              y: [contextFloor, contextFloor],
              dash: [2, 3],
              width: 1.5,
            } satisfies Line,
          ]
        : []),
    ],
  }
}

function extentOf(all: readonly Float64Array[]): [number, number] | null {
  const [low, high] = [
    Math.min(...all.map(values => values[0] ?? Infinity)),
    Math.max(...all.map(values => values.at(-1) ?? -Infinity)),
  ]
  return low <= high ? [low, high] : null
}

export const LEARNING_METRICS = [
  'validationLoss',
  'validationDifference',
  'validationAccuracy',
  'trainLoss',
] as const satisfies readonly CurveMetric[]
export type LearningMetric = (typeof LEARNING_METRICS)[number]

export const LEARNING_TITLES: Readonly<Record<LearningMetric, string>> = {
  validationLoss: 'Validation loss',
  validationDifference: 'Validation loss above the bound',
  validationAccuracy: 'Validation accuracy',
  trainLoss: 'Training loss',
}

/** Learning curves: the mean of a plan's seeds with its interval, the seeds faint behind it. */
export function learningFigure(
  metric: LearningMetric,
  curves: readonly PlanCurve[],
  members: readonly (RunCurve & { readonly planId: string; readonly seed: number })[],
  styles: Styles,
  { log = false } = {},
): Figure {
  const share = metric === 'validationAccuracy'
  const several = curves.some(({ seeds }) => seeds.some(count => count > 1))
  return {
    id: `learning-${metric}`,
    title: LEARNING_TITLES[metric],
    caption: `${several ? `${INTERVAL.slice(0, -1)}; single seeds faint.` : 'One run of each plan.'}${metric === 'trainLoss' ? ' The mean of each epoch, in its middle.' : ''}`,
    x: { title: 'step', format: 'whole', min: 0 },
    y: {
      title: share ? 'accuracy' : 'nats per symbol',
      format: share ? 'share' : 'plain',
      scale: log && !share ? 'log' : 'linear',
    },
    lines: curves.map(curve => {
      const own = members.filter(({ planId }) => planId === curve.planId)
      // The mean over an epoch stands in its middle.
      const back = metric === 'trainLoss' ? (own[0]?.from[0] ?? curve.steps[0] ?? 0) / 2 : 0
      return {
        id: curve.planId,
        label: curve.title,
        colour: style(styles, curve.planId).slot,
        dash: style(styles, curve.planId).dash,
        x: curve.steps.map(step => step - back),
        y: curve.mean,
        low: curve.low,
        high: curve.high,
        members: own.map(({ seed, from, to, mean }) => ({
          label: `seed ${seed}`,
          x: to.map((last, i) => (from[i]! + last) / 2 - back),
          y: mean,
        })),
      }
    }),
    marks: marksOf(members, styles),
  }
}

function marksOf(members: readonly (RunCurve & { readonly planId: string })[], styles: Styles): Figure['marks'] {
  const marks = new Map(
    members.flatMap(({ planId, freezes }) =>
      freezes
        .filter(({ step }) => step > 0)
        .map(
          ({ step, action, reason }) =>
            [
              `${planId} ${step} ${reason}`,
              {
                x: step,
                label: `${action === 'freeze' ? 'frozen' : 'released'}: ${reason}`,
                colour: style(styles, planId).slot,
              },
            ] as const,
        ),
    ),
  )
  return [...marks.values()]
}

/** Every seed of every plan on one target, a box over each plan. */
export function seedsFigure(comparison: Comparison, target: Target, styles: Styles): Figure {
  const shown = comparison.plans.flatMap(plan => {
    const summary = summaryOf(plan, target)
    return summary ? [{ plan, summary }] : []
  })
  const { floor, ceiling } = targetLimits(comparison, target)
  const across = (id: string, label: string, y: number | null, dash: readonly number[]): Line[] =>
    y === null ? [] : [{ id, label, colour: 'limit', x: [-0.5, shown.length - 0.5], y: [y, y], dash, width: 1.5 }]
  return {
    id: `seeds-${target.measure}${target.bin === null ? '' : `-${target.bin}`}`,
    title: `Seeds: ${targetTitle(target)}`,
    caption:
      'Points: seeds; diamond and bar: mean with its 95 % bootstrap interval; box: quartiles, from four seeds on.',
    x: { title: '', ticks: shown.map(({ plan }, i) => ({ at: i, label: plan.title })) },
    y: { title: axisTitle(target.measure), format: measureFormat(target.measure) },
    lines: [
      ...across('ceiling', isLoss(target) ? 'lower bound' : 'optimal', ceiling, [10, 4]),
      ...across('floor', isLoss(target) ? 'unigram model' : 'trivial', floor, [2, 3]),
    ],
    boxes: shown.map(({ plan, summary }, i): Box => ({
      id: plan.id,
      label: plan.title,
      colour: style(styles, plan.id).slot,
      x: i,
      values: summary.values.flatMap(({ seed, value }) =>
        typeof value === 'number' ? [{ label: `seed ${seed}`, value }] : [],
      ),
      mean: typeof summary.mean === 'number' ? summary.mean : Number.NaN,
      ...intervalOf(summary),
    })),
  }
}

const isLoss = ({ measure }: Target): boolean => MEASURES[measure].better === 'lower'

function intervalOf({ meanInterval }: Summary): { interval?: readonly [number, number] } {
  return typeof meanInterval?.low === 'number' && typeof meanInterval.high === 'number'
    ? { interval: [meanInterval.low, meanInterval.high] }
    : {}
}

/** Whether a pair's difference is for the plan. */
export const isBetter = ({ measure }: Target, difference: number): boolean =>
  MEASURES[measure].better === 'higher' ? difference > 0 : difference < 0

/** Pairs of the same seed, reference on the left, plan on the right: coloured where the plan is better, grey where it is not. */
export function pairsFigure(
  contrasts: readonly Contrast[],
  plans: readonly PlanSummary[],
  reference: string,
  target: Target,
  styles: Styles,
): Figure {
  const own = contrasts.filter(
    contrast =>
      contrast.target.measure === target.measure && contrast.target.bin === target.bin && contrast.pairs.length > 0,
  )
  const title = (id: string): string => plans.find(plan => plan.id === id)?.title ?? id
  const ends = own.flatMap(({ plan }, i) => [
    { at: 3 * i, label: title(reference) },
    { at: 3 * i + 1, label: title(plan) },
  ])
  return {
    id: `pairs-${target.measure}${target.bin === null ? '' : `-${target.bin}`}`,
    title: `Paired seeds: ${targetTitle(target)}`,
    caption: `From ${title(reference)} (left) to each plan (right), seed by seed: in colour where the plan is better, grey and dashed where it is not.`,
    x: {
      title: '',
      ticks: own.length > 2 ? own.map(({ plan }, i) => ({ at: 3 * i + 0.5, label: title(plan) })) : ends,
      names: ends,
      min: -0.6,
      max: 3 * own.length - 1.4,
    },
    y: { title: axisTitle(target.measure), format: measureFormat(target.measure) },
    lines: own.flatMap(({ plan, pairs }, i) =>
      pairs.flatMap(({ seed, plan: after, reference: before, difference }): Line[] => {
        if (typeof after !== 'number' || typeof before !== 'number') return []
        const better = typeof difference === 'number' && isBetter(target, difference)
        return [
          {
            id: `${plan} ${seed}`,
            label: `${title(plan)}, seed ${seed}`,
            colour: better ? style(styles, plan).slot : 'quiet',
            dash: better ? [] : [3, 3],
            x: [3 * i, 3 * i + 1],
            y: [before, after],
            marker: 'circle',
            width: 1.5,
            legend: null,
          },
        ]
      }),
    ),
  }
}
