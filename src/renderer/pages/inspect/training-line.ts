import type { FullRun, TraceWeights } from '../../../shared/contract/index.ts'

/** Weights of a run that can be looked at, in the order of training. */
export interface Stop {
  readonly weights: TraceWeights
  /** Epochs done. */ readonly epoch: number
  readonly title: string
}

type Trained = Pick<FullRun, 'snapshots' | 'checkpoints'>

/** One stop an epoch: its snapshot where there is one, otherwise the best or the newest weights. */
export function stopsOf({ snapshots, checkpoints }: Trained): Stop[] {
  const best = checkpoints.findLast(({ which }) => which === 'best'),
    last = checkpoints.findLast(({ which }) => which === 'last')
  const stops = new Map<number, Stop>()
  if (last) stops.set(last.epoch, { weights: 'last', epoch: last.epoch, title: 'newest weights' })
  if (best) stops.set(best.epoch + 1, { weights: 'best', epoch: best.epoch + 1, title: 'best weights' })
  for (const { epoch } of snapshots)
    stops.set(epoch, {
      weights: { epoch },
      epoch,
      title: epoch === 0 ? 'initial weights' : `after ${epoch} ${epoch === 1 ? 'epoch' : 'epochs'}`,
    })
  return [...stops.values()].sort((a, b) => a.epoch - b.epoch)
}

/** Epochs done that the weights stand for. */
export function epochOf(weights: TraceWeights, { checkpoints }: Pick<Trained, 'checkpoints'>): number | null {
  if (typeof weights === 'object') return weights.epoch
  const found = checkpoints.findLast(({ which }) => which === weights)
  return found ? found.epoch + (weights === 'best' ? 1 : 0) : null
}

/** A stretch of training, in epochs, in which something was frozen. */
export interface FrozenSpan {
  readonly what: string
  readonly from: number
  readonly to: number
}

/** What a plan froze, by the parameters that were frozen and released together. */
export function frozenSpans(freezes: FullRun['freezes'], end: number): FrozenSpan[] {
  const open = new Map<string, { what: string; from: number }>()
  const spans: FrozenSpan[] = []
  for (const { epoch, action, parameters } of freezes) {
    const key = [...parameters].sort().join()
    const begun = open.get(key)
    if (action === 'freeze') open.set(key, { what: whatOf(parameters), from: epoch })
    else if (begun) {
      spans.push({ ...begun, to: epoch })
      open.delete(key)
    }
  }
  return [...spans, ...[...open.values()].map(begun => ({ ...begun, to: end }))].sort((a, b) => a.from - b.from)
}

const whatOf = (parameters: readonly string[]): string =>
  [...new Set(parameters.map(name => name.split('.')[0]!))].join(', ')

/** Where an epoch stands on a line from 0 to 1 on which early epochs, where most is learnt, have room. */
export const placeOfEpoch = (epoch: number, end: number): number => (end <= 0 ? 0 : Math.log1p(epoch) / Math.log1p(end))
