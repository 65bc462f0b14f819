import type { FreezePlan, FreezeSpan, TrainingSpec } from '../../shared/study.ts'
import type { ParameterInfo } from '../parameters.ts'
import { resolvePlan } from './freeze-plan.ts'

/**
 * Plans whose runs are the same to the bit, because they freeze the same weights at the same times, however the losses go: frozen memory
 * where there is no memory is full training.
 * @returns by the id of each plan that repeats another the id of that one: full training, or else the first of them @throws InputError as `resolvePlan`
 */
export function sameTraining(
  plans: readonly FreezePlan[],
  parameters: readonly ParameterInfo[],
  training: Pick<TrainingSpec, 'epochs' | 'earlyStop'>,
): ReadonlyMap<string, string> {
  const first = new Map<string, string>()
  const same = new Map<string, string>()
  for (const plan of plans.toSorted((a, b) => Number(a.freeze.length > 0) - Number(b.freeze.length > 0))) {
    const schedule = scheduleOf(plan, parameters, training)
    const twin = first.get(schedule)
    if (twin === undefined) first.set(schedule, plan.id)
    else same.set(plan.id, twin)
  }
  return same
}

interface Limits {
  /** The epoch before which every run has ended. */
  readonly end: number
  /** The most epochs without a better validation loss after which there still is an epoch to come. */
  readonly longestStall: number
}

/** When a span freezes, epochs [from, to): surely, or where it waits for a plateau at most then, and how that is decided. */
interface When {
  readonly from: number
  readonly to: number
  /** null: surely. */
  readonly waits: string | null
}

/** What a plan freezes when, in one form for all plans that freeze the same: weight by weight. */
function scheduleOf(
  plan: FreezePlan,
  parameters: readonly ParameterInfo[],
  { epochs, earlyStop }: Pick<TrainingSpec, 'epochs' | 'earlyStop'>,
): string {
  const limits = { end: epochs, longestStall: Math.min(epochs - 2, (earlyStop?.patience ?? Infinity) - 1) }
  const { spans } = resolvePlan(plan, parameters, 'plan')
  const times = spans.map(({ span, parameters: frozen }) => ({ frozen: new Set(frozen), when: whenOf(span, limits) }))
  return JSON.stringify(
    parameters.map(({ name }) => settled(times.flatMap(({ frozen, when }) => (frozen.has(name) ? when : [])))),
  )
}

function whenOf({ from, until }: FreezeSpan, limits: Limits): When[] {
  if (from !== 'start' && 'plateau' in from) return onPlateau(from.plateau, until, limits)
  const begin = from === 'start' ? 0 : from.epoch
  const { end } = limits
  if (until !== 'end' && 'plateau' in until && until.plateau <= limits.longestStall && begin + until.plateau < end)
    return [
      // It counts no epoch from before it began.
      { from: begin, to: begin + until.plateau, waits: null },
      { from: begin, to: end, waits: `${begin} until a plateau of ${until.plateau}` },
    ]
  const to =
    until === 'end' || 'plateau' in until ? end : Math.min(end, 'epoch' in until ? until.epoch : begin + until.epochs)
  return begin < to ? [{ from: begin, to, waits: null }] : []
}

function onPlateau(plateau: number, until: FreezeSpan['until'], { end, longestStall }: Limits): When[] {
  const earliest = plateau + 1
  const to = until !== 'end' && 'epoch' in until ? Math.min(end, until.epoch) : end
  if (plateau > longestStall || earliest >= to) return []
  return [{ from: earliest, to, waits: `a plateau of ${plateau} until ${JSON.stringify(endOf(until))}` }]

  function endOf(until: FreezeSpan['until']): FreezeSpan['until'] {
    if (until === 'end') return 'end'
    if ('epoch' in until) return until.epoch >= end ? 'end' : until
    if ('epochs' in until) return earliest + until.epochs >= end ? 'end' : until
    return until.plateau > longestStall || earliest + until.plateau >= end ? 'end' : until
  }
}

/** The sure times joined, and what waits besides them. */
function settled(times: readonly When[]): { sure: [number, number][]; waits: string[] } {
  const sure: [number, number][] = []
  for (const { from, to } of times.filter(({ waits }) => waits === null).sort((a, b) => a.from - b.from)) {
    const last = sure.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else sure.push([from, to])
  }
  const open = times.filter(
    ({ from, to, waits }) => waits !== null && !sure.some(([begin, end]) => begin <= from && to <= end),
  )
  return { sure, waits: [...new Set(open.map(({ waits }) => waits!))].sort() }
}
