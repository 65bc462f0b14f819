import type { Tensor } from '../../algebra/tensor.ts'

/** Which of two factors have an axis of their product, and whether it is summed over. */
export interface ContractedAxis {
  readonly inA: boolean
  readonly inB: boolean
  readonly summed: boolean
}

/** A sum of products that is one product of matrices, such as a matrix times a vector. */
export interface Contraction {
  /** The factors as they are before they are repeated along the axes that they lack. */
  readonly inputs: readonly [Tensor, Tensor]
  /** Axes of the factors' product in their order; no axis is without both factors, and what is summed over is in both. */
  readonly axes: readonly ContractedAxis[]
}

const known = new WeakMap<Tensor, Contraction | null>()

/** How `tensor` is computed as a product of matrices; undefined where it cannot be, or where nothing is gained. */
export function contractionOf(tensor: Tensor): Contraction | undefined {
  let found = known.get(tensor)
  if (found === undefined) {
    found = find(tensor) ?? null
    known.set(tensor, found)
  }
  return found ?? undefined
}

function find({ op, inputs: [product] }: Tensor): Contraction | undefined {
  if (op.kind !== 'reduce' || op.f !== 'sum' || product!.op.kind !== 'binary' || product!.op.f !== 'multiply')
    return undefined
  const [a, b] = product!.inputs.map(withoutRepeats) as [Factor, Factor]
  const axes = product!.shape.map((_, axis) => ({ inA: a.has(axis), inB: b.has(axis), summed: op.axes.includes(axis) }))
  const fits = axes.every(({ inA, inB, summed }) => (summed ? inA && inB : inA || inB))
  const repeats = axes.some(({ inA, inB }) => inA !== inB)
  return fits && repeats && axes.some(({ summed }) => summed) ? { inputs: [a.tensor, b.tensor], axes } : undefined
}

/** A factor of a product without the axes along which it is repeated. */
export interface Factor {
  readonly tensor: Tensor
  has(axis: number): boolean
}

export function withoutRepeats(tensor: Tensor): Factor {
  const { op, inputs } = tensor
  if (op.kind !== 'broadcast') return { tensor, has: () => true }
  return { tensor: inputs[0]!, has: axis => !op.axes.includes(axis) }
}
