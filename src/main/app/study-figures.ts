import {
  contextFigure,
  LEARNING_METRICS,
  learningFigure,
  lengthFigure,
  pairsFigure,
  seedsFigure,
  type LearningMetric,
} from '../../figures/compare.ts'
import { figureSvg } from '../../figures/draw.ts'
import type { Figure } from '../../figures/figure.ts'
import { planStyles } from '../../figures/palette.ts'
import type { Comparison } from '../../shared/comparison.ts'
import type { PlanCurve } from '../../shared/contract/index.ts'
import type { RunSummary } from '../../shared/records.ts'
import { bandOver } from '../analysis/bands.ts'
import { lengthCurves } from '../analysis/length-curves.ts'
import type { Lab } from '../compose.ts'
import type { ExportFiles } from '../services/export.ts'
import { comparedRuns } from '../services/comparisons.ts'
import { aligned, columnsOf, freezesOf } from './curves.ts'

const BUCKETS = 400
/** More single runs than these are not drawn behind the means. */
const MOST_MEMBERS = 60

/** All figures that the Compare page has of a comparison without computing anew, on each of its targets: the same records, drawn without a page. */
export async function studyFigures(
  { history, limitsOf }: Pick<Lab, 'history' | 'limitsOf'>,
  studyId: string,
  comparison: Comparison,
): Promise<Figure[]> {
  const { spec } = history.studies.get(studyId)
  const styles = planStyles(spec.plans.map(({ id }) => id))
  const input = { spec, runs: comparedRuns(history, studyId), limits: await limitsOf(spec) }
  const lengths = lengthCurves(input, comparison.weights)
  const runs = history.runs.list({ studies: [studyId] }).filter(({ step }) => step > 0)
  return [
    lengthFigure(lengths, 'accuracy', styles),
    lengthFigure(lengths, 'loss', styles),
    ...(lengths.contexts.length > 0 ? [contextFigure(lengths, styles)] : []),
    ...LEARNING_METRICS.map(metric =>
      learningFigure(metric, plansOn(history, spec.plans, runs, metric), membersOn(history, runs, metric), styles),
    ),
    ...comparison.targets.flatMap(target => [
      seedsFigure(comparison, target, styles),
      ...(comparison.reference === null
        ? []
        : [pairsFigure(comparison.contrasts, comparison.plans, comparison.reference, target, styles)]),
    ]),
  ].filter(hasSomething)
}

/** As SVG, each under the name that the app gives it. */
export const figureFiles = (figures: readonly Figure[]): ExportFiles =>
  Object.fromEntries(
    figures.map(figure => [`${figure.id.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}.svg`, figureSvg(figure)]),
  )

type History = Lab['history']

function plansOn(
  history: History,
  plans: readonly { readonly id: string; readonly title?: string | undefined }[],
  runs: readonly RunSummary[],
  metric: LearningMetric,
): PlanCurve[] {
  return plans.map(({ id, title }) => {
    const { steps, values } = aligned(
      runs.filter(({ planId }) => planId === id).map(run => columnsOf(history, run.id, { metric, buckets: BUCKETS })),
      BUCKETS,
    )
    return { planId: id, title: title ?? id, steps, ...bandOver(values) }
  })
}

const membersOn = (history: History, runs: readonly RunSummary[], metric: LearningMetric) =>
  runs.length > MOST_MEMBERS
    ? []
    : runs.map(({ id, planId, seed }) => ({
        runId: id,
        planId,
        seed,
        ...columnsOf(history, id, { metric, buckets: BUCKETS }),
        freezes: freezesOf(history, id),
      }))

const isSome = (values: ArrayLike<number>): boolean => Array.from(values).some(Number.isFinite)
const hasSomething = ({ lines, boxes = [] }: Figure): boolean =>
  boxes.some(({ mean }) => Number.isFinite(mean)) || lines.some(({ y, colour }) => colour !== 'limit' && isSome(y))
