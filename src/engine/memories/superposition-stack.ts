import { choice, ints, limit } from '../../shared/options.ts'
import {
  add,
  broadcast,
  concat,
  keepRows,
  matvec,
  multiply,
  pick,
  reshape,
  row,
  shiftDown,
  shiftUp,
  sigmoid,
  softmax,
  type Tensor,
} from '../algebra/index.ts'
import { xavier, zeros, type DeclaredGroups } from '../parameters.ts'
import { defineMemory } from './memory.ts'

const PUSH = 0,
  POP = 1,
  NOOP = 2

const widthsOf = (options: { push: string; widths: readonly number[] }, hidden: number): readonly number[] =>
  options.push === 'hidden' ? [hidden] : options.widths

export default defineMemory({
  id: 'superposition-stack',
  title: 'Superposition stack',
  source: 'Joulin & Mikolov 2015, arXiv:1503.01007',
  options: {
    widths: ints({
      default: [10],
      min: 1,
      max: 4096,
      doc: 'units in one cell of each stack: [10] is one stack, [3, 3, 3] three',
    }),
    push: choice({
      default: 'learned',
      choices: ['learned', 'hidden'],
      doc: 'what is pushed: a learned map of the hidden vector, or that vector itself (one stack, as wide as the controller)',
    }),
    depth: limit({ doc: 'cells kept; what is pushed below falls off' }),
  },
  examples: [{ widths: [3] }, { widths: [2, 1, 3] }, { widths: [2, 2] }, { push: 'hidden' }, { widths: [2], depth: 2 }],
  params: ({ hidden }, options): DeclaredGroups => {
    const widths = widthsOf(options, hidden)
    const width = widths.reduce((a, b) => a + b)
    const actions = { weights: xavier([3 * widths.length, hidden], { fanOut: 3 }), bias: zeros([3 * widths.length]) }
    return options.push === 'hidden'
      ? { actions }
      : { actions, push: { weights: xavier([width, hidden]), bias: zeros([width]) } }
  },
  state: ({ hidden }, options) => ({ cells: ['before', widthsOf(options, hidden).reduce((a, b) => a + b)] }),
  rows: ({ depth }) => ({ kept: 'reachable', limit: depth, option: 'depth' }),
  reading: ({ cells }) => row(cells, 0),
  stack: ({ hidden }, options) => ({
    kind: 'superposition',
    actions: 'actions',
    cells: 'cells',
    widths: [...widthsOf(options, hidden)],
  }),
  step({ cells }, hidden, p, options) {
    const widths = widthsOf(options, hidden.shape[0] as number)
    const scores = add(matvec(p.actions!.weights!, hidden), p.actions!.bias!)
    const actions = softmax(reshape(scores, [widths.length, 3]))
    const [push, pop, noop] = [PUSH, POP, NOOP].map(action => toUnits(pick(actions, action, 1), widths)) as [
      Tensor,
      Tensor,
      Tensor,
    ]
    const pushed = options.push === 'hidden' ? hidden : sigmoid(add(matvec(p.push!.weights!, hidden), p.push!.bias!))
    const next = add(
      multiply(push, shiftDown(cells, pushed)),
      multiply(pop, shiftUp(cells)),
      multiply(noop, keepRows(cells)),
    )
    return { state: { cells: next }, trace: { actions, pushed } }
  },
})

/** One probability for each stack, repeated for each of its units: [stacks] -> [units]. */
function toUnits(probability: Tensor, widths: readonly number[]): Tensor {
  return concat(widths.map((width, stack) => broadcast(pick(probability, stack), [width])))
}
