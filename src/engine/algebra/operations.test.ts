import { describe, expect, it } from 'vitest'
import { evaluate } from '../devices/interpreter/evaluate.ts'
import { float64, type Array64 } from '../testing/float64.ts'
import { accumulate } from './accumulate.ts'
import {
  add,
  append,
  broadcast,
  concat,
  constant,
  einsum,
  keepRows,
  logSumExp,
  matvec,
  multiply,
  outer,
  pad,
  parameter,
  pick,
  place,
  reshape,
  row,
  shiftDown,
  shiftUp,
  slice,
  softmax,
  split,
  spread,
  stateBefore,
  sum,
  sumAbove,
  sumBelow,
  tanh,
  transpose,
  window,
} from './operations.ts'
import { reachable, tracing, type Tensor } from './tensor.ts'

const ROWS = { before: 3, after: 4 }

/** Values of `build`'s result when its leaves hold 1, 2, 3 … */
function valuesOf(build: () => Tensor, extents = ROWS): number[] {
  return tracing(() => {
    const root = build()
    const known = new Map<Tensor, Array64>()
    evaluate([root], known, float64, extents, ({ shape }) => {
      const sizes = shape.map(dim => (typeof dim === 'number' ? dim : extents[dim]))
      return float64.shared(
        Float64Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, (_, k) => k + 1),
        sizes,
      )
    })
    return [...known.get(root)!.data[0]!]
  })
}

const vector = (size: number): Tensor => parameter('v', [size])
const matrix = (rows: number, columns: number): Tensor => parameter('m', [rows, columns])
const rows = (): Tensor => stateBefore('rows', ['before', 2])
const pairs = (): Tensor => stateBefore('pairs', ['before', 'before'])
/** As many rows after the step as before it. */
const FULL = { before: 3, after: 3 }

describe('operations', () => {
  it.each<[string, () => Tensor, number[]]>([
    ['matvec', () => matvec(matrix(2, 3), vector(3)), [14, 32]],
    ['outer', () => outer(vector(2), parameter('w', [3])), [1, 2, 3, 2, 4, 6]],
    ['einsum over two letters', () => einsum('ij,ij->', matrix(2, 2), matrix(2, 2)), [30]],
    ['einsum with a transposed result', () => einsum('ij->ji', matrix(2, 3)), [1, 4, 2, 5, 3, 6]],
    ['broadcast repeats leading axes', () => broadcast(vector(2), [2, 2]), [1, 2, 1, 2]],
    ['spread inserts an axis', () => spread(vector(2), 1, 2), [1, 1, 2, 2]],
    ['spread of spread', () => spread(spread(vector(2), 0, 2), 2, 2), [1, 1, 2, 2, 1, 1, 2, 2]],
    ['slice', () => slice(matrix(2, 3), 1, 3, 1), [2, 3, 5, 6]],
    ['pick drops the axis', () => pick(matrix(2, 3), 1), [4, 5, 6]],
    ['split', () => split(vector(6), 3)[1]!, [3, 4]],
    ['concat', () => concat([matrix(2, 1), parameter('n', [2, 2])], 1), [1, 1, 2, 2, 3, 4]],
    ['pad', () => pad(vector(2), 0, 1, 4), [0, 1, 2, 0]],
    ['transpose', () => transpose(reshape(vector(6), [1, 2, 3]), [2, 0, 1]), [1, 4, 2, 5, 3, 6]],
    ['sum over an axis', () => sum(matrix(2, 3), [0]), [5, 7, 9]],
    ['shiftDown pushes', () => shiftDown(rows(), constant(9, [2])), [9, 9, 1, 2, 3, 4, 5, 6]],
    ['shiftUp pops', () => shiftUp(rows()), [3, 4, 5, 6, 0, 0, 0, 0]],
    ['keepRows fills with zeros', () => keepRows(rows()), [1, 2, 3, 4, 5, 6, 0, 0]],
    ['append', () => append(rows(), constant(9, [2])), [1, 2, 3, 4, 5, 6, 9, 9]],
    ['row', () => row(rows(), 2), [5, 6]],
    ['a row that is not there', () => row(rows(), 3), [0, 0]],
    ['place', () => place(vector(2), 1, 'before'), [0, 0, 1, 2, 0, 0]],
    ['sumAbove', () => sumAbove(rows()), [0, 0, 1, 2, 4, 6]],
    ['sumBelow', () => sumBelow(rows()), [8, 10, 5, 6, 0, 0]],
  ])('%s', (_, build, expected) => expect(valuesOf(build)).toEqual(expected))

  it('append drops the first row when no more are kept', () => {
    expect(valuesOf(() => append(rows(), constant(9, [2])), FULL)).toEqual([3, 4, 5, 6, 9, 9])
  })

  it('append to pairs of rows pairs the new row with all others', () => {
    const row = (): Tensor => append(stateBefore('column', ['before']), constant(9))
    expect(valuesOf(() => append(pairs(), row()))).toEqual([1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 1, 2, 3, 9])
    expect(valuesOf(() => append(pairs(), row()), FULL)).toEqual([5, 6, 0, 8, 9, 0, 2, 3, 9])
    expect(valuesOf(() => append(pairs(), row()), { before: 0, after: 1 })).toEqual([9])
  })

  it('a window that counts from the last undoes append', () => {
    const grown = (): Tensor => stateBefore('grown', ['after', 'after'])
    expect(valuesOf(() => window(grown(), -1, 'before', 'last'))).toEqual([1, 2, 3, 5, 6, 7, 9, 10, 11])
    expect(valuesOf(() => window(grown(), -1, 'before', 'last'), FULL)).toEqual([0, 0, 0, 0, 1, 2, 0, 4, 5])
  })

  it('the last row is counted as it stands', () => {
    expect(valuesOf(() => row(rows(), 'last'))).toEqual([5, 6])
    expect(valuesOf(() => row(pairs(), 'last'))).toEqual([7, 8, 9])
    expect(valuesOf(() => row(rows(), 'last'), { before: 0, after: 1 })).toEqual([0, 0])
    expect(valuesOf(() => place(vector(2), 'last', 'after'))).toEqual([0, 0, 0, 0, 0, 0, 1, 2])
  })

  it('softmax and logSumExp survive large numbers', () => {
    const large = (): Tensor => multiply(vector(3), 1000)
    expect(valuesOf(() => softmax(large()))).toEqual([0, 0, 1])
    expect(valuesOf(() => logSumExp(large()))).toEqual([3000])
  })

  it('a window moves past factors that all rows share, and sums', () => {
    const shifted = tracing(() => window(add(multiply(vector(2), rows()), rows()), 1, 'after'))
    const read = reachable([shifted])
      .filter(({ op }) => op.kind === 'window')
      .map(({ inputs }) => inputs[0]!.op.kind)
    expect(read).toEqual(['state'])
    expect(valuesOf(() => window(add(multiply(vector(2), rows()), rows()), 1, 'after'))).toEqual([
      6, 12, 10, 18, 0, 0, 0, 0,
    ])
  })

  it('a row of a product is the product of rows, zero where there is none', () => {
    expect(valuesOf(() => row(multiply(vector(2), rows()), 1))).toEqual([3, 8])
    expect(valuesOf(() => row(multiply(vector(2), rows()), 0), { before: 0, after: 1 })).toEqual([0, 0])
  })

  it('equal expressions are one node', () =>
    tracing(() => {
      expect(add(vector(2), vector(2))).toBe(add(vector(2), vector(2)))
      expect(multiply(vector(2), 1)).toBe(vector(2))
      expect(add(vector(2), 0)).toBe(vector(2))
    }))

  it('parts of one axis that do not overlap are put side by side instead of added', () =>
    tracing(() => {
      const both = accumulate([pad(vector(2), 0, 3, 6), pad(parameter('w', [1]), 0, 0, 6)])
      expect(both.op.kind).toBe('concat')
      expect(valuesOf(() => accumulate([pad(vector(2), 0, 3, 6), pad(parameter('w', [1]), 0, 0, 6)]))).toEqual([
        1, 0, 0, 1, 2, 0,
      ])
      expect(valuesOf(() => accumulate([pad(vector(2), 0, 0, 3), pad(vector(2), 0, 1, 3)]))).toEqual([1, 3, 2])
    }))

  it.each<[string, () => Tensor, string]>([
    ['broadcast', () => broadcast(vector(2), [2, 3]), '[2] does not end [2,3]'],
    ['slice', () => slice(vector(2), 1, 3), 'no part 1 to 3 of axis 0 of [2]'],
    ['reshape', () => reshape(vector(6), [4]), '[6] has not as many elements as [4]'],
    ['einsum', () => matvec(matrix(2, 3), vector(2)), 'ij,j->i: axis j is 3 and 2'],
    ['split', () => split(vector(5), 2)[0]!, 'axis 0 of [5] has no 2 equal parts'],
    ['shiftUp of pairs', () => shiftUp(pairs()), 'rows of [before,before] can only be appended'],
    [
      'append to changed pairs',
      () => append(multiply(pairs(), 2), vector(2)),
      'it can only be appended to as the memory holds it',
    ],
  ])('%s says what does not fit', (_, build, message) => expect(() => tracing(build)).toThrow(message))
})

it('moves and takes rows of sums that share their parts, however deep, in time that grows as their depth', () => {
  let sums = tanh(stateBefore('rows', ['before', 3]))
  for (let k = 0; k < 60; k++) sums = add(sums, sums)
  expect(reachable([keepRows(sums), shiftUp(sums), row(sums, 0)]).length).toBeLessThan(400)
})
