import {
  isPairs,
  node,
  sameShape,
  sizeOf,
  type BinaryFunction,
  type Dim,
  type Rows,
  type Shape,
  type Tensor,
  type UnaryFunction,
} from './tensor.ts'

type Operand = Tensor | number

export const parameter = (name: string, shape: readonly number[]): Tensor => node({ kind: 'parameter', name }, shape)
export const constant = (value: number, shape: Shape = []): Tensor =>
  broadcast(node({ kind: 'constant', value }, []), shape)
export const stateBefore = (name: string, shape: Shape): Tensor => node({ kind: 'state', name }, shape)
export const scalar = (name: string): Tensor => node({ kind: 'scalar', name }, [])

/** The number that all elements are, where that is plain. */
export const constantOf = (tensor: Tensor): number | undefined => {
  const source = tensor.op.kind === 'broadcast' ? tensor.inputs[0]! : tensor
  return source.op.kind === 'constant' ? source.op.value : undefined
}

/** Repeats `x` along new leading axes until it has `shape`, of which its own shape must be the end. */
export function broadcast(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  const added = shape.length - x.shape.length
  if (added < 0 || !sameShape(x.shape, shape.slice(added)))
    throw new TypeError(`[${x.shape.join()}] does not end [${shape.join()}]`)
  return repeat(
    x,
    Array.from({ length: added }, (_, axis) => axis),
    shape,
  )
}

/** Repeats `x` along the given axes of the result. */
function repeat(x: Tensor, axes: readonly number[], shape: Shape): Tensor {
  if (axes.length === 0) return x
  if (x.op.kind === 'broadcast') {
    const outer = shape.map((_, axis) => axis).filter(axis => !axes.includes(axis))
    const inner = x.op.axes.map(axis => outer[axis]!)
    return node({ kind: 'broadcast', axes: [...axes, ...inner].sort((a, b) => a - b) }, shape, x.inputs)
  }
  return node({ kind: 'broadcast', axes }, shape, [x])
}

/** Inserts one axis of the given size: `spread([a, b], 1, 3)` is [a a a, b b b]. */
export function spread(x: Tensor, axis: number, size: Dim): Tensor {
  return repeat(x, [axis], [...x.shape.slice(0, axis), size, ...x.shape.slice(axis)])
}

function unary(f: UnaryFunction, x: Tensor): Tensor {
  return node({ kind: 'unary', f }, x.shape, [x])
}

function binary(f: BinaryFunction, a: Operand, b: Operand): Tensor {
  const [x, y] = align(a, b)
  return node({ kind: 'binary', f }, x.shape, [x, y])
}

function align(a: Operand, b: Operand): [Tensor, Tensor] {
  const x = typeof a === 'number' ? constant(a) : a
  const y = typeof b === 'number' ? constant(b) : b
  return x.shape.length < y.shape.length ? [broadcast(x, y.shape), y] : [x, broadcast(y, x.shape)]
}

export function add(a: Operand, b: Operand, ...more: Operand[]): Tensor {
  const [x, y] = align(a, b)
  const sum = constantOf(x) === 0 ? y : constantOf(y) === 0 ? x : binary('add', x, y)
  return more.length > 0 ? add(sum, more[0]!, ...more.slice(1)) : sum
}

export function subtract(a: Operand, b: Operand): Tensor {
  const [x, y] = align(a, b)
  return constantOf(y) === 0 ? x : binary('subtract', x, y)
}

export function multiply(a: Operand, b: Operand): Tensor {
  const [x, y] = align(a, b)
  const [left, right] = [constantOf(x), constantOf(y)]
  if (left === 1 || right === 0) return y
  if (right === 1 || left === 0) return x
  return binary('multiply', x, y)
}

export const divide = (a: Operand, b: Operand): Tensor => binary('divide', a, b)
export const maximum = (a: Operand, b: Operand): Tensor => binary('maximum', a, b)
export const minimum = (a: Operand, b: Operand): Tensor => binary('minimum', a, b)
/** 1 where a > b, else 0. No gradient. */
export const greater = (a: Operand, b: Operand): Tensor => binary('greater', a, b)
/** 1 where a = b, else 0. No gradient. */
export const equal = (a: Operand, b: Operand): Tensor => binary('equal', a, b)

export const negate = (x: Tensor): Tensor => unary('negate', x)
export const exp = (x: Tensor): Tensor => unary('exp', x)
export const log = (x: Tensor): Tensor => unary('log', x)
export const tanh = (x: Tensor): Tensor => unary('tanh', x)
export const sigmoid = (x: Tensor): Tensor => unary('sigmoid', x)
export const relu = (x: Tensor): Tensor => unary('relu', x)
export const sqrt = (x: Tensor): Tensor => unary('sqrt', x)
export const reciprocal = (x: Tensor): Tensor => unary('reciprocal', x)
/** The same value; gradients stop here. */
export const detach = (x: Tensor): Tensor => unary('detach', x)

/** `a` where `condition` is 1, `b` where it is 0. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const as = (value: Operand): Tensor =>
    typeof value === 'number' ? constant(value, condition.shape) : broadcast(value, condition.shape)
  return node({ kind: 'where' }, condition.shape, [condition, as(a), as(b)])
}

function reduce(f: 'sum' | 'max', x: Tensor, axes: readonly number[]): Tensor {
  const sorted = [...axes].sort((a, b) => a - b)
  if (sorted.length === 0) return x
  return node(
    { kind: 'reduce', f, axes: sorted },
    x.shape.filter((_, axis) => !sorted.includes(axis)),
    [x],
  )
}

const allAxes = (x: Tensor): number[] => x.shape.map((_, axis) => axis)
/** Sum over the given axes, or over all. */
export const sum = (x: Tensor, axes: readonly number[] = allAxes(x)): Tensor => reduce('sum', x, axes)
/** Largest element over the given axes, or over all. */
export const max = (x: Tensor, axes: readonly number[] = allAxes(x)): Tensor => reduce('max', x, axes)

/** Along the last axis. */
export function softmax(x: Tensor): Tensor {
  const last = x.shape.length - 1
  const size = x.shape[last]!
  const weights = exp(subtract(x, spread(detach(max(x, [last])), last, size)))
  return multiply(weights, spread(reciprocal(sum(weights, [last])), last, size))
}

/** ln sum exp along the last axis, free of overflow. */
export function logSumExp(x: Tensor): Tensor {
  const last = x.shape.length - 1
  const largest = detach(max(x, [last]))
  return add(log(sum(exp(subtract(x, spread(largest, last, x.shape[last]!))), [last])), largest)
}

/** [rows, columns] · [columns] -> [rows]. */
export const matvec = (matrix: Tensor, vector: Tensor): Tensor => einsum('ij,j->i', matrix, vector)
/** [a], [b] -> [a, b]. */
export const outer = (a: Tensor, b: Tensor): Tensor => einsum('i,j->ij', a, b)

/** Sum of products over named axes, as `einsum('ij,j->i', w, x)`: letters that the result lacks are summed over. */
export function einsum(formula: string, ...tensors: Tensor[]): Tensor {
  const [left, result] = formula.split('->') as [string, string]
  const terms = left.split(',')
  const sizes = new Map<string, Dim>()
  terms.forEach((term, k) =>
    [...term].forEach((letter, axis) => {
      const size = tensors[k]!.shape[axis]!
      if ((sizes.get(letter) ?? size) !== size)
        throw new TypeError(`${formula}: axis ${letter} is ${sizes.get(letter)} and ${size}`)
      sizes.set(letter, size)
    }),
  )
  const letters = [...result, ...[...sizes.keys()].filter(letter => !result.includes(letter))]
  const shape = letters.map(letter => sizes.get(letter)!)
  const expanded = tensors.map((tensor, k) => {
    const own = letters.filter(letter => terms[k]!.includes(letter))
    const ordered = transpose(
      tensor,
      own.map(letter => terms[k]!.indexOf(letter)),
    )
    return repeat(
      ordered,
      letters.flatMap((letter, axis) => (own.includes(letter) ? [] : [axis])),
      shape,
    )
  })
  return sum(
    expanded.reduce((a, b) => multiply(a, b)),
    letters.flatMap((_, axis) => (axis < result.length ? [] : [axis])),
  )
}

/** result axis k is axis order[k] of `x`. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  if (order.every((axis, k) => axis === k)) return x
  return node(
    { kind: 'transpose', order },
    order.map(axis => x.shape[axis]!),
    [x],
  )
}

export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(x.shape, shape)) return x
  if (sizeOf(x.shape) !== sizeOf(shape))
    throw new TypeError(`[${x.shape.join()}] has not as many elements as [${shape.join()}]`)
  return node({ kind: 'reshape' }, shape, [x])
}

/** Elements start … end-1 along `axis`. */
export function slice(x: Tensor, start: number, end: number, axis = 0): Tensor {
  const size = x.shape[axis]
  if (start === 0 && end === size) return x
  if (typeof size !== 'number' || start < 0 || end > size || start >= end)
    throw new TypeError(`no part ${start} to ${end} of axis ${axis} of [${x.shape.join()}]`)
  return node(
    { kind: 'slice', axis, start },
    x.shape.map((dim, k) => (k === axis ? end - start : dim)),
    [x],
  )
}

/** Element `index` along `axis`, without that axis. */
export function pick(x: Tensor, index: number, axis = 0): Tensor {
  const part = slice(x, index, index + 1, axis)
  return reshape(part, part.shape.filter((_, k) => k !== axis) as number[])
}

/** Splits an axis into equal parts, each keeping the axis. */
export function split(x: Tensor, parts: number, axis = 0): Tensor[] {
  const size = x.shape[axis] as number
  if (size % parts !== 0) throw new TypeError(`axis ${axis} of [${x.shape.join()}] has no ${parts} equal parts`)
  const width = size / parts
  return Array.from({ length: parts }, (_, k) => slice(x, k * width, (k + 1) * width, axis))
}

export function concat(parts: readonly Tensor[], axis = 0): Tensor {
  if (parts.length === 1) return parts[0]!
  const total = parts.reduce((size, part) => size + (part.shape[axis] as number), 0)
  return node(
    { kind: 'concat', axis },
    parts[0]!.shape.map((dim, k) => (k === axis ? total : dim)),
    parts,
  )
}

/** Zeros round `x` so that it becomes elements start … of an axis of `size`. */
export function pad(x: Tensor, axis: number, start: number, size: number): Tensor {
  const zeros = (length: number): Tensor[] =>
    length === 0
      ? []
      : [
          constant(
            0,
            x.shape.map((dim, k) => (k === axis ? length : dim)),
          ),
        ]
  return concat([...zeros(start), x, ...zeros(size - start - (x.shape[axis] as number))], axis)
}

/** Whether every row along axis 0 is the same. */
const sameRows = (x: Tensor): boolean => x.op.kind === 'broadcast' && x.op.axes.includes(0)

/** The same tensor with another extent along its growing axes; all rows are equal. */
function resizeRows(x: Tensor, extent: Dim): Tensor {
  return node(x.op, isPairs(x.shape) ? [extent, extent, ...x.shape.slice(2)] : [extent, ...x.shape.slice(1)], x.inputs)
}

/** Zero-filled window, see `Operation`. Moves past sums and row-independent factors, so that devices read what is stored. */
export function window(x: Tensor, offset: number, extent: Dim, from: 'first' | 'last' = 'first'): Tensor {
  const move = (part: Tensor): Tensor => moved(part, offset, extent, from, inside)
  const inside = once(move)
  return move(x)
}

/** The same function, which works out what is shared between sums of sums no more than once. */
function once(f: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  const known = new Map<Tensor, Tensor>()
  return x => {
    const found = known.get(x) ?? f(x)
    known.set(x, found)
    return found
  }
}

function moved(
  x: Tensor,
  offset: number,
  extent: Dim,
  from: 'first' | 'last',
  inside: (part: Tensor) => Tensor,
): Tensor {
  if (offset === 0 && x.shape[0] === extent) return x
  if (constantOf(x) === 0) return resizeRows(x, extent)
  if (isPairs(x.shape)) return node({ kind: 'window', offset, from, fill: 'zero' }, pairsOf(x, extent, from), [x])
  if (x.op.kind === 'binary') {
    const [a, b] = x.inputs as [Tensor, Tensor]
    if (x.op.f === 'multiply' && sameRows(a)) return multiply(resizeRows(a, extent), inside(b))
    if (x.op.f === 'multiply' && sameRows(b)) return multiply(inside(a), resizeRows(b, extent))
    if (x.op.f === 'add' && !sameRows(a) && !sameRows(b)) return add(inside(a), inside(b))
  }
  return node({ kind: 'window', offset, from, fill: 'zero' }, [extent, ...x.shape.slice(1)], [x])
}

function pairsOf(x: Tensor, extent: Dim, from: 'first' | 'last'): Shape {
  if (from === 'first')
    throw new TypeError(`rows of [${x.shape.join()}] can only be appended: it holds something for pairs of rows`)
  return [extent, extent, ...x.shape.slice(2)]
}

function filledWindow(
  x: Tensor,
  offset: number,
  extent: Dim,
  fill: 'above' | 'below',
  row: Tensor,
  from: 'first' | 'last' = 'first',
): Tensor {
  const shape = isPairs(x.shape) ? pairsOf(x, extent, from) : [extent, ...x.shape.slice(1)]
  return node({ kind: 'window', offset, from, fill }, shape, [x, broadcast(row, shape.slice(1))])
}

/** Pushes `value` as row 0: result[0] = value, result[d] = x[d - 1]; as many rows as the memory keeps after the step. [before, …], […] -> [after, …]. */
export const shiftDown = (x: Tensor, value: Tensor): Tensor => filledWindow(x, -1, 'after', 'above', value)
/** Pops row 0: result[d] = x[d + 1]. [before, …] -> [after, …]. */
export const shiftUp = (x: Tensor): Tensor => window(x, 1, 'after')
/** The same rows, as many as the memory keeps after the step. [before, …] -> [after, …]. */
export const keepRows = (x: Tensor): Tensor => window(x, 0, 'after')
/**
 * `value` as a new last row; where the memory keeps no more rows than before, the first is dropped. [before, …], […] -> [after, …].
 * For pairs of rows, [before, before, …], [after, …] -> [after, after, …]: the new row pairs the new one with all that are kept, itself
 * included, and rows appended earlier are zero there; so what has only been appended to is zero wherever its second row is the later one.
 */
export function append(x: Tensor, value: Tensor): Tensor {
  if (isPairs(x.shape) && x.op.kind !== 'state')
    throw new TypeError(
      `[${x.shape.join()}] holds something for pairs of rows: it can only be appended to as the memory holds it, not changed`,
    )
  return filledWindow(x, 1, 'after', 'below', value, 'last')
}

/** Row `index` along axis 0; zero when there is no such row. */
export function row(x: Tensor, index: number | 'last'): Tensor {
  const take = (part: Tensor): Tensor => rowOf(part, index, inside)
  const inside = once(take)
  return take(x)
}

function rowOf(x: Tensor, index: number | 'last', inside: (part: Tensor) => Tensor): Tensor {
  if (typeof index === 'number' && typeof x.shape[0] === 'number') return pick(x, index)
  if (x.op.kind === 'binary') {
    const [a, b] = x.inputs as [Tensor, Tensor]
    if (x.op.f === 'multiply' && sameRows(a) !== sameRows(b))
      return sameRows(a) ? multiply(anyRow(a), inside(b)) : multiply(inside(a), anyRow(b))
    if (x.op.f === 'add' && !sameRows(a) && !sameRows(b)) return add(inside(a), inside(b))
  }
  return node({ kind: 'row', index }, x.shape.slice(1), [x])
}

/** The row that all rows of a row-independent tensor are. */
function anyRow(x: Tensor): Tensor {
  const { axes } = x.op as { axes: readonly number[] }
  return repeat(
    x.inputs[0]!,
    axes.filter(axis => axis > 0).map(axis => axis - 1),
    x.shape.slice(1),
  )
}

/** `x` as row `index` of a tensor that is zero elsewhere. */
export function place(x: Tensor, index: number | 'last', extent: Rows): Tensor {
  return node({ kind: 'place', index }, [extent, ...x.shape], [x])
}

/** Sum of the rows above (index smaller), the row itself not counted. */
export const sumAbove = (x: Tensor): Tensor => node({ kind: 'cumulate', reverse: false }, x.shape, [x])
/** Sum of the rows below (index greater), the row itself not counted. */
export const sumBelow = (x: Tensor): Tensor => node({ kind: 'cumulate', reverse: true }, x.shape, [x])
