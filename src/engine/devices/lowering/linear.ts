import { reachable, type Tensor } from '../../algebra/tensor.ts'
import type { Model } from '../../model.ts'
import type { Base, Slot, Storage } from './storage.ts'
import { termOf, type Index, type Sources, type Term } from './terms.ts'

/** Weights from which on a matrix gets kernels of its own: smaller ones cost less where they fuse with what is around them. */
export const LARGE = 1024

/**
 * A sum of weights times a vector that is computed apart from all else: a blocked `product`, or, where the vector is a symbol, the
 * `gather` of the weights that it picks.
 */
export type Linear = 'product' | 'gather'

const VIEWS: readonly string[] = ['slice', 'transpose', 'reshape']
const MADE: readonly string[] = ['state', 'adjoint', 'unary', 'binary', 'where', 'reduce', 'concat']

const isLarge = ({ shape }: Tensor): boolean =>
  shape.length === 2 &&
  shape.every(dim => typeof dim === 'number') &&
  (shape[0] as number) * (shape[1] as number) >= LARGE

const source = (tensor: Tensor): Tensor => (VIEWS.includes(tensor.op.kind) ? source(tensor.inputs[0]!) : tensor)

/** What kind of a large product `tensor` is, if it is one. */
export function linearKind({ op, inputs }: Tensor): Linear | undefined {
  if (op.kind !== 'reduce' || op.f !== 'sum' || op.axes.length !== 1 || !isLarge(inputs[0]!)) return undefined
  const [factors] = inputs as [Tensor]
  if (factors.op.kind !== 'binary' || factors.op.f !== 'multiply') return undefined
  const isVector = (tensor: Tensor): boolean =>
    tensor.op.kind === 'broadcast' && tensor.op.axes.length === 1 && !op.axes.includes(tensor.op.axes[0]!)
  const vector = factors.inputs.find(isVector),
    weights = factors.inputs.find(input => source(input).op.kind === 'parameter')
  if (!vector || !weights) return undefined
  const { kind } = source(vector.inputs[0]!).op
  if (kind === 'symbol') return vector.inputs[0]!.op.kind === 'symbol' ? 'gather' : undefined
  return MADE.includes(kind) ? 'product' : undefined
}

/** Weights of the largest matrix that some of these tensors are a `product` with; 0 without one. */
export const largestProduct = (tensors: Iterable<Tensor>): number =>
  Math.max(
    0,
    ...[...tensors]
      .filter(tensor => linearKind(tensor) === 'product')
      .map(({ inputs: [factors] }) => (factors!.shape as readonly number[]).reduce((a, b) => a * b, 1)),
  )

/** Where a factor lies, and the bytes from one element to the next along each of two axes. */
export interface Operand {
  readonly base: Base
  readonly along: readonly [number, number]
  readonly lanes: boolean
  readonly slot: Slot
}
export interface Symbols {
  readonly which: 'input' | 'target'
  readonly axis: 0 | 1
}
export type Factor = { readonly stored: Operand } | { readonly symbols: Symbols }

/** The two factors of a [rows, columns] tensor of products, each in memory or a symbol; undefined where it is anything else. */
export function factorsOf(tensor: Tensor, places: Sources): readonly [Factor, Factor] | undefined {
  const term = termOf(
    tensor,
    [
      { level: 1, add: 0 },
      { level: 2, add: 0 },
    ],
    places,
  )
  if (term.kind !== 'compute' || term.op.kind !== 'binary' || term.op.f !== 'multiply') return undefined
  const [a, b] = term.inputs.map(factorOf)
  return a && b && [a, b]
}

function factorOf(term: Term): Factor | undefined {
  if (term.kind === 'symbol')
    return term.index.level > 0 && term.index.add === 0
      ? { symbols: { which: term.which, axis: term.index.level === 1 ? 0 : 1 } }
      : undefined
  if (term.kind !== 'load') return undefined
  const { storage, index } = term
  if (storage.strides.some((stride, k) => typeof stride !== 'number' && index[k])) return undefined
  return { stored: operandAt(storage, index) }
}

function operandAt({ base, strides, lanes, slot }: Storage, index: readonly Index[]): Operand {
  const along = (level: number): number =>
    index.reduce((bytes, at, k) => (at.level === level ? bytes + (strides[k] as number) : bytes), 0)
  const offset = index.reduce((bytes, { add }, k) => bytes + add * (strides[k] as number), 0)
  return { base: { ...base, offset: base.offset + offset }, along: [along(1), along(2)], lanes, slot }
}

/** What a large product or a gather is made of: the weights, and the vector or the symbol that they are multiplied by. */
export interface LinearFactors {
  /** Elements of the result, and terms of each sum. */
  readonly rows: number
  readonly summed: number
  /** The weights, and the steps from one result's to the next one's and along a sum. */
  readonly weights: { readonly base: Base; readonly row: number; readonly step: number }
  /** The vector, and the step along it; or which symbol picks the weights. */
  readonly vector: { readonly base: Base; readonly slot: Slot; readonly step: number } | Symbols['which']
}

/** The factors of a tensor that `linearKind` knows. */
export function linearFactors({ op, inputs }: Tensor, places: Sources): LinearFactors {
  const [input] = inputs as [Tensor]
  const summed = (op as { axes: readonly number[] }).axes[0] as 0 | 1,
    kept = summed === 0 ? 1 : 0
  const factors = factorsOf(input, places)
  const weights = factors?.find(factor => 'stored' in factor && !factor.stored.lanes) as { stored: Operand } | undefined
  const other = factors?.find(factor => factor !== weights)
  if (!weights || !other) throw new TypeError('the factors of a large product do not lie in memory')
  const { base, along } = weights.stored
  return {
    rows: input.shape[kept] as number,
    summed: input.shape[summed] as number,
    weights: { base, row: along[kept], step: along[summed] },
    vector:
      'symbols' in other
        ? other.symbols.which
        : { base: other.stored.base, slot: other.stored.slot, step: other.stored.along[summed] },
  }
}

/** Whether predictions are worth making for several time steps at once: where the classifier is large. */
export const predictsTogether = ({ graph }: Model): boolean =>
  reachable([graph.logits]).some(tensor => linearKind(tensor) === 'product')

/** The two factors of an outer product that all examples add to a large matrix: the one along its rows first. */
export function outerFactors(contribution: Tensor, places: Sources): readonly [Factor, Factor] | undefined {
  if (!isLarge(contribution)) return undefined
  const found = factorsOf(contribution, places)
  if (!found) return undefined
  const isAlong = (factor: Factor, axis: 0 | 1): boolean =>
    'symbols' in factor
      ? factor.symbols.axis === axis
      : factor.stored.lanes && factor.stored.along[axis] !== 0 && factor.stored.along[1 - axis] === 0
  const [a, b] = found
  if (isAlong(a, 0) && isAlong(b, 1)) return [a, b]
  return isAlong(b, 0) && isAlong(a, 1) ? [b, a] : undefined
}
