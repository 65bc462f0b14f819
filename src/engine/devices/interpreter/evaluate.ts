import { isPairs, type Dim, type Tensor } from '../../algebra/tensor.ts'
import type { Operations } from './arithmetic.ts'
import { contractionOf } from './contraction.ts'

export interface Extents {
  readonly before: number
  readonly after: number
}

/** Computes `roots` into `known`, which already holds what earlier graphs computed; `leaf` gives the values of leaves. */
export function evaluate<T>(
  roots: Iterable<Tensor>,
  known: Map<Tensor, T>,
  operations: Operations<T>,
  extents: Extents,
  leaf: (tensor: Tensor) => T,
): void {
  const visit = (tensor: Tensor): void => {
    if (known.has(tensor)) return
    const contraction = operations.contract && contractionOf(tensor)
    if (contraction) {
      contraction.inputs.forEach(visit)
      const [a, b] = contraction.inputs
      known.set(tensor, operations.contract!(known.get(a)!, known.get(b)!, contraction.axes))
    } else {
      tensor.inputs.forEach(visit)
      known.set(
        tensor,
        compute(tensor, input => known.get(input)!, operations, extents, leaf),
      )
    }
  }
  for (const root of roots) visit(root)
}

const sizes = (shape: readonly Dim[], extents: Extents): number[] =>
  shape.map(dim => (typeof dim === 'number' ? dim : extents[dim]))

function compute<T>(
  tensor: Tensor,
  valueOf: (tensor: Tensor) => T,
  a: Operations<T>,
  extents: Extents,
  leaf: (tensor: Tensor) => T,
): T {
  const { op } = tensor
  const shape = sizes(tensor.shape, extents)
  const inputs = tensor.inputs.map(valueOf)
  const x = inputs[0]!
  switch (op.kind) {
    case 'constant':
      return a.full(op.value, shape)
    case 'index':
      return a.index(shape[0]!)
    case 'unary':
      return a.unary(op.f, x)
    case 'binary':
      return a.binary(op.f, x, inputs[1]!)
    case 'where':
      return a.where(x, inputs[1]!, inputs[2]!)
    case 'broadcast':
      return a.broadcast(x, op.axes, shape)
    case 'reduce':
      return a.reduce(op.f, x, op.axes)
    case 'slice':
      return a.slice(x, op.axis, op.start, shape[op.axis]!)
    case 'reshape':
      return a.reshape(x, shape)
    case 'transpose':
      return a.transpose(x, op.order)
    case 'concat':
      return a.concat(inputs, op.axis)
    case 'window': {
      const offset = op.from === 'last' ? op.offset + a.extent(x, 0) - shape[0]! : op.offset
      const rows = isPairs(tensor.shape) ? moved(a, x, 1, offset, [a.extent(x, 0), ...shape.slice(1)]) : x
      return moved(
        a,
        rows,
        0,
        offset,
        shape,
        op.fill === 'above' ? inputs[1] : undefined,
        op.fill === 'below' ? inputs[1] : undefined,
      )
    }
    case 'row': {
      const index = op.index === 'last' ? a.extent(x, 0) - 1 : op.index
      return index >= 0 && index < a.extent(x, 0) ? a.reshape(a.slice(x, 0, index, 1), shape) : a.full(0, shape)
    }
    case 'place':
      return moved(a, a.reshape(x, [1, ...shape.slice(1)]), 0, op.index === 'last' ? 1 - shape[0]! : -op.index, shape)
    case 'cumulate':
      return a.cumulate(x, op.reverse)
    default:
      return leaf(tensor)
  }
}

/** result[d] = x[d + offset] along `axis`; zeros outside, or the rows given along axis 0. */
function moved<T>(
  a: Operations<T>,
  x: T,
  axis: 0 | 1,
  offset: number,
  shape: readonly number[],
  above?: T,
  below?: T,
): T {
  const extent = shape[axis]!
  const first = Math.min(extent, Math.max(0, -offset))
  const last = Math.max(first, Math.min(extent, a.extent(x, axis) - offset))
  const filled = (rows: number, row: T | undefined): T[] => {
    if (rows === 0) return []
    const own = shape.with(axis, rows)
    return [row === undefined ? a.full(0, own) : a.broadcast(row, [0], own)]
  }
  const parts = [
    ...filled(first, above),
    ...(last > first ? [a.slice(x, axis, first + offset, last - first)] : []),
    ...filled(extent - last, below),
  ]
  return parts.length === 0 ? a.full(0, shape) : parts.length === 1 ? parts[0]! : a.concat(parts, axis)
}
