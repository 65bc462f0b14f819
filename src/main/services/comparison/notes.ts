import type { Comparison, PlanSummary } from '../../../shared/comparison.ts'
import { smallestPairedP } from '../../../shared/statistics/sign-flip.ts'
import { rangeName } from '../../../shared/number-format.ts'
import type { ComparedRun } from './input.ts'
import { count, figure, listed } from './words.ts'

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
  const at = plans.filter(plan => plan.atFloor === true && plan.diverged.length < plan.seeds.length)
  if (first !== '' && plans.some(plan => plan.seeds.length > 0 && plan.atFloor === null))
    return ['The trivial floor is not known for this task: high retention may come from a model that learnt nothing.']
  return at.map(
    plan =>
      `${plan.title} is not clearly above the trivial predictor on ${rangeName(first)} (${plan.seedsAtFloor.length} of ${count(plan.seeds.length, 'seed')} at the floor): its retention says nothing.`,
  )
}

function retentionNotes(retention: Comparison['retention']): string[] {
  if (!retention || (retention.floor === null && retention.ceiling === null)) return []
  const parts = [
    retention.floor === null ? [] : [`the trivial predictor retains ${figure(retention.floor)} of its accuracy`],
    retention.ceiling === null ? [] : [`the optimal predictor ${figure(retention.ceiling)}`],
  ]
  return [`From ${rangeName(retention.from)} to ${rangeName(retention.to)} ${listed(parts.flat())}.`]
}

const divergedNotes = (plans: readonly PlanSummary[]): string[] =>
  plans.flatMap(({ title, diverged }) =>
    diverged.length === 0
      ? []
      : [
          `${title} diverged on ${diverged.length === 1 ? 'seed' : 'seeds'} ${listed(diverged.map(String))}: such runs enter no mean unless weights from before are scored, and in every test they count as the worst.`,
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
