import type * as TensorFlow from '@tensorflow/tfjs'
import type { BinaryFunction, UnaryFunction } from '../../algebra/tensor.ts'
import type { Arithmetic } from '../interpreter/arithmetic.ts'
import type { TensorFlowJs } from './population.ts'
import { scopedOn } from './scope.ts'

type Tensor = TensorFlow.Tensor

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
  greater: (a, b) => tf.cast(tf.greater(a, b), 'float32'),
  equal: (a, b) => tf.cast(tf.equal(a, b), 'float32'),
})
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
const behind = (axes: readonly number[]): number[] => axes.map(axis => axis + 1)
const batchOf = (x: Tensor): number => x.shape[0]!

/**
 * Tensors of TensorFlow.js with the batch as leading axis (1 where all examples share one).
 * @param backend one that is initialised
 */
export function arithmeticOn(tf: TensorFlowJs, backend: string): Arithmetic<Tensor> {
  const unary = unaryOf(tf),
    binary = binaryOf(tf)
  return {
    full: (value, shape) => tf.fill([1, ...shape], value),
    index: size => tf.range(0, size, 1, 'float32').expandDims(0),
    oneHot: (symbols, size) => tf.cast(tf.oneHot(tf.tensor1d([...symbols], 'int32'), size), 'float32'),
    perExample: values => tf.tensor1d([...values]),
    examples: (values, shape) => tf.tensor(Float32Array.from(values), [values.length / product(shape), ...shape]),
    shared: (values, shape) => tf.tensor(Float32Array.from(values), [1, ...shape]),
    unary: (f, x) => unary[f](x),
    binary: (f, a, b) => binary[f](a, b),
    where: (condition, a, b) => tf.where(tf.cast(condition, 'bool'), a, b),
    broadcast(x, axes, shape) {
      const own = x.shape.slice(1)
      // TensorFlow.js gives one element where there are to be none.
      if (shape.includes(0)) return tf.zeros([batchOf(x), ...shape])
      const spaced = shape.map((_, axis) => (axes.includes(axis) ? 1 : own.shift()!))
      return tf.broadcastTo(tf.reshape(x, [batchOf(x), ...spaced]), [batchOf(x), ...shape])
    },
    reduce: (f, x, axes) => (f === 'sum' ? tf.sum(x, behind(axes)) : tf.max(x, behind(axes))),
    slice: (x, axis, start, size) =>
      tf.slice(
        x,
        x.shape.map((_, k) => (k === axis + 1 ? start : 0)),
        x.shape.map((dim, k) => (k === axis + 1 ? size : dim)),
      ),
    reshape: (x, shape) => tf.reshape(x, [batchOf(x), ...shape]),
    transpose: (x, order) => tf.transpose(x, [0, ...behind(order)]),
    concat(parts, axis) {
      const batch = Math.max(...parts.map(batchOf))
      return tf.concat(
        parts.map(part => (batchOf(part) === batch ? part : tf.broadcastTo(part, [batch, ...part.shape.slice(1)]))),
        axis + 1,
      )
    },
    cumulate: (x, reverse) => tf.cumsum(x, 1, true, reverse),
    extent: (x, axis) => x.shape[axis + 1]!,
    sumOverBatch: x => Float64Array.from(tf.sum(x, 0).dataSync()),
    values: x => Float64Array.from(x.dataSync()),
    scoped: scopedOn(tf, backend),
  }
}
