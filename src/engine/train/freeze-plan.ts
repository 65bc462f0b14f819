import { InputError } from '../../shared/errors.ts'
import type { Component, FreezeEvent } from '../../shared/run-events.ts'
import type { FreezePlan, FreezeSpan } from '../../shared/study.ts'
import type { ParameterInfo } from '../parameters.ts'

/** A plan whose names are resolved against a model: each span with the parameters it freezes, in the model's order. */
export interface ResolvedPlan {
  readonly spans: readonly {
    readonly span: FreezeSpan
    readonly what: string
    readonly parameters: readonly string[]
  }[]
}

/** Where a plan stands: for each of its spans the epochs before which it began and ended, null where that is yet to come. */
export type PlanCursor = readonly { readonly began: number | null; readonly ended: number | null }[]

/** Names that a plan may use whether or not the model has such parameters: the standard plans name them for every model. */
const ALWAYS_NAMED: readonly string[] = ['embedding', 'memory'] satisfies Component[]

/**
 * @param field what to call the plan in an error: `study.plans.0`
 * @throws InputError for a name that the model does not have (it lists those it has) and for a span that could never begin.
 */
export function resolvePlan(plan: FreezePlan, parameters: readonly ParameterInfo[], field: string): ResolvedPlan {
  return {
    spans: plan.freeze.map((span, index) => {
      const where = `${field}.freeze.${index}`
      checkOrder(span, where)
      const names = typeof span.what === 'string' ? [span.what] : span.what
      const frozen = new Set(
        names.flatMap((name, i) =>
          parametersNamed(name, parameters, typeof span.what === 'string' ? `${where}.what` : `${where}.what.${i}`),
        ),
      )
      return {
        span,
        what: names.join(', '),
        parameters: parameters.map(({ name }) => name).filter(name => frozen.has(name)),
      }
    }),
  }
}

/** What a plan may name in this model: components, groups of parameters, parameters. */
export function freezableNames(parameters: readonly ParameterInfo[]): string[] {
  const names = new Set<string>(ALWAYS_NAMED)
  for (const { name, component } of parameters) {
    names.add(component)
    const parts = name.split('.')
    for (let length = 2; length <= parts.length; length++) names.add(parts.slice(0, length).join('.'))
  }
  return [...names].sort()
}

export const planStart = ({ spans }: ResolvedPlan): PlanCursor => spans.map(() => ({ began: null, ended: null }))

/** The parameters that are frozen at this point: those of any span that has begun and not ended. */
export function frozenAt({ spans }: ResolvedPlan, cursor: PlanCursor): Set<string> {
  return new Set(spans.flatMap(({ parameters }, i) => (isOpen(cursor[i]!) ? parameters : [])))
}

/**
 * Decides, before `epoch` begins, what is frozen and what is released. To be called once for each epoch.
 * @param stalled epochs since the last new best validation loss; a span that ends on a plateau counts none from before it began
 */
export function advancePlan(
  plan: ResolvedPlan,
  cursor: PlanCursor,
  epoch: number,
  stalled: number,
): { cursor: PlanCursor; events: FreezeEvent[] } {
  const next = plan.spans.map(({ span }, i) => advanceSpan(span, cursor[i]!, epoch, stalled))
  const before = frozenAt(plan, cursor)
  const after = frozenAt(plan, next)
  const events: FreezeEvent[] = []
  const say = (action: FreezeEvent['action'], index: number, changed: Set<string>): void => {
    const { span, what, parameters } = plan.spans[index]!
    const taken = parameters.filter(name => changed.delete(name))
    if (taken.length > 0)
      events.push({
        kind: 'freeze',
        epoch,
        action,
        parameters: taken,
        reason: action === 'freeze' ? freezeReason(what, span) : releaseReason(what, span),
      })
  }
  const released = new Set([...before].filter(name => !after.has(name)))
  const frozen = new Set([...after].filter(name => !before.has(name)))
  next.forEach(({ ended }, i) => {
    if (ended === epoch && isOpen(cursor[i]!)) say('release', i, released)
  })
  next.forEach(({ began }, i) => {
    if (began === epoch) say('freeze', i, frozen)
  })
  return { cursor: next, events }
}

type SpanCursor = PlanCursor[number]

const isOpen = ({ began, ended }: SpanCursor): boolean => began !== null && ended === null

function advanceSpan({ from, until }: FreezeSpan, cursor: SpanCursor, epoch: number, stalled: number): SpanCursor {
  if (cursor.ended !== null) return cursor
  if (cursor.began === null) {
    if (until !== 'end' && 'epoch' in until && epoch >= until.epoch) return { began: null, ended: epoch }
    return begins(from, epoch, stalled) ? { began: epoch, ended: null } : cursor
  }
  return ends(until, cursor.began, epoch, stalled) ? { began: cursor.began, ended: epoch } : cursor
}

function begins(from: FreezeSpan['from'], epoch: number, stalled: number): boolean {
  if (from === 'start') return true
  return 'epoch' in from ? epoch >= from.epoch : stalled >= from.plateau
}

function ends(until: FreezeSpan['until'], began: number, epoch: number, stalled: number): boolean {
  if (until === 'end') return false
  if ('epoch' in until) return epoch >= until.epoch
  const inside = epoch - began
  return 'epochs' in until ? inside >= until.epochs : Math.min(stalled, inside) >= until.plateau
}

const epochs = (count: number): string => (count === 1 ? '1 epoch' : `${count} epochs`)

function freezeReason(what: string, { from }: FreezeSpan): string {
  if (from === 'start') return `${what} from start`
  return 'epoch' in from
    ? `${what} from epoch ${from.epoch}`
    : `${what}: validation loss stalled for ${epochs(from.plateau)}`
}

function releaseReason(what: string, { until }: FreezeSpan): string {
  if (until === 'end') return `${what} released`
  if ('epoch' in until) return `${what} released: epoch ${until.epoch}`
  return 'epochs' in until
    ? `${what} released: after ${epochs(until.epochs)}`
    : `${what} released: validation loss stalled for ${epochs(until.plateau)}`
}

function parametersNamed(name: string, parameters: readonly ParameterInfo[], field: string): string[] {
  const found = parameters.filter(
    parameter => parameter.component === name || parameter.name === name || parameter.name.startsWith(`${name}.`),
  )
  if (found.length === 0 && !ALWAYS_NAMED.includes(name))
    throw new InputError(field, name, freezableNames(parameters).join(', '))
  return found.map(parameter => parameter.name)
}

function checkOrder({ from, until }: FreezeSpan, field: string): void {
  if (until === 'end' || !('epoch' in until)) return
  const earliest = from !== 'start' && 'epoch' in from ? from.epoch : 0
  if (until.epoch <= earliest)
    throw new InputError(`${field}.until.epoch`, until.epoch, `an epoch after ${earliest}, where the span begins`)
}
