import type { Chance } from '../chance.ts'
import {
  add,
  append,
  concat,
  divide,
  einsum,
  exp,
  keepRows,
  log,
  logSumExp,
  matvec,
  maximum,
  minimum,
  multiply,
  negate,
  pick,
  reciprocal,
  relu,
  reshape,
  row,
  shiftDown,
  shiftUp,
  sigmoid,
  slice,
  softmax,
  spread,
  sqrt,
  subtract,
  sum,
  sumAbove,
  sumBelow,
  tanh,
  transpose,
  window,
  type Shape,
  type Tensor,
} from '../algebra/index.ts'
import { defineMemory, type Memory } from '../memories/memory.ts'
import { uniform } from '../parameters.ts'

const WIDTH = 4

type Vector = Tensor

/** Smooth or piecewise smooth maps of vectors [4] to vectors [4], of every kind that the algebra has. Values stay moderate. */
const vectorMaps: readonly ((a: Vector, b: Vector, p: Tensor) => Vector)[] = [
  (a, b) => add(a, b),
  (a, b) => subtract(a, negate(b)),
  (a, b) => multiply(tanh(a), b),
  (a, b) => divide(a, add(2, multiply(b, b))),
  (a, b) => maximum(a, b),
  (a, b) => minimum(a, multiply(b, 0.7)),
  a => sigmoid(a),
  a => relu(a),
  a => sqrt(add(multiply(a, a), 0.3)),
  a => exp(minimum(a, 1)),
  a => log(add(1, multiply(a, a))),
  a => reciprocal(add(1.5, sigmoid(a))),
  a => softmax(a),
  (a, _, p) => tanh(matvec(p, a)),
  (a, b) => concat([slice(a, 1, 3), slice(b, 0, 2)]),
  a => concat([slice(a, 2, 4), slice(a, 0, 2)]),
  (a, b) => tanh(sum(reshape(einsum('i,j->ij', a, b), [2, 2, 4]), [0, 1])),
  (a, b) => einsum('ij,j->i', transpose(einsum('i,j->ij', a, b), [1, 0]), softmax(b)),
  (a, b) => multiply(spread(logSumExp(a), 0, WIDTH), sigmoid(b)),
  (a, b) => multiply(spread(pick(a, 2), 0, WIDTH), tanh(b)),
  a => reshape(softmax(reshape(a, [2, 2])), [4]),
]

const rowMaps: readonly ((rows: Tensor, vector: Vector) => Tensor)[] = [
  (rows, v) => add(multiply(softmax(v), keepRows(rows)), multiply(0.5, shiftDown(rows, v))),
  (rows, v) => shiftDown(rows, tanh(v)),
  (rows, v) => add(multiply(sigmoid(v), shiftUp(rows)), multiply(0.3, shiftDown(rows, v))),
  rows => tanh(add(keepRows(rows), multiply(0.25, shiftUp(rows)))),
  (rows, v) => shiftDown(tanh(add(sumAbove(rows), rows)), v),
  (rows, v) => append(multiply(rows, sigmoid(v)), v),
  (rows, v) => append(tanh(subtract(rows, sumBelow(rows))), v),
  (rows, v) => append(rows, v),
]

/** What is held for pairs of rows: the next row of pairs but for its last element, [before, 4], from pairs, rows and a vector. */
const pairMaps: readonly ((pairs: Tensor, rows: Tensor, vector: Vector) => Tensor)[] = [
  (pairs, _, v) => multiply(row(pairs, 'last'), sigmoid(v)),
  (pairs, rows) => tanh(einsum('kie,ke->ie', pairs, window(rows, 1, 'before'))),
  (pairs, rows, v) => tanh(add(einsum('kie,kf->if', pairs, multiply(rows, v)), row(pairs, 'last'))),
  (pairs, rows) => multiply(0.3, einsum('kie,kf->ie', tanh(add(pairs, pairs)), rows)),
  (pairs, _, v) => tanh(einsum('kie,f->if', exp(multiply(pairs, 0.1)), softmax(v))),
  (pairs, rows) => tanh(einsum('kie,ie->ke', multiply(pairs, pairs), rows)),
  (pairs, rows) => einsum('kie,ke->ie', softmax(pairs), sigmoid(rows)),
]
const pairReadings: readonly ((pairs: Tensor, rows: Tensor) => Vector)[] = [
  pairs => sum(tanh(row(pairs, 'last')), [0]),
  pairs => tanh(sum(multiply(pairs, pairs), [0, 1])),
  (pairs, rows) => tanh(einsum('kie,if->f', sigmoid(pairs), rows)),
  (pairs, rows) => tanh(einsum('kie,ke->e', pairs, rows)),
]

/** A memory made of randomly chosen operations: what a compiler must get right whatever a researcher writes. */
export function randomMemory(id: string, chance: Chance): Memory {
  const choose = <T>(items: readonly T[]): T => items[chance.integer(items.length)]!
  const depth = 2 + chance.integer(6)
  const recipe = Array.from({ length: depth }, () => ({
    map: choose(vectorMaps),
    a: chance.uniform(),
    b: chance.uniform(),
  }))
  const rowMap = choose(rowMaps)
  const growsAtEnd = rowMaps.indexOf(rowMap) >= 5
  const readsWeighted = chance.uniform() < 0.5
  const holdsPairs = chance.uniform() < 0.6
  const [pairMap, pairReading] = [choose(pairMaps), choose(pairReadings)]
  const limit = growsAtEnd && chance.uniform() < 0.5 ? Infinity : 5
  return defineMemory({
    id,
    title: id,
    source: 'made at random',
    options: {},
    examples: [{}],
    params: ({ hidden }) => ({
      from: { weights: uniform([WIDTH, hidden]), bias: uniform([WIDTH]) },
      mix: { weights: uniform([WIDTH, WIDTH]) },
    }),
    state: (): Record<string, Shape> => ({
      rows: ['before', WIDTH],
      vector: [WIDTH],
      ...(holdsPairs ? { pairs: ['before', 'before', WIDTH] } : {}),
    }),
    rows: () => ({ kept: 'all', limit, option: 'limit' }),
    reading({ rows, vector, pairs }) {
      const own = readsWeighted
        ? tanh(add(einsum('de,d->e', rows!, sigmoid(sum(rows!, [1]))), vector!))
        : add(row(rows!, 0), vector!)
      return pairs ? add(own, pairReading(pairs, rows!)) : own
    },
    step({ rows, vector, pairs }, hidden, p) {
      const known: Tensor[] = [add(matvec(p.from.weights, hidden), p.from.bias), vector!]
      for (const { map, a, b } of recipe)
        known.push(map(known[Math.floor(a * known.length)]!, known[Math.floor(b * known.length)]!, p.mix.weights))
      const last = known.at(-1)!
      const next = { rows: rowMap(rows!, tanh(last)), vector: tanh(add(last, multiply(0.5, vector!))) }
      return {
        state: pairs ? { ...next, pairs: append(pairs, append(pairMap(pairs, rows!, last), tanh(last))) } : next,
        trace: { last },
      }
    },
  })
}
