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
  sumAbove,
  tanh,
} from '../algebra/index.ts'
import { defineMemory } from '../memories/memory.ts'
import { xavier, zeros } from '../parameters.ts'

/** The queue of Grefenstette et al. 2015 (arXiv:1506.02516): right, and full of kinks. */
export const neuralQueue = defineMemory({
  id: 'neural-queue',
  title: 'Neural queue',
  source: 'Grefenstette et al. 2015, arXiv:1506.02516',
  options: {},
  examples: [{}],
  params: ({ hidden }) => ({
    actions: { weights: xavier([2, hidden]), bias: zeros([2]) },
    push: { weights: xavier([2, hidden]), bias: zeros([2]) },
  }),
  state: () => ({ values: ['before', 2], strengths: ['before'] }),
  rows: () => ({ kept: 'all', limit: Infinity, option: 'depth' }),
  reading: ({ values, strengths }) =>
    einsum('d,de->e', minimum(strengths, relu(subtract(1, sumAbove(strengths)))), values),
  step({ values, strengths }, hidden, p) {
    const actions = sigmoid(add(matvec(p.actions.weights, hidden), p.actions.bias))
    const [enqueue, dequeue] = [pick(actions, 0), pick(actions, 1)]
    const left = relu(subtract(strengths, relu(subtract(dequeue, sumAbove(strengths)))))
    const value = tanh(add(matvec(p.push.weights, hidden), p.push.bias))
    return { state: { values: append(values, value), strengths: append(left, enqueue) } }
  },
})
