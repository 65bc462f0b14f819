import { isStatic, reachable, type Tensor } from '../../algebra/tensor.ts'
import { everyInput } from './every-input.ts'
import { linearKind } from './linear.ts'

const VIEWS: readonly string[] = ['broadcast', 'slice', 'transpose', 'reshape']
const LEAVES: readonly string[] = ['parameter', 'constant', 'index']
const COMPUTED: readonly string[] = ['unary', 'binary', 'where', 'reduce']

/**
 * What graphs compute of parameters alone, such as the discretised matrices of a state space: the same at every step and for every
 * example. Only what something else is made of; large products keep their vectors, of which kernels of their own want one an example.
 */
export function madeOfWeights(roots: readonly Tensor[]): Set<Tensor> {
  const isMade = everyInput(({ op, shape }) => isStatic(shape) && [...VIEWS, ...LEAVES, ...COMPUTED].includes(op.kind))
  const isConstant = everyInput(({ op }) => op.kind !== 'parameter')
  const found = new Set<Tensor>(),
    kept = new Set(roots),
    seen = new Set<Tensor>()
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return
    seen.add(tensor)
    if (isConstant(tensor)) return
    if (!isMade(tensor) || kept.has(tensor)) tensor.inputs.forEach(visit)
    else if (VIEWS.includes(tensor.op.kind)) visit(tensor.inputs[0]!)
    else if (COMPUTED.includes(tensor.op.kind)) found.add(tensor)
  }
  roots.forEach(visit)
  const products = reachable(roots).filter(tensor => linearKind(tensor) !== undefined)
  for (const factor of products.flatMap(({ inputs: [factors] }) => factors!.inputs)) found.delete(behindViews(factor))
  return found
}

const behindViews = (tensor: Tensor): Tensor =>
  VIEWS.includes(tensor.op.kind) ? behindViews(tensor.inputs[0]!) : tensor
