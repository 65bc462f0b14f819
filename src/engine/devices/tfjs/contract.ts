import type * as TensorFlow from '@tensorflow/tfjs'
import type { Arithmetic } from '../interpreter/arithmetic.ts'
import type { ContractedAxis } from '../interpreter/contraction.ts'

type Tensor = TensorFlow.Tensor

/** An axis of the result: the examples, or one of the product's. */
interface Axis { readonly size: number, readonly inLeft: boolean, readonly inRight: boolean, readonly summed: boolean }

/** Sums of products as (batched) products of matrices; the examples share one product where a factor is the same for all of them. */
export function contractWith(tf: typeof TensorFlow): NonNullable<Arithmetic<Tensor>['contract']> {
  const shaped = (x: Tensor, shape: number[]): Tensor => same(x.shape, shape) ? x : tf.reshape(x, shape)
  const ordered = (x: Tensor, order: number[]): Tensor => order.every((axis, k) => axis === k) ? x : tf.transpose(x, order)

  return (a, b, axes) => {
    const swap = a.shape[0]! < b.shape[0]!
    const [left, right] = swap ? [b, a] : [a, b]
    const all = axesOf(left, right, swap ? axes.map(({ inA, inB, summed }) => ({ inA: inB, inB: inA, summed })) : axes)
    const batch = all.filter(({ inLeft, inRight, summed }) => inLeft && inRight && !summed)
    const inner = all.filter(({ summed }) => summed)
    const rows = all.filter(({ inLeft, inRight }) => inLeft && !inRight)
    const columns = all.filter(({ inLeft, inRight }) => inRight && !inLeft)

    const folded = batch.length > 0 ? [sizeOf(batch)] : []
    const matrix = (x: Tensor, own: readonly Axis[], order: readonly Axis[], height: number, width: number): Tensor =>
      shaped(ordered(shaped(x, own.map(({ size }) => size)), order.map(axis => own.indexOf(axis))), [...folded, height, width])
    const ofRight = all.filter(({ inRight }) => inRight)
    // A factor whose summed axes come last anyway, such as the matrix of a matrix times a vector, is taken as it lies.
    const turned = same(ofRight, [...batch, ...columns, ...inner])
    const product = tf.matMul(
      matrix(left, all.filter(({ inLeft }) => inLeft), [...batch, ...rows, ...inner], sizeOf(rows), sizeOf(inner)),
      turned ? matrix(right, ofRight, ofRight, sizeOf(columns), sizeOf(inner)) : matrix(right, ofRight, [...batch, ...inner, ...columns], sizeOf(inner), sizeOf(columns)),
      false, turned,
    )
    const found = [...batch, ...rows, ...columns]
    return ordered(shaped(product, found.map(({ size }) => size)), all.filter(({ summed }) => !summed).map(axis => found.indexOf(axis)))
  }
}

/** The examples first; a factor that all examples share lacks that axis, unless both do. */
function axesOf(left: Tensor, right: Tensor, axes: readonly ContractedAxis[]): Axis[] {
  const sizes = { left: left.shape.slice(1), right: right.shape.slice(1) }
  const own = axes.map(({ inA: inLeft, inB: inRight, summed }): Axis => {
    const fromRight = inRight ? sizes.right.shift()! : 1
    return { size: inLeft ? sizes.left.shift()! : fromRight, inLeft, inRight, summed }
  })
  return [{ size: left.shape[0]!, inLeft: true, inRight: right.shape[0]! > 1, summed: false }, ...own]
}

const sizeOf = (axes: readonly Axis[]): number => axes.reduce((product, { size }) => product * size, 1)
const same = <T>(a: readonly T[], b: readonly T[]): boolean => a.length === b.length && a.every((each, k) => each === b[k])
