import type { BinaryFunction, ReduceFunction, UnaryFunction } from '../../algebra/tensor.ts'
import type { ContractedAxis } from './contraction.ts'

/** Operations on tensors of a library of arrays, with which graphs are evaluated. Shapes and axes are those of one example; how examples are batched is the library's own business. */
export interface Operations<T> {
  full(value: number, shape: readonly number[]): T
  /** 0, 1 … size-1. */
  index(size: number): T
  unary(f: UnaryFunction, x: T): T
  binary(f: BinaryFunction, a: T, b: T): T
  where(condition: T, a: T, b: T): T
  broadcast(x: T, axes: readonly number[], shape: readonly number[]): T
  reduce(f: ReduceFunction, x: T, axes: readonly number[]): T
  /** A sum of products at once, see `Contraction`; a library that cannot leaves it out. */
  contract?(a: T, b: T, axes: readonly ContractedAxis[]): T
  slice(x: T, axis: number, start: number, size: number): T
  reshape(x: T, shape: readonly number[]): T
  transpose(x: T, order: readonly number[]): T
  concat(parts: readonly T[], axis: number): T
  /** Exclusive running sums along axis 0. */
  cumulate(x: T, reverse: boolean): T
  extent(x: T, axis: number): number
}

/** What a library of arrays must offer so that traced graphs can be interpreted with it. */
export interface Arithmetic<T> extends Operations<T> {
  /** One row for each example of the batch. */
  oneHot(symbols: readonly number[], size: number): T
  /** One number for each example of the batch. */
  perExample(values: readonly number[]): T
  /** A tensor for each example of the batch: `values` holds one after the other. */
  examples(values: Float32Array | Float64Array, shape: readonly number[]): T
  /** A tensor that all examples share. */
  shared(values: Float32Array | Float64Array, shape: readonly number[]): T
  /** Sum over the examples of the batch, row-major. */
  sumOverBatch(x: T, shape: readonly number[]): Float64Array
  /** Row-major, the batch in front. */
  values(x: T): Float64Array
  /** Runs `work` and frees what it made. */
  scoped<R>(work: () => R): R
}
