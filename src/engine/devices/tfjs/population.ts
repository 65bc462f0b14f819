import type * as TensorFlow from '@tensorflow/tfjs'
import type { BinaryFunction, UnaryFunction } from '../../algebra/tensor.ts'
import type { Operations } from '../interpreter/arithmetic.ts'
import type { ContractedAxis } from '../interpreter/contraction.ts'
import { productOf, sizesOf } from './product.ts'

export type TensorFlowJs = typeof TensorFlow
type Tensor = TensorFlow.Tensor

/** A tensor for every example of every run: `x` is [runs, examples, …shape]. An axis of `x` is 1 where all along it are the same. */
export interface Value {
  readonly x: Tensor
  /** Of one example. */
  readonly shape: readonly number[]
  /** What every element is, where that is known. */
  readonly constant?: number | undefined
}

/** Operations on all runs and examples at once, and what makes values to compute with. */
export interface Population extends Operations<Value> {
  /** @param x [runs, examples, …shape] */
  value(x: Tensor, shape: readonly number[]): Value
  /** The sum of products of `Operations.contract`, summed over the examples too. [runs, 1, …] */
  contractExamples(a: Value, b: Value, axes: readonly ContractedAxis[]): Value
  /** With as many runs and examples as told, and nothing left that stands for several. */
  spread(value: Value, runs: number, examples: number): Tensor
  /** Frees what was made once and for all. */
  dispose(): void
}

const unaryOf = (tf: TensorFlowJs): Record<UnaryFunction, (x: Tensor) => Tensor> => ({
  negate: tf.neg,
  exp: tf.exp,
  log: tf.log,
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  relu: tf.relu,
  sqrt: tf.sqrt,
  reciprocal: tf.reciprocal,
  detach: x => x,
})
const binaryOf = (tf: TensorFlowJs): Record<BinaryFunction, (a: Tensor, b: Tensor) => Tensor> => ({
  add: tf.add,
  subtract: tf.sub,
  multiply: tf.mul,
  divide: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  greater: tf.greater,
  equal: tf.equal,
})
const LEAD = 2
/** Axes of a tensor that libtensorflow takes a part of. */
const MOST_SLICED = 7
const behind = (axes: readonly number[]): number[] => axes.map(axis => axis + LEAD)
const isEmpty = ({ shape }: Value): boolean => shape.includes(0)
const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, k) => size === b[k])

/** @param tf on the backend that computes; what is made is freed by the caller's scope */
export function populationOn(tf: TensorFlowJs): Population {
  const unary = unaryOf(tf),
    binary = binaryOf(tf)
  const constants = new Map<string, Tensor>()
  const product = productOf(tf)

  const constant = (number: number, rank: number): Tensor => {
    const key = `${number}/${rank}`
    const found = constants.get(key) ?? tf.keep(tf.fill(new Array<number>(LEAD + rank).fill(1), number))
    constants.set(key, found)
    return found
  }
  const full = (number: number, shape: readonly number[]): Value => ({
    x: constant(number, shape.length),
    shape,
    constant: number,
  })
  /** Comparisons are truth values until they are computed with. */
  const numbers = ({ x }: Value): Tensor => (x.dtype === 'bool' ? tf.cast(x, 'float32') : x)
  const repeated = (value: Value, target: number[]): Tensor => {
    const x = numbers(value)
    if (same(x.shape, target)) return x
    // TensorFlow.js gives one element where there are to be none.
    if (target.includes(0)) return tf.zeros(target)
    return value.constant === undefined
      ? tf.broadcastTo(x, target)
      : value.constant === 0
        ? tf.zeros(target)
        : tf.fill(target, value.constant)
  }
  const sliced = (x: Tensor, axis: number, start: number, size: number): Tensor => {
    const part = x.shape.with(axis, size)
    if (x.rank <= MOST_SLICED)
      return tf.slice(
        x,
        x.shape.map((_, k) => (k === axis ? start : 0)),
        part,
      )
    const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1)
    return tf.reshape(tf.slice(tf.reshape(x, [-1, x.shape[axis]!, inner]), [0, start, 0], [-1, size, inner]), part)
  }
  const whole = (value: Value): Tensor => repeated(value, [...value.x.shape.slice(0, LEAD), ...value.shape])

  return {
    value: (x, shape) => ({ x, shape }),
    full,
    index: size => ({ x: tf.reshape(tf.range(0, size, 1, 'float32'), [1, 1, size]), shape: [size] }),
    unary: (f, value) => (f === 'detach' ? value : { x: unary[f](numbers(value)), shape: value.shape }),
    binary: (f, a, b) => (isEmpty(a) ? full(0, a.shape) : { x: binary[f](numbers(a), numbers(b)), shape: a.shape }),
    where: (condition, a, b) =>
      isEmpty(a)
        ? full(0, a.shape)
        : { x: tf.where(tf.cast(condition.x, 'bool'), numbers(a), numbers(b)), shape: a.shape },
    broadcast(value, axes, shape) {
      if (value.constant !== undefined) return full(value.constant, shape)
      if (shape.includes(0)) return full(0, shape)
      const own = value.x.shape.slice(LEAD)
      return {
        x: tf.reshape(value.x, [
          ...value.x.shape.slice(0, LEAD),
          ...shape.map((_, axis) => (axes.includes(axis) ? 1 : own.shift()!)),
        ]),
        shape,
      }
    },
    reduce(f, value, axes) {
      const { x, shape } = value
      const left = shape.filter((_, axis) => !axes.includes(axis))
      if (shape.includes(0)) return full(f === 'sum' ? 0 : -Infinity, left)
      const found = f === 'sum' ? tf.sum(numbers(value), behind(axes)) : tf.max(numbers(value), behind(axes))
      const times = axes.reduce((times, axis) => (times * shape[axis]!) / x.shape[axis + LEAD]!, 1)
      return { x: f === 'sum' && times !== 1 ? tf.mul(found, times) : found, shape: left }
    },
    slice(value, axis, start, size) {
      const { x, shape } = value
      const part = shape.with(axis, size)
      if (part.includes(0) || value.constant !== undefined) return full(value.constant ?? 0, part)
      if (x.shape[axis + LEAD] !== shape[axis] || size === shape[axis]) return { x, shape: part }
      return { x: sliced(x, axis + LEAD, start, size), shape: part }
    },
    reshape: (value, shape) =>
      value.constant === undefined && !shape.includes(0)
        ? { x: tf.reshape(whole(value), [...value.x.shape.slice(0, LEAD), ...shape]), shape }
        : full(value.constant ?? 0, shape),
    transpose: ({ x, shape, constant }, order) => ({
      x: tf.transpose(x, [0, 1, ...behind(order)]),
      shape: order.map(axis => shape[axis]!),
      constant,
    }),
    concat(parts, axis) {
      const shape = parts[0]!.shape.with(
        axis,
        parts.reduce((size, part) => size + part.shape[axis]!, 0),
      )
      if (shape.includes(0)) return full(0, shape)
      const filled = parts.filter(part => !isEmpty(part))
      if (filled.length === 1) return filled[0]!
      // An axis along which no part differs stays as it is.
      const most = filled[0]!.x.shape.map((_, k) => Math.max(...filled.map(({ x }) => x.shape[k]!)))
      return {
        x: tf.concat(
          filled.map(part => repeated(part, most.with(axis + LEAD, part.shape[axis]!))),
          axis + LEAD,
        ),
        shape,
      }
    },
    cumulate: (value, reverse) =>
      isEmpty(value) ? value : { x: tf.cumsum(whole(value), LEAD, true, reverse), shape: value.shape },
    extent: ({ shape }, axis) => shape[axis]!,
    contract: (a, b, axes) =>
      isEmpty(a) || isEmpty(b)
        ? full(
            0,
            sizesOf(a.shape, b.shape, axes).filter((_, k) => !axes[k]!.summed),
          )
        : product(whole(a), whole(b), axes, false),
    contractExamples(a, b, axes) {
      const examples = Math.max(a.x.shape[1]!, b.x.shape[1]!)
      const all = (value: Value): Tensor => repeated(value, [value.x.shape[0]!, examples, ...value.shape])
      return product(all(a), all(b), axes, true)
    },
    spread: (value, runs, examples) => repeated(value, [runs, examples, ...value.shape]),
    dispose() {
      for (const tensor of constants.values()) tensor.dispose()
      constants.clear()
    },
  }
}
