import type { Comparison, Contrast, PlanSummary, Target } from '../../../shared/comparison.ts'
import { smallestPairedP } from '../../../shared/statistics/sign-flip.ts'
import type { ComparedRun } from './input.ts'
import { count, figure, listed, targetName } from './words.ts'

/** One sentence for each target: which plans are shown to be better or worse than the reference. */
export function headline(
  contrasts: readonly Contrast[],
  targets: readonly Target[],
  plans: readonly PlanSummary[],
  reference: string | null,
): string {
  const title = (id: string): string => plans.find(plan => plan.id === id)?.title ?? id
  if (plans.every(plan => plan.seeds.length === 0)) return 'No run counts yet.'
  if (reference === null) return 'No plan without frozen parts to compare with.'
  if (contrasts.length === 0) return `No other plan to compare with ${title(reference)}.`
  return targets
    .map(target => {
      const here = contrasts.filter(contrast => sameTarget(contrast.target, target))
      const shown = (outcome: 'better' | 'worse'): string[] =>
        here.filter(({ verdict }) => verdict.outcome === outcome).map(({ plan }) => title(plan))
      const parts = (['better', 'worse'] as const).flatMap(outcome =>
        shown(outcome).length > 0 ? [`${listed(shown(outcome))} ${outcome}`] : [],
      )
      const name = targetName(target)
      const subject = `${name[0]!.toUpperCase()}${name.slice(1)}`
      if (parts.length > 0) return `${subject}: ${parts.join(', ')} than ${title(reference)}.`
      const pairs = Math.max(...here.map(contrast => contrast.pairs.length))
      if (here.every(({ verdict }) => verdict.outcome === 'void')) return `${subject}: nothing to judge.`
      return `${subject}: no plan is shown to differ from ${title(reference)} (${count(pairs, 'paired seed')}).`
    })
    .join(' ')
}

const sameTarget = (a: Target, b: Target): boolean => a.measure === b.measure && a.bin === b.bin

/** The fewest values of which a bootstrap interval can cover 95 %: 1 - 2 / 2^n. */
export const ENOUGH_SEEDS = 6

/** What a reader has to know besides the figures. */
export function notes({
  plans,
  bins,
  retention,
  leftOut,
}: Pick<Comparison, 'plans' | 'bins' | 'retention' | 'leftOut'>): string[] {
  return [
    ...fewSeeds(plans),
    ...floorNotes(plans, bins[0]?.name ?? ''),
    ...retentionNotes(retention),
    ...divergedNotes(plans),
    ...leftOutNotes(leftOut),
  ]
}

function fewSeeds(plans: readonly PlanSummary[]): string[] {
  const few = plans.map(plan => plan.seeds.length).filter(n => n > 0 && n < ENOUGH_SEEDS)
  if (few.length === 0) return []
  const n = Math.min(...few)
  if (n === 1) return ['A single seed has no interval.']
  return [
    `Intervals of ${count(n, 'seed')} are too narrow: a bootstrap of ${n} values covers at most ${figure(100 * (1 - smallestPairedP(n)))} %.`,
  ]
}

function floorNotes(plans: readonly PlanSummary[], first: string): string[] {
  const at = plans.filter(plan => plan.atFloor === true)
  if (plans.some(plan => plan.seeds.length > 0 && plan.atFloor === null))
    return ['The trivial floor is not known for this task: high retention may come from a model that learnt nothing.']
  return at.map(
    plan =>
      `${plan.title} is not clearly above the trivial predictor on ${first} (${plan.seedsAtFloor.length} of ${count(plan.seeds.length, 'seed')} at the floor): its retention says nothing.`,
  )
}

function retentionNotes(retention: Comparison['retention']): string[] {
  if (!retention || (retention.floor === null && retention.ceiling === null)) return []
  const parts = [
    retention.floor === null ? [] : [`the trivial predictor retains ${figure(retention.floor)} of its accuracy`],
    retention.ceiling === null ? [] : [`the optimal predictor ${figure(retention.ceiling)}`],
  ]
  return [`From ${retention.from} to ${retention.to} ${listed(parts.flat())}.`]
}

const divergedNotes = (plans: readonly PlanSummary[]): string[] =>
  plans.flatMap(({ title, diverged }) =>
    diverged.length === 0
      ? []
      : [
          `${title} diverged on ${diverged.length === 1 ? 'seed' : 'seeds'} ${listed(diverged.map(String))}; where such a run has no scores it counts as the worst.`,
        ],
  )

/** Runs of one comparison whose devices did not round alike. */
export function arithmeticNotes(runs: readonly Pick<ComparedRun, 'arithmetic'>[]): string[] {
  const many = (arithmetic: ComparedRun['arithmetic']): number =>
    runs.filter(run => run.arithmetic === arithmetic).length
  const [fused, unfused, mixed] = [many('fused'), many('unfused'), many('mixed')]
  if (mixed === 0 && (fused === 0 || unfused === 0)) return []
  const parts = [
    ...(fused > 0 ? [`${count(fused, 'run')} fused`] : []),
    ...(unfused > 0 ? [`${count(unfused, 'run')} unfused`] : []),
    ...(mixed > 0 ? [`${count(mixed, 'run')} partly the one, partly the other`] : []),
  ]
  return [
    `Products and sums were not rounded alike: ${listed(parts)}. A run of the same seed differs in its last bits for that alone; --portable rounds alike on every processor.`,
  ]
}

function leftOutNotes(leftOut: Comparison['leftOut']): string[] {
  const reasons = [...new Set(leftOut.map(run => run.reason))]
  return reasons.map(reason => {
    const runs = leftOut.filter(run => run.reason === reason)
    return `Left out, ${reason}: ${listed(runs.map(run => `${run.plan} seed ${run.seed}`))}.`
  })
}
