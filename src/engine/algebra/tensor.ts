/**
 * The tensor language that cells are written in. A `Tensor` is a node of a pure graph over one example of the batch, at one time
 * step: no batch, population or time axes. Devices interpret or compile the graph; `gradient.ts` derives its reverse mode.
 */

/**
 * The rows of a growing memory, counted before and after the step's update. Axis 0 may grow; a tensor whose axes 0 and 1 both grow
 * holds something for pairs of rows, and its two axes number the same rows.
 */
export type Rows = 'before' | 'after'
export type Dim = number | Rows
export type Shape = readonly Dim[]

export type UnaryFunction = 'negate' | 'exp' | 'log' | 'tanh' | 'sigmoid' | 'relu' | 'sqrt' | 'reciprocal' | 'detach'
export type BinaryFunction = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum' | 'greater' | 'equal'
export type ReduceFunction = 'sum' | 'max'

export type Operation =
  /** A weight tensor, the same for all examples. */
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: number }
  /** 0, 1, 2 … along its only axis. */
  | { readonly kind: 'index' }
  /** A part of the recurrent state as the step finds it. */
  | { readonly kind: 'state'; readonly name: string }
  /** The symbol read at this step, or the one to be predicted, as a one-hot vector. */
  | { readonly kind: 'symbol'; readonly which: 'input' | 'target' }
  /** Factors that dropout multiplies by at this step, given from outside for every example. */
  | { readonly kind: 'mask'; readonly name: string }
  /** In reverse graphs: the loss's derivative by a part of the state after the step (`later`), and the share that the step's own output has in it. */
  | { readonly kind: 'adjoint'; readonly name: string; readonly from: 'later' | 'output' }
  /** The weight of the example in the batch mean: 1 / batch, or 0 for a padding lane. */
  | { readonly kind: 'weight' }
  /** A number given at every call, such as a learning rate; the same for all examples. */
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'unary'; readonly f: UnaryFunction }
  | { readonly kind: 'binary'; readonly f: BinaryFunction }
  /** inputs: condition (0 or 1), value where 1, value where 0. */
  | { readonly kind: 'where' }
  /** Repeats the input along `axes` of the result. */
  | { readonly kind: 'broadcast'; readonly axes: readonly number[] }
  | { readonly kind: 'reduce'; readonly f: ReduceFunction; readonly axes: readonly number[] }
  | { readonly kind: 'slice'; readonly axis: number; readonly start: number }
  | { readonly kind: 'reshape' }
  | { readonly kind: 'transpose'; readonly order: readonly number[] }
  | { readonly kind: 'concat'; readonly axis: number }
  /**
   * result[d] = input[d + offset] along axis 0; outside of the input it is zero, or the row given as second input: `above` fills
   * the rows before the first, `below` those after the last. Rows are counted from the first or from the `last` of both tensors:
   * then result[d] = input[d + offset + rows of the input - rows of the result]. Pairs of rows move along both of their axes.
   */
  | {
      readonly kind: 'window'
      readonly offset: number
      readonly from: 'first' | 'last'
      readonly fill: 'zero' | 'above' | 'below'
    }
  /** One row along axis 0; zero when there is no such row. */
  | { readonly kind: 'row'; readonly index: number | 'last' }
  /** All rows zero but one: the reverse of `row`. */
  | { readonly kind: 'place'; readonly index: number | 'last' }
  /** result[d] = sum of input[e] over e < d, or over e > d when `reverse`, along axis 0. */
  | { readonly kind: 'cumulate'; readonly reverse: boolean }

export interface Tensor {
  readonly id: number
  readonly op: Operation
  readonly shape: Shape
  readonly inputs: readonly Tensor[]
}

let known = new Map<string, Tensor>()
let nextId = 0

/** Runs `build` with a fresh table of nodes, so that equal expressions inside become one node. */
export function tracing<T>(build: () => T): T {
  const outer = known
  known = new Map()
  try {
    return build()
  } finally {
    known = outer
  }
}

export function node(op: Operation, shape: Shape, inputs: readonly Tensor[] = []): Tensor {
  const key = `${JSON.stringify(op)}|${shape.join()}|${inputs.map(input => input.id).join()}`
  const found = known.get(key)
  if (found) return found
  const made: Tensor = { id: nextId++, op, shape, inputs }
  known.set(key, made)
  return made
}

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i])
/** Whether it holds something for pairs of rows. */
export const isPairs = (shape: Shape): boolean => typeof shape[0] === 'string' && typeof shape[1] === 'string'
export const isStatic = (shape: Shape): shape is readonly number[] => shape.every(dim => typeof dim === 'number')

/** Number of elements of a shape without growing rows. */
export function sizeOf(shape: Shape): number {
  return shape.reduce<number>((product, dim) => {
    if (typeof dim !== 'number') throw new TypeError(`[${shape.join()}] grows; its size is known only at run time`)
    return product * dim
  }, 1)
}

/** Number of elements of one row, or of one pair of rows; of all, where nothing grows. */
export const rowSizeOf = (shape: Shape): number =>
  shape.reduce<number>((product, dim) => (typeof dim === 'number' ? product * dim : product), 1)

/** All nodes that `roots` need, inputs before users. */
export function reachable(roots: Iterable<Tensor>): Tensor[] {
  const order: Tensor[] = []
  const seen = new Set<Tensor>()
  const visit = (tensor: Tensor): void => {
    if (seen.has(tensor)) return
    seen.add(tensor)
    tensor.inputs.forEach(visit)
    order.push(tensor)
  }
  for (const root of roots) visit(root)
  return order
}
