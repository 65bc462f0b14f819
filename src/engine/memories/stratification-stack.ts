import { int, limit } from '../../shared/options.ts'
import {
  add,
  append,
  einsum,
  matvec,
  minimum,
  pick,
  relu,
  sigmoid,
  subtract,
  sumBelow,
  tanh,
} from '../algebra/index.ts'
import { xavier, zeros } from '../parameters.ts'
import { defineMemory } from './memory.ts'

export default defineMemory({
  id: 'stratification-stack',
  title: 'Stratification stack',
  source: 'Grefenstette et al. 2015, arXiv:1506.02516',
  options: {
    width: int({ default: 10, min: 1, max: 4096, doc: 'units in one pushed vector' }),
    depth: limit({ doc: 'vectors kept; the lowest falls off' }),
  },
  examples: [{ width: 1 }, { width: 3 }, { width: 2, depth: 3 }],
  params: ({ hidden }, { width }) => ({
    actions: { weights: xavier([2, hidden]), bias: zeros([2]) },
    push: { weights: xavier([width, hidden], { gain: 5 / 3 }), bias: zeros([width]) },
  }),
  // The top is the last row: what is pushed is appended and stays where it is.
  state: (_, { width }) => ({ values: ['before', width], strengths: ['before'] }),
  rows: ({ depth }) => ({ kept: 'all', limit: depth, option: 'depth' }),
  reading: ({ values, strengths }) =>
    einsum('d,de->e', minimum(strengths, relu(subtract(1, sumBelow(strengths)))), values),
  stack: () => ({ kind: 'strengths', push: 'push', pop: 'pop', strengths: 'strengths', cells: 'values' }),
  step({ values, strengths }, hidden, p) {
    const actions = sigmoid(add(matvec(p.actions.weights, hidden), p.actions.bias))
    const [push, pop] = [pick(actions, 0), pick(actions, 1)]
    const pushed = tanh(add(matvec(p.push.weights, hidden), p.push.bias))
    const left = relu(subtract(strengths, relu(subtract(pop, sumBelow(strengths)))))
    return { state: { values: append(values, pushed), strengths: append(left, push) }, trace: { push, pop, pushed } }
  },
})
