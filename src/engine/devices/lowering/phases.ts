import { multiply } from '../../algebra/operations.ts'
import { reachable, type Tensor } from '../../algebra/tensor.ts'
import type { Model, ReverseGraph } from '../../model.ts'

const VIEWS: readonly string[] = ['broadcast', 'slice', 'transpose', 'reshape']
/** Read again from what they read, rather than kept themselves. */
const ROW_READERS: readonly string[] = ['window', 'row', 'place']
const ELEMENTWISE: readonly string[] = ['unary', 'binary', 'where']
const LEAVES: readonly string[] = [
  'parameter',
  'constant',
  'index',
  'state',
  'symbol',
  'mask',
  'adjoint',
  'weight',
  'scalar',
]

/** What the reverse passes need to find in memory again, step by step. */
export interface Kept {
  /** Values of the forward step. */
  readonly forward: ReadonlySet<Tensor>
  /** Values of the reverse step that weight gradients are made of. */
  readonly reverse: ReadonlySet<Tensor>
  /** Values of the prediction that weight gradients are made of. */
  readonly output: ReadonlySet<Tensor>
}

/** @param isThere what need not be kept, as it is the same at every step */
export function keptFor({ graph }: Model, reversed: ReverseGraph, isThere: (tensor: Tensor) => boolean): Kept {
  const isForward = new Set(reachable(graph.next.values()))
  const stepFactors = factorsOf(reversed.step.parameters.values(), isThere)
  const forward = new Set([...stepFactors].filter(tensor => isForward.has(tensor)))
  const seen = new Set<Tensor>()
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return
    seen.add(tensor)
    if (LEAVES.includes(tensor.op.kind) || isThere(tensor)) return
    if (isForward.has(tensor) && !VIEWS.includes(tensor.op.kind) && !ROW_READERS.includes(tensor.op.kind))
      forward.add(tensor)
    else tensor.inputs.forEach(visit)
  }
  ;[...reversed.step.states.values(), ...reversed.step.parameters.values()].forEach(visit)
  return {
    forward,
    reverse: new Set([...stepFactors].filter(tensor => !isForward.has(tensor))),
    output: factorsOf(reversed.output.parameters.values(), isThere),
  }
}

/** Tensors that weight gradients, which are summed over all steps at once, read from memory. */
function factorsOf(gradients: Iterable<Tensor>, isThere: (tensor: Tensor) => boolean): Set<Tensor> {
  const factors = new Set<Tensor>()
  const seen = { once: new Set<Tensor>(), repeated: new Set<Tensor>() }
  const visit = (tensor: Tensor, repeated: boolean): void => {
    const before = repeated ? seen.repeated : seen.once
    if (before.has(tensor)) return
    before.add(tensor)
    const { kind } = tensor.op
    if (LEAVES.includes(kind) || isThere(tensor)) return
    if (VIEWS.includes(kind)) visit(tensor.inputs[0]!, repeated || kind === 'broadcast')
    else if (ELEMENTWISE.includes(kind) && !repeated) for (const input of tensor.inputs) visit(input, false)
    else factors.add(tensor)
  }
  for (const gradient of gradients) visit(gradient, false)
  return factors
}

/** A state that a step only appends a row to: it is kept once, not once a step. */
export function appendedTo(leaf: Tensor | undefined, next: Tensor): Tensor | undefined {
  const { op, inputs } = next
  return op.kind === 'window' && op.from === 'last' && op.offset === 1 && op.fill === 'below' && inputs[0] === leaf
    ? inputs[1]
    : undefined
}

/** What a step adds to the adjoint of a list, besides what later steps gave, which lies there already. */
export function addedTo(adjoint: Tensor): Tensor[] {
  return termsOfSum(adjoint).filter(
    ({ op, inputs }) =>
      !(op.kind === 'window' && op.from === 'last' && op.fill === 'zero' && inputs[0]!.op.kind === 'adjoint'),
  )
}

const isSum = ({ op }: Tensor): boolean => op.kind === 'binary' && op.f === 'add'

/** What a sum of sums is the sum of; what it holds several times is one term, with that factor. */
function termsOfSum(sum: Tensor): Tensor[] {
  const times = new Map([[sum, 1]])
  const order: Tensor[] = []
  const seen = new Set<Tensor>()
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return
    seen.add(tensor)
    if (isSum(tensor)) tensor.inputs.toReversed().forEach(visit)
    order.push(tensor)
  }
  visit(sum)
  for (const tensor of order.toReversed())
    if (isSum(tensor)) for (const input of tensor.inputs) times.set(input, (times.get(input) ?? 0) + times.get(tensor)!)
  return order
    .toReversed()
    .filter(tensor => !isSum(tensor))
    .map(tensor => (times.get(tensor) === 1 ? tensor : multiply(times.get(tensor)!, tensor)))
}
