import type { Tensor } from '../../algebra/tensor.ts'
import type { Storage } from './storage.ts'

/** Two axes that number the same rows; there is something only where the row along `earlier` is not beyond the one along `later`. */
export interface Triangle {
  readonly later: number
  readonly earlier: number
}

/** Functions that are zero at zero. */
const KEEP_ZERO: readonly string[] = ['negate', 'tanh', 'relu', 'sqrt', 'detach']

/** The triangle outside of which `tensor` is zero because a factor of it is. */
export function triangleOf(
  tensor: Tensor,
  stored: (tensor: Tensor) => Storage | undefined,
  known = new Map<Tensor, Triangle | undefined>(),
): Triangle | undefined {
  if (known.has(tensor)) return known.get(tensor)
  const storage = stored(tensor)
  const found = storage
    ? storage.triangular
      ? { later: 0, earlier: 1 }
      : undefined
    : insideOf(tensor, x => triangleOf(x, stored, known))
  known.set(tensor, found)
  return found
}

/** The same of a tensor that is not stored, told that of others. */
function insideOf(tensor: Tensor, inside: (x: Tensor) => Triangle | undefined): Triangle | undefined {
  const { op, inputs } = tensor
  switch (op.kind) {
    case 'unary':
      return KEEP_ZERO.includes(op.f) ? inside(inputs[0]!) : undefined
    case 'binary': {
      const [a, b] = inputs.map(inside)
      if (op.f === 'multiply') return a ?? b
      return (op.f === 'add' || op.f === 'subtract') && a && b && a.later === b.later && a.earlier === b.earlier
        ? a
        : undefined
    }
    case 'broadcast': {
      const own = tensor.shape.map((_, axis) => axis).filter(axis => !op.axes.includes(axis))
      return renamed(inside(inputs[0]!), axis => own[axis]!)
    }
    case 'transpose':
      return renamed(inside(inputs[0]!), axis => op.order.indexOf(axis))
    case 'slice':
      return inside(inputs[0]!)
    default:
      return undefined
  }
}

function renamed(triangle: Triangle | undefined, name: (axis: number) => number): Triangle | undefined {
  return triangle && { later: name(triangle.later), earlier: name(triangle.earlier) }
}
