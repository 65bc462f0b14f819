import { isStatic, type Tensor } from '../../algebra/tensor.ts'
import { contractionOf, withoutRepeats, type ContractedAxis } from '../interpreter/contraction.ts'

/** What a tensor is computed from: weights alone, what a batch gives at every step too, or what the step before left. */
type Source = 'weights' | 'batch' | 'steps'
const RANKS: readonly Source[] = ['weights', 'batch', 'steps']
const later = (a: Source, b: Source): Source => RANKS[Math.max(RANKS.indexOf(a), RANKS.indexOf(b))]!

/** The tensors that an evaluation computes to get this one. */
const neededFor = (tensor: Tensor): readonly Tensor[] => contractionOf(tensor)?.inputs ?? tensor.inputs

/** All that is made for every example on the way to `roots`; what is repeated or shared takes no room. */
export function madeFor(roots: Iterable<Tensor>): Tensor[] {
  const seen = new Set<Tensor>()
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return
    seen.add(tensor)
    neededFor(tensor).forEach(visit)
  }
  for (const root of roots) visit(root)
  return [...seen].filter(({ op }) => !['parameter', 'constant', 'broadcast', 'transpose'].includes(op.kind))
}

/** What of a step's graphs need not wait for the step: computed once for each weight, or for all steps of a batch at once. */
export interface Beforehand {
  readonly ofWeights: readonly Tensor[]
  readonly ofBatch: readonly Tensor[]
}

export function beforehand(roots: Iterable<Tensor>): Beforehand {
  const sources = new Map<Tensor, Source>()
  const sourceOf = (tensor: Tensor): Source => {
    const found = sources.get(tensor) ?? find(tensor)
    sources.set(tensor, found)
    return found
  }
  const find = ({ op, shape, inputs }: Tensor): Source => {
    if (op.kind === 'state' || op.kind === 'adjoint' || !isStatic(shape)) return 'steps'
    if (op.kind === 'symbol' || op.kind === 'mask' || op.kind === 'weight') return 'batch'
    return inputs.reduce<Source>((source, input) => later(source, sourceOf(input)), 'weights')
  }
  const seen = new Set<Tensor>(),
    ofWeights: Tensor[] = [],
    ofBatch: Tensor[] = []
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return
    seen.add(tensor)
    const source = sourceOf(tensor)
    if (source === 'steps') neededFor(tensor).forEach(visit)
    else (source === 'weights' ? ofWeights : ofBatch).push(tensor)
  }
  for (const root of roots) visit(root)
  return { ofWeights, ofBatch }
}

/** One of the tensors whose sum is a gradient: a sum of products, to be made of its factors for all steps and examples at once, or any other. */
export type Term =
  { readonly factors: readonly [Tensor, Tensor]; readonly axes: readonly ContractedAxis[] } | { readonly whole: Tensor }

export function termsOf(gradient: Tensor, taken = new Set<Tensor>()): Term[] {
  const { op, inputs } = gradient
  // A sum that is there several times is one term: it is worked out once.
  if (op.kind === 'binary' && op.f === 'add' && !taken.has(gradient)) {
    taken.add(gradient)
    return inputs.flatMap(input => termsOf(input, taken))
  }
  const product = contractionOf(gradient) ?? outerProduct(gradient)
  return product && product.inputs.every(({ shape }) => isStatic(shape))
    ? [{ factors: product.inputs, axes: product.axes }]
    : [{ whole: gradient }]
}

/** Of factors that lack some of the result's axes, so that it has more elements than they have. */
function outerProduct({
  op,
  inputs,
  shape,
}: Tensor): { inputs: readonly [Tensor, Tensor]; axes: readonly ContractedAxis[] } | undefined {
  if (op.kind !== 'binary' || op.f !== 'multiply') return undefined
  const [a, b] = inputs.map(withoutRepeats) as [ReturnType<typeof withoutRepeats>, ReturnType<typeof withoutRepeats>]
  const axes = shape.map((_, axis) => ({ inA: a.has(axis), inB: b.has(axis), summed: false }))
  return axes.every(({ inA, inB }) => inA || inB) && axes.some(({ inA, inB }) => inA !== inB)
    ? { inputs: [a.tensor, b.tensor], axes }
    : undefined
}

export const partsOf = (term: Term): readonly Tensor[] => ('whole' in term ? [term.whole] : term.factors)
