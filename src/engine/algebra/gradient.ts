import { accumulate } from './accumulate.ts'
import {
  divide,
  equal,
  greater,
  multiply,
  negate,
  pad,
  place,
  reshape,
  row,
  slice,
  spread,
  subtract,
  sum,
  sumAbove,
  sumBelow,
  transpose,
  where,
  window,
} from './operations.ts'
import { reachable, type Rows, type Tensor } from './tensor.ts'

/**
 * Reverse-mode derivatives, as graphs over the same algebra (vector-Jacobian products).
 * @param outputs pairs of an output and the derivative of the loss by it, of the same shape
 * @returns for each of `wrt` the derivative of the loss by it, or `undefined` where the outputs do not depend on it. Only the work
 * that some of `wrt` need is in the graph.
 */
export function gradients(
  outputs: readonly (readonly [output: Tensor, adjoint: Tensor])[],
  wrt: readonly Tensor[],
): (Tensor | undefined)[] {
  const order = reachable(outputs.map(([output]) => output))
  const wanted = new Set(wrt)
  for (const tensor of order) {
    if (tensor.inputs.some(input => wanted.has(input)) && differentiable(tensor)) wanted.add(tensor)
  }
  const contributions = new Map<Tensor, Tensor[]>()
  const contribute = (tensor: Tensor, adjoint: Tensor): void => {
    if (wanted.has(tensor)) contributions.set(tensor, [...(contributions.get(tensor) ?? []), adjoint])
  }
  for (const [output, adjoint] of outputs) contribute(output, adjoint)
  const total = new Map<Tensor, Tensor>()
  for (const tensor of order.toReversed()) {
    const own = contributions.get(tensor)
    if (!own) continue
    const adjoint = accumulate(own)
    total.set(tensor, adjoint)
    if (tensor.inputs.length > 0) pullBack(tensor, adjoint, input => wanted.has(input), contribute)
  }
  return wrt.map(tensor => total.get(tensor))
}

function differentiable({ op }: Tensor): boolean {
  if (op.kind === 'unary') return op.f !== 'detach'
  return !(op.kind === 'binary' && (op.f === 'greater' || op.f === 'equal'))
}

function pullBack(
  y: Tensor,
  g: Tensor,
  wants: (input: Tensor) => boolean,
  give: (input: Tensor, adjoint: Tensor) => void,
): void {
  const { op, inputs } = y
  const x = inputs[0]!
  switch (op.kind) {
    case 'unary':
      return give(x, unaryAdjoint(op.f, x, y, g))
    case 'binary': {
      const second = inputs[1]!
      if (wants(x)) give(x, binaryAdjoint(op.f, 0, x, second, y, g))
      if (wants(second)) give(second, binaryAdjoint(op.f, 1, x, second, y, g))
      return
    }
    case 'where':
      if (wants(inputs[1]!)) give(inputs[1]!, where(x, g, 0))
      if (wants(inputs[2]!)) give(inputs[2]!, where(x, 0, g))
      return
    case 'broadcast':
      return give(x, sum(g, op.axes))
    case 'reduce': {
      const along = (tensor: Tensor): Tensor =>
        op.axes.reduce((result, axis) => spread(result, axis, x.shape[axis]!), tensor)
      if (op.f === 'sum') return give(x, along(g))
      // Where several are the largest, they share.
      const largest = equal(x, along(y))
      return give(x, multiply(along(divide(g, sum(largest, op.axes))), largest))
    }
    case 'slice':
      return give(x, pad(g, op.axis, op.start, x.shape[op.axis] as number))
    case 'reshape':
      return give(x, reshape(g, x.shape as number[]))
    case 'transpose':
      return give(
        x,
        transpose(
          g,
          op.order.map((_, axis) => op.order.indexOf(axis)),
        ),
      )
    case 'concat': {
      let start = 0
      for (const part of inputs) {
        const size = part.shape[op.axis] as number
        if (wants(part)) give(part, slice(g, start, start + size, op.axis))
        start += size
      }
      return
    }
    case 'window':
      if (wants(x)) give(x, window(g, -op.offset, x.shape[0]!, op.from))
      if (op.fill !== 'zero' && wants(inputs[1]!)) give(inputs[1]!, row(g, op.fill === 'above' ? 0 : 'last'))
      return
    case 'row':
      return give(x, place(g, op.index, x.shape[0] as Rows))
    case 'place':
      return give(x, row(g, op.index))
    case 'cumulate':
      return give(x, op.reverse ? sumAbove(g) : sumBelow(g))
    default:
      throw new TypeError(`${op.kind} has no inputs to pull a gradient back to`)
  }
}

function unaryAdjoint(f: string, x: Tensor, y: Tensor, g: Tensor): Tensor {
  switch (f) {
    case 'negate':
      return negate(g)
    case 'exp':
      return multiply(g, y)
    case 'log':
      return divide(g, x)
    case 'tanh':
      return multiply(g, subtract(1, multiply(y, y)))
    case 'sigmoid':
      return multiply(g, multiply(y, subtract(1, y)))
    case 'relu':
      return where(greater(x, 0), g, 0)
    case 'sqrt':
      return multiply(g, divide(0.5, y))
    case 'reciprocal':
      return negate(multiply(g, multiply(y, y)))
    default:
      throw new TypeError(`${f} has no gradient`)
  }
}

function binaryAdjoint(f: string, which: 0 | 1, a: Tensor, b: Tensor, y: Tensor, g: Tensor): Tensor {
  switch (f) {
    case 'add':
      return g
    case 'subtract':
      return which === 0 ? g : negate(g)
    case 'multiply':
      return multiply(g, which === 0 ? b : a)
    case 'divide':
      return which === 0 ? divide(g, b) : negate(divide(multiply(g, y), b))
    // At a tie the first argument is taken: one subgradient of the two, as relu takes 0.
    case 'maximum':
      return which === 0 ? where(greater(b, a), 0, g) : where(greater(b, a), g, 0)
    case 'minimum':
      return which === 0 ? where(greater(a, b), 0, g) : where(greater(a, b), g, 0)
    default:
      throw new TypeError(`${f} has no gradient`)
  }
}
