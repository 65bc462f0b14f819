import { chance } from '../../engine/chance.ts'
import { fails } from '../../shared/answer.ts'
import type { BinSummary, Comparison, Contrast, PlanSummary, Target } from '../../shared/comparison.ts'
import { MEASURES } from '../../shared/comparison.ts'
import { InputError } from '../../shared/errors.ts'
import { rangeName } from '../../shared/number-format.ts'
import type { FreezePlan } from '../../shared/study.ts'
import { contextsOf } from './comparison/contexts.ts'
import { answerOf } from './comparison/answer.ts'
import { contrast, correct, LEVEL, seedsNeeded, type OpenContrast } from './comparison/contrast.ts'
import { byLengths, countRuns } from './comparison/count-runs.ts'
import { ranked, retentionLimits } from './comparison/figures.ts'
import type { ComparisonInput, ComparisonOptions } from './comparison/input.ts'
import { arithmeticNotes, notes } from './comparison/notes.ts'
import { summarizePlan, type PlanRuns } from './comparison/plan-summary.ts'
import { CONFIDENCE, type Bootstrap } from './comparison/summary.ts'
import { standOf, type Stand } from './comparison/standing.ts'
import { judge } from './comparison/verdict.ts'
import { drawnOtherwise } from './drawn-otherwise.ts'

export type { ComparedRun, ComparisonInput, ComparisonOptions, LengthLimit } from './comparison/input.ts'

/**
 * Compares the plans of a study: figures over seeds, and every plan against full training, paired by seed. Pure: the same input gives the
 * same record, to the last digit.
 * @throws InputError for runs of unknown plans, several runs of one plan and seed, and a reference or target that the study does not have
 */
export function compare(input: ComparisonInput, options: ComparisonOptions = {}): Comparison {
  const { spec, twins = {} } = input
  const { weights = 'best', resamples = 5_000, random = name => chance(0).fork(name) } = options
  const bootstrap: Bootstrap = { resamples, random }
  const { selection, bins, byPlan } = countRuns(input, weights)
  const reference = referenceOf(spec.plans, options.reference)
  const referenceRuns = byPlan.find(({ plan }) => plan.id === reference)
  const isText = isTextTest(spec.evaluation)
  const training = { lengths: spec.data.train.lengths, isText }
  const plans = byPlan.map(runs =>
    summarizePlan(
      runs,
      { reference: referenceRuns?.runs ?? [], bins, training, sameAs: twins[runs.plan.id] ?? null },
      bootstrap,
    ),
  )
  const targets = targetsOf(bins, isText, options.targets)
  const retention = retentionLimits(bins)
  const standing = standings(byPlan, bins.length > 0 ? bins : spec.evaluation.bins.map(untested), isText, bootstrap)
  const { contrasts, family } = referenceRuns
    ? contrastAll({ byPlan, reference: referenceRuns, targets, bins, plans, retention, twins, standing, bootstrap })
    : { contrasts: [], family: 0 }
  const answer = answerOf({
    plans,
    reference,
    bins: bins.length > 0 ? bins : spec.evaluation.bins.toSorted(byLengths),
    training,
    standing,
    contrasts,
  })
  return {
    study: spec.name,
    weights,
    confidence: CONFIDENCE,
    level: LEVEL,
    answer,
    bins,
    retention,
    reference,
    targets,
    plans,
    contrasts,
    family,
    contexts: contextsOf(spec.evaluation, spec.plans, selection.counted, weights, bootstrap),
    leftOut: selection.leftOut,
    headline: answer.headline,
    notes: [
      ...(isText ? TEXT_NOTES : []),
      ...taskNotes(spec),
      ...twinNotes(plans),
      ...notes({ plans, bins, retention, leftOut: selection.leftOut }),
      ...arithmeticNotes(selection.counted.map(({ run }) => run)),
    ],
  }
}

type Standings = (plan: string, bin: string) => Stand

/** Where each plan stands on each bin, worked out once. */
function standings(
  byPlan: readonly PlanRuns[],
  bins: readonly BinSummary[],
  isText: boolean,
  bootstrap: Bootstrap,
): Standings {
  const found = new Map(
    byPlan.flatMap(({ plan, figures }) =>
      bins.map(bin => [JSON.stringify([plan.id, bin.name]), standOf(figures, bin, isText, bootstrap)] as const),
    ),
  )
  return (plan, bin) => found.get(JSON.stringify([plan, bin]))!
}

/** A bin on which no run was scored, since all diverged. */
const untested = ({ name, lengths }: ComparisonInput['spec']['evaluation']['bins'][number]): BinSummary => ({
  name,
  lengths: [lengths[0], lengths[1]],
  testedLengths: 0,
  strings: 0,
  symbols: 0,
  floorAccuracy: null,
  ceilingAccuracy: null,
  floorPerplexity: null,
  boundPerplexity: null,
})

const twinNotes = (plans: readonly PlanSummary[]): string[] =>
  plans.flatMap(({ title, sameAs, seeds }) =>
    sameAs === null || seeds.length === 0
      ? []
      : [
          `${title} is the same training as ${plans.find(({ id }) => id === sameAs)?.title ?? sameAs}: its runs stand for both, and no test counts twice.`,
        ],
  )

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
  // A text is judged by its perplexity as a whole, strings range by range, from the shortest.
  const whole = bins.find(bin =>
    bins.every(({ lengths: [low, high] }) => bin.lengths[0] <= low && high <= bin.lengths[1]),
  )
  const judged = isText ? [whole ?? bins.at(-1)].flatMap(bin => bin ?? []) : bins
  return [
    ...judged.map(({ name, boundPerplexity }): Target => ({
      measure: boundPerplexity === null ? 'cross-entropy' : 'cross-entropy-difference',
      bin: name,
    })),
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

interface Contrasted {
  readonly byPlan: readonly PlanRuns[]
  readonly reference: PlanRuns
  readonly targets: readonly Target[]
  readonly bins: readonly BinSummary[]
  readonly plans: readonly PlanSummary[]
  readonly retention: Comparison['retention']
  readonly twins: Readonly<Record<string, string>>
  readonly standing: Standings
  readonly bootstrap: Bootstrap
}

function contrastAll(all: Contrasted): { contrasts: Contrast[]; family: number } {
  const { byPlan, reference, targets, plans, retention, twins, standing, bootstrap } = all
  const others = byPlan.filter(({ plan, runs }) => plan !== reference.plan && runs.length > 0)
  const side = ({ plan, figures }: PlanRuns, target: Target) => ({ plan: plan.id, values: ranked(figures, target) })
  const { contrasts, family } = correct(
    targets.flatMap(target =>
      others.map(other => contrast(side(other, target), side(reference, target), target, bootstrap)),
    ),
    reference.plan.id,
    twins,
  )
  const summaryOf = (id: string): PlanSummary => plans.find(plan => plan.id === id)!
  const standingOn = (plan: string, bin: string | null) => (bin === null ? 'unknown' : standing(plan, bin).standing)
  return {
    contrasts: contrasts.map((one: OpenContrast) => {
      const withSeeds = { ...one, seedsNeeded: seedsNeeded(one.differences, family) }
      const verdict = judge({
        contrast: withSeeds,
        plan: summaryOf(one.plan),
        reference: summaryOf(reference.plan.id),
        family,
        retention,
        standings: {
          plan: standingOn(one.plan, one.target.bin),
          reference: standingOn(reference.plan.id, one.target.bin),
        },
        stoppedAt: stopBefore(one.target, all),
      })
      const { differences: _, ...rest } = withSeeds
      return { ...rest, verdict }
    }),
    family,
  }
}

/** Ranges of one measure are read from short to long, up to the first on which the reference is at the floor: its name, where it comes before this. */
function stopBefore({ measure, bin }: Target, { targets, bins, reference, standing }: Contrasted): string | null {
  if (bin === null) return null
  const read = bins.filter(({ name }) => targets.some(target => target.measure === measure && target.bin === name))
  const before = read.slice(
    0,
    read.findIndex(({ name }) => name === bin),
  )
  const stop = before.find(({ name }) => fails(standing(reference.plan.id, name).standing))
  return stop ? rangeName(stop.name) : null
}
