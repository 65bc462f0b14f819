import type { Arithmetic } from '../devices/interpreter/arithmetic.ts'
import type { BinaryFunction, UnaryFunction } from '../algebra/tensor.ts'

/** A batch of arrays in float64; `data` holds the examples one after the other, or one that all share. */
export interface Array64 {
  readonly shape: readonly number[]
  readonly data: readonly Float64Array[]
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)
const stridesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => product(shape.slice(axis + 1)))

const unaryFunctions: Record<UnaryFunction, (x: number) => number> = {
  negate: x => -x,
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  relu: x => (x > 0 ? x : 0),
  sqrt: Math.sqrt,
  reciprocal: x => 1 / x,
  detach: x => x,
}
const binaryFunctions: Record<BinaryFunction, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: (a, b) => Math.max(a, b),
  minimum: (a, b) => Math.min(a, b),
  greater: (a, b) => Number(a > b),
  equal: (a, b) => Number(a === b),
}

/** For each element of `shape`, row-major: start + sum of its index times `strides`. */
function positions(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let found = Int32Array.of(start)
  shape.forEach((size, axis) => {
    const next = new Int32Array(found.length * size)
    for (let k = 0; k < found.length; k++)
      for (let index = 0; index < size; index++) next[k * size + index] = found[k]! + index * strides[axis]!
    found = next
  })
  return found
}

/** Reads an array of shape `shape` out of `x`, whose elements lie `strides` apart. */
function gather(x: Array64, shape: readonly number[], strides: readonly number[], start = 0): Array64 {
  const from = positions(shape, strides, start)
  return {
    shape,
    data: x.data.map(values => {
      const result = new Float64Array(from.length)
      for (let k = 0; k < from.length; k++) result[k] = values[from[k]!]!
      return result
    }),
  }
}

/** Strides of axes of which those in `axes` are left out of an array with the given strides. */
function spacedOut(rank: number, axes: readonly number[], strides: readonly number[]): number[] {
  const own = [...strides]
  return Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 0 : own.shift()!))
}

function zip(arrays: readonly Array64[], f: (a: number, b: number, c: number) => number): Array64 {
  const batch = Math.max(...arrays.map(({ data }) => data.length))
  const pick = (array: Array64 | undefined, example: number): Float64Array =>
    array ? array.data[array.data.length === 1 ? 0 : example]! : NOTHING
  return {
    shape: arrays[0]!.shape,
    data: Array.from({ length: batch }, (_, example) => {
      const [a, b, c] = [pick(arrays[0], example), pick(arrays[1], example), pick(arrays[2], example)]
      const result = new Float64Array(a.length)
      for (let k = 0; k < a.length; k++) result[k] = f(a[k]!, b[k]!, c[k]!)
      return result
    }),
  }
}
const NOTHING = new Float64Array(0)

/** Plain loops over doubles: the judge of values, and the ground on which finite differences stand. */
export const float64: Arithmetic<Array64> = {
  full: (value, shape) => ({ shape, data: [new Float64Array(product(shape)).fill(value)] }),
  index: size => ({ shape: [size], data: [Float64Array.from({ length: size }, (_, k) => k)] }),
  oneHot: (symbols, size) => ({
    shape: [size],
    data: symbols.map(symbol => Float64Array.from({ length: size }, (_, k) => Number(k === symbol))),
  }),
  perExample: values => ({ shape: [], data: values.map(value => Float64Array.of(value)) }),
  examples(values, shape) {
    const size = product(shape)
    return {
      shape,
      data: Array.from({ length: values.length / size }, (_, example) =>
        Float64Array.from(values.subarray(example * size, (example + 1) * size)),
      ),
    }
  },
  shared: (values, shape) => ({ shape, data: [Float64Array.from(values)] }),
  unary: (f, x) => zip([x], unaryFunctions[f]),
  binary: (f, a, b) => zip([a, b], binaryFunctions[f]),
  where: (condition, a, b) => zip([condition, a, b], (c, x, y) => (c === 1 ? x! : y!)),
  broadcast: (x, axes, shape) => gather(x, shape, spacedOut(shape.length, axes, stridesOf(x.shape))),
  reduce(f, x, axes) {
    const shape = x.shape.filter((_, axis) => !axes.includes(axis))
    const target = positions(x.shape, spacedOut(x.shape.length, axes, stridesOf(shape)))
    return {
      shape,
      data: x.data.map(values => {
        const result = new Float64Array(product(shape)).fill(f === 'sum' ? 0 : -Infinity)
        for (let k = 0; k < values.length; k++)
          result[target[k]!] =
            f === 'sum' ? result[target[k]!]! + values[k]! : Math.max(result[target[k]!]!, values[k]!)
        return result
      }),
    }
  },
  slice(x, axis, start, size) {
    const strides = stridesOf(x.shape)
    return gather(x, x.shape.with(axis, size), strides, start * strides[axis]!)
  },
  reshape: (x, shape) => ({ shape, data: x.data }),
  transpose(x, order) {
    const strides = stridesOf(x.shape)
    return gather(
      x,
      order.map(axis => x.shape[axis]!),
      order.map(axis => strides[axis]!),
    )
  },
  concat(parts, axis) {
    const shape = parts[0]!.shape.with(
      axis,
      parts.reduce((total, part) => total + part.shape[axis]!, 0),
    )
    const batch = Math.max(...parts.map(({ data }) => data.length))
    const strides = stridesOf(shape)
    let start = 0
    const places = parts.map(part => {
      const own = positions(part.shape, strides, start * strides[axis]!)
      start += part.shape[axis]!
      return own
    })
    return {
      shape,
      data: Array.from({ length: batch }, (_, example) => {
        const result = new Float64Array(product(shape))
        parts.forEach(({ data }, part) => {
          const values = data[data.length === 1 ? 0 : example]!
          for (let k = 0; k < values.length; k++) result[places[part]![k]!] = values[k]!
        })
        return result
      }),
    }
  },
  cumulate(x, reverse) {
    const rows = x.shape[0]!,
      inner = product(x.shape.slice(1))
    return {
      shape: x.shape,
      data: x.data.map(values => {
        const result = new Float64Array(values.length)
        for (let step = 1; step < rows; step++) {
          const row = reverse ? rows - 1 - step : step,
            previous = reverse ? row + 1 : row - 1
          for (let k = 0; k < inner; k++)
            result[row * inner + k] = result[previous * inner + k]! + values[previous * inner + k]!
        }
        return result
      }),
    }
  },
  extent: (x, axis) => x.shape[axis]!,
  sumOverBatch: (x, shape) =>
    x.data.reduce((sum, values) => sum.map((value, k) => value + values[k]!), new Float64Array(product(shape))),
  values: x => Float64Array.from(x.data.flatMap(values => [...values])),
  scoped: work => work(),
}
