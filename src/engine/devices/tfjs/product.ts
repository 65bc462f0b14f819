import type * as TensorFlow from '@tensorflow/tfjs'
import type { ContractedAxis } from '../interpreter/contraction.ts'

type Tensor = TensorFlow.Tensor

/** An axis of the product of two factors: the runs, the examples, or one of their own. */
interface Axis {
  readonly size: number
  readonly inA: boolean
  readonly inB: boolean
  readonly summed: boolean
}

const sizeOf = (axes: readonly Axis[]): number => axes.reduce((product, { size }) => product * size, 1)
const same = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a.length === b.length && a.every((each, k) => each === b[k])

/**
 * Sums of products as batched products of matrices. Factors are [runs, examples, …own]; where one of them is the same for all examples,
 * the examples of a run share one product.
 */
export function productOf(
  tf: typeof TensorFlow,
): (a: Tensor, b: Tensor, own: readonly ContractedAxis[], overExamples: boolean) => { x: Tensor; shape: number[] } {
  const shaped = (x: Tensor, shape: number[]): Tensor => (same(x.shape, shape) ? x : tf.reshape(x, shape))
  const ordered = (x: Tensor, order: number[]): Tensor =>
    order.every((axis, k) => axis === k) ? x : tf.transpose(x, order)
  /** A factor as a matrix, or one for each of `batch`; as it lies where that is one turned over. */
  const matrix = (
    x: Tensor,
    own: readonly Axis[],
    batch: readonly Axis[],
    rows: readonly Axis[],
    columns: readonly Axis[],
  ): { x: Tensor; turned: boolean } => {
    const folded = batch.length > 0 ? [sizeOf(batch)] : []
    const turned = !same(own, [...batch, ...rows, ...columns]) && same(own, [...batch, ...columns, ...rows])
    if (turned) return { x: shaped(x, [...folded, sizeOf(columns), sizeOf(rows)]), turned }
    const order = [...batch, ...rows, ...columns]
    const inOrder = same(own, order)
      ? x
      : ordered(
          shaped(
            x,
            own.map(({ size }) => size),
          ),
          order.map(axis => own.indexOf(axis)),
        )
    return { x: shaped(inOrder, [...folded, sizeOf(rows), sizeOf(columns)]), turned }
  }

  return (a, b, own, overExamples) => {
    const axes = axesOf(a, b, own, overExamples)
    const batch = axes.filter(({ inA, inB, summed }) => inA && inB && !summed),
      inner = axes.filter(({ summed }) => summed)
    const onlyA = axes.filter(({ inA, inB }) => inA && !inB),
      onlyB = axes.filter(({ inA, inB }) => inB && !inA)
    // What has the examples is the left factor, so that they come first in the product too.
    const swap = b.shape[1]! > a.shape[1]!
    const [rows, columns] = swap ? [onlyB, onlyA] : [onlyA, onlyB]
    const left = matrix(swap ? b : a, axes.filter(swap ? ({ inB }) => inB : ({ inA }) => inA), batch, rows, inner)
    const right = matrix(swap ? a : b, axes.filter(swap ? ({ inA }) => inA : ({ inB }) => inB), batch, inner, columns)
    const product = tf.matMul(left.x, right.x, left.turned, right.turned)
    const found = [...batch, ...rows, ...columns],
      wanted = axes.filter(({ summed }) => !summed)
    const shape = sizesOf(a.shape.slice(2), b.shape.slice(2), own).filter((_, k) => !own[k]!.summed)
    const lead = [Math.max(a.shape[0]!, b.shape[0]!), overExamples ? 1 : Math.max(a.shape[1]!, b.shape[1]!)]
    const x = same(found, wanted)
      ? product
      : ordered(
          shaped(
            product,
            found.map(({ size }) => size),
          ),
          wanted.map(axis => found.indexOf(axis)),
        )
    return { x: shaped(x, [...lead, ...shape]), shape }
  }
}

/** Sizes of a product's axes, of factors of the shapes given. */
export function sizesOf(a: readonly number[], b: readonly number[], axes: readonly ContractedAxis[]): number[] {
  const left = [...a],
    right = [...b]
  return axes.map(({ inA, inB }) => {
    const [fromA, fromB] = [inA ? left.shift() : undefined, inB ? right.shift() : undefined]
    return (fromA ?? fromB)!
  })
}

/** The runs first, then the examples. A factor lacks those that it has only one for, unless both do: then there is one product for each run. */
function axesOf(a: Tensor, b: Tensor, own: readonly ContractedAxis[], overExamples: boolean): Axis[] {
  const [runs, otherRuns] = [a.shape[0]!, b.shape[0]!],
    [examples, otherExamples] = [a.shape[1]!, b.shape[1]!]
  const sizes = sizesOf(a.shape.slice(2), b.shape.slice(2), own)
  return [
    { size: Math.max(runs, otherRuns), inA: runs >= otherRuns, inB: otherRuns >= runs, summed: false },
    ...(Math.max(examples, otherExamples) === 1
      ? []
      : [{ size: Math.max(examples, otherExamples), inA: examples > 1, inB: otherExamples > 1, summed: overExamples }]),
    ...own.map(({ inA, inB, summed }, k): Axis => ({ size: sizes[k]!, inA, inB, summed })),
  ]
}
