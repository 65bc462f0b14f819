import { chance } from '../../engine/chance.ts'
import type { BinSummary, Comparison, Contrast, PlanSummary, Target } from '../../shared/comparison.ts'
import { MEASURES } from '../../shared/comparison.ts'
import { InputError } from '../../shared/errors.ts'
import type { FreezePlan } from '../../shared/study.ts'
import { contextsOf } from './comparison/contexts.ts'
import { contrast, correct, LEVEL, seedsNeeded } from './comparison/contrast.ts'
import { countRuns } from './comparison/count-runs.ts'
import { onTarget, retentionLimits } from './comparison/figures.ts'
import type { ComparisonInput, ComparisonOptions } from './comparison/input.ts'
import { headline, notes } from './comparison/notes.ts'
import { summarizePlan, type PlanRuns } from './comparison/plan-summary.ts'
import { CONFIDENCE, type Bootstrap } from './comparison/summary.ts'
import { judge } from './comparison/verdict.ts'
import { drawnOtherwise } from './drawn-otherwise.ts'

export type { ComparedRun, ComparisonInput, ComparisonOptions, LengthLimit } from './comparison/input.ts'

/**
 * Compares the plans of a study: figures over seeds, and every plan against full training, paired by seed. Pure: the same input gives the
 * same record, to the last digit.
 * @throws InputError for runs of unknown plans, several runs of one plan and seed, and a reference or target that the study does not have
 */
export function compare(input: ComparisonInput, options: ComparisonOptions = {}): Comparison {
  const { spec } = input
  const { weights = 'best', resamples = 5_000, random = name => chance(0).fork(name) } = options
  const bootstrap: Bootstrap = { resamples, random }
  const { selection, bins, byPlan } = countRuns(input, weights)
  const reference = referenceOf(spec.plans, options.reference)
  const referenceRuns = byPlan.find(({ plan }) => plan.id === reference)
  const plans = byPlan.map(runs =>
    summarizePlan(
      runs,
      referenceRuns?.runs ?? [],
      bins,
      { lengths: spec.data.train.lengths, isText: isTextTest(spec.evaluation) },
      bootstrap,
    ),
  )
  const isText = isTextTest(spec.evaluation)
  const targets = targetsOf(bins, isText, options.targets)
  const retention = retentionLimits(bins)
  const contrasts = referenceRuns ? contrastAll(byPlan, referenceRuns, targets, plans, retention, bootstrap) : []
  return {
    study: spec.name,
    weights,
    confidence: CONFIDENCE,
    level: LEVEL,
    bins,
    retention,
    reference,
    targets,
    plans,
    contrasts,
    family: contrasts.filter(({ test }) => test !== null).length,
    contexts: contextsOf(spec.evaluation, spec.plans, selection.counted, weights, bootstrap),
    leftOut: selection.leftOut,
    headline: headline(contrasts, targets, plans, reference),
    notes: [
      ...(isText ? TEXT_NOTES : []),
      ...taskNotes(spec),
      ...notes({ plans, bins, retention, leftOut: selection.leftOut }),
    ],
  }
}

function referenceOf(plans: readonly FreezePlan[], asked: string | undefined): string | null {
  if (asked === undefined) return plans.find(plan => plan.freeze.length === 0)?.id ?? null
  if (plans.some(plan => plan.id === asked)) return asked
  throw new InputError('reference', asked, plans.map(plan => plan.id).join(', '))
}

const taskNotes = ({ task }: ComparisonInput['spec']): string[] => {
  const note = task && drawnOtherwise(task)
  return note ? [note] : []
}

/** What every reader of a comparison over a text has to know. */
const TEXT_NOTES = [
  'Test lengths are positions in the streams that the test part is cut into, the state carried on: they tell how the model does the longer it reads, not how it does on longer strings.',
  'The trivial predictor is the unigram model, which always gives the most frequent word. No ceiling is known for a text: nobody knows its exact distribution.',
]

const isTextTest = ({ bins }: ComparisonInput['spec']['evaluation']): boolean => bins.some(({ by }) => by !== undefined)

function targetsOf(bins: readonly BinSummary[], isText: boolean, asked: readonly Target[] | undefined): Target[] {
  if (asked) return asked.map((target, i) => checkTarget(target, `targets[${i}]`, bins))
  // A text is judged by its perplexity as a whole.
  const last = isText
    ? (bins.find(bin => bins.every(({ lengths: [low, high] }) => bin.lengths[0] <= low && high <= bin.lengths[1])) ??
      bins.at(-1))
    : bins.at(-1)
  if (!last) return []
  return [
    { measure: last.boundPerplexity === null ? 'cross-entropy' : 'cross-entropy-difference', bin: last.name },
    ...(bins.length > 1 ? [{ measure: 'retention' as const, bin: null }] : []),
  ]
}

function checkTarget({ measure, bin }: Target, field: string, bins: readonly BinSummary[]): Target {
  if (!(measure in MEASURES)) throw new InputError(`${field}.measure`, measure, Object.keys(MEASURES).join(', '))
  if (measure === 'retention') {
    if (bin !== null) throw new InputError(`${field}.bin`, bin, 'null: retention spans the first and the last bin')
  } else if (!bins.some(({ name }) => name === bin))
    throw new InputError(`${field}.bin`, bin, bins.map(({ name }) => name).join(', ') || 'none: nothing was evaluated')
  return { measure, bin }
}

function contrastAll(
  byPlan: readonly PlanRuns[],
  reference: PlanRuns,
  targets: readonly Target[],
  plans: readonly PlanSummary[],
  retention: Comparison['retention'],
  bootstrap: Bootstrap,
): Contrast[] {
  const others = byPlan.filter(({ plan, runs }) => plan !== reference.plan && runs.length > 0)
  const side = ({ plan, figures }: PlanRuns, target: Target) => ({ plan: plan.id, values: onTarget(figures, target) })
  const open = correct(
    targets.flatMap(target =>
      others.map(other => contrast(side(other, target), side(reference, target), target, bootstrap)),
    ),
  )
  const family = open.filter(({ test }) => test !== null).length
  const summaryOf = (id: string): PlanSummary => plans.find(plan => plan.id === id)!
  return open.map(one => {
    const withSeeds = { ...one, seedsNeeded: seedsNeeded(one.differences, family) }
    const verdict = judge({
      contrast: withSeeds,
      plan: summaryOf(one.plan),
      reference: summaryOf(reference.plan.id),
      family,
      retention,
    })
    const { differences: _, ...rest } = withSeeds
    return { ...rest, verdict }
  })
}
