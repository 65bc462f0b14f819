import type { Arithmetic } from '../devices/interpreter/arithmetic.ts'
import type { BinaryFunction, UnaryFunction } from '../algebra/tensor.ts'

/** A batch of arrays in float64; `data` holds the examples one after the other, or one that all share. */
export interface Array64 { readonly shape: readonly number[], readonly data: readonly Float64Array[] }

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
const stridesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => product(shape.slice(axis + 1)))

const unaryFunctions: Record<UnaryFunction, (x: number) => number> = {
  negate: x => -x, exp: Math.exp, log: Math.log, tanh: Math.tanh, sigmoid: x => 1 / (1 + Math.exp(-x)), relu: x => x > 0 ? x : 0,
  sqrt: Math.sqrt, reciprocal: x => 1 / x, detach: x => x,
}
const binaryFunctions: Record<BinaryFunction, (a: number, b: number) => number> = {
  add: (a, b) => a + b, subtract: (a, b) => a - b, multiply: (a, b) => a * b, divide: (a, b) => a / b, maximum: Math.max, minimum: Math.min,
  greater: (a, b) => Number(a > b), equal: (a, b) => Number(a === b),
}

/** Reads an array of shape `shape` through `source`, which maps an index of the result to a position in the input. */
function gather(x: Array64, shape: readonly number[], source: (index: readonly number[]) => number): Array64 {
  const positions = Array.from(indices(shape), source)
  return { shape, data: x.data.map(values => Float64Array.from(positions, position => values[position]!)) }
}

function* indices(shape: readonly number[]): Generator<number[]> {
  const total = product(shape), strides = stridesOf(shape)
  for (let k = 0; k < total; k++) yield shape.map((size, axis) => Math.floor(k / strides[axis]!) % size)
}

const at = (index: readonly number[], strides: readonly number[]): number => index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)

function zip(arrays: readonly Array64[], f: (...values: number[]) => number): Array64 {
  const batch = Math.max(...arrays.map(({ data }) => data.length))
  const pick = ({ data }: Array64, example: number): Float64Array => data[data.length === 1 ? 0 : example]!
  return { shape: arrays[0]!.shape, data: Array.from({ length: batch }, (_, example) => {
    const own = arrays.map(array => pick(array, example))
    return own[0]!.map((_, k) => f(...own.map(values => values[k]!)))
  }) }
}

/** Plain loops over doubles: the judge of values, and the ground on which finite differences stand. */
export const float64: Arithmetic<Array64> = {
  full: (value, shape) => ({ shape, data: [new Float64Array(product(shape)).fill(value)] }),
  index: size => ({ shape: [size], data: [Float64Array.from({ length: size }, (_, k) => k)] }),
  oneHot: (symbols, size) => ({ shape: [size], data: symbols.map(symbol => Float64Array.from({ length: size }, (_, k) => Number(k === symbol))) }),
  perExample: values => ({ shape: [], data: values.map(value => Float64Array.of(value)) }),
  shared: (values, shape) => ({ shape, data: [Float64Array.from(values)] }),
  unary: (f, x) => zip([x], unaryFunctions[f]),
  binary: (f, a, b) => zip([a, b], binaryFunctions[f]),
  where: (condition, a, b) => zip([condition, a, b], (c, x, y) => c === 1 ? x! : y!),
  broadcast: (x, axes, shape) => {
    const strides = stridesOf(x.shape)
    return gather(x, shape, index => at(index.filter((_, axis) => !axes.includes(axis)), strides))
  },
  reduce(f, x, axes) {
    const shape = x.shape.filter((_, axis) => !axes.includes(axis))
    const strides = stridesOf(shape)
    const target = Array.from(indices(x.shape), index => at(index.filter((_, axis) => !axes.includes(axis)), strides))
    return { shape, data: x.data.map(values => {
      const result = new Float64Array(product(shape)).fill(f === 'sum' ? 0 : -Infinity)
      values.forEach((value, k) => { result[target[k]!] = f === 'sum' ? result[target[k]!]! + value : Math.max(result[target[k]!]!, value) })
      return result
    }) }
  },
  slice(x, axis, start, size) {
    const strides = stridesOf(x.shape)
    return gather(x, x.shape.map((dim, k) => k === axis ? size : dim), index => at(index, strides) + start * strides[axis]!)
  },
  reshape: (x, shape) => ({ shape, data: x.data }),
  transpose(x, order) {
    const strides = stridesOf(x.shape)
    return gather(x, order.map(axis => x.shape[axis]!), index => index.reduce((sum, i, k) => sum + i * strides[order[k]!]!, 0))
  },
  concat(parts, axis) {
    const shape = parts[0]!.shape.map((dim, k) => k === axis ? parts.reduce((total, part) => total + part.shape[axis]!, 0) : dim)
    const batch = Math.max(...parts.map(({ data }) => data.length))
    const owners = parts.flatMap((part, k) => Array.from({ length: part.shape[axis]! }, (_, own) => ({ k, own })))
    const strides = parts.map(part => stridesOf(part.shape))
    return { shape, data: Array.from({ length: batch }, (_, example) => Float64Array.from(indices(shape), index => {
      const { k, own } = owners[index[axis]!]!
      const { data } = parts[k]!
      return data[data.length === 1 ? 0 : example]![at(index.with(axis, own), strides[k]!)]!
    })) }
  },
  cumulate(x, reverse) {
    const rows = x.shape[0]!, inner = product(x.shape.slice(1))
    return { shape: x.shape, data: x.data.map(values => {
      const result = new Float64Array(values.length)
      for (let step = 1; step < rows; step++) {
        const row = reverse ? rows - 1 - step : step, previous = reverse ? row + 1 : row - 1
        for (let k = 0; k < inner; k++) result[row * inner + k] = result[previous * inner + k]! + values[previous * inner + k]!
      }
      return result
    }) }
  },
  extent: (x, axis) => x.shape[axis]!,
  sumOverBatch: (x, shape) => x.data.reduce((sum, values) => sum.map((value, k) => value + values[k]!), new Float64Array(product(shape))),
  values: x => Float64Array.from(x.data.flatMap(values => [...values])),
  scoped: work => work(),
}
