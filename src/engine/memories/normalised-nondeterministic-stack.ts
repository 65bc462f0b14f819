import { int, limit } from '../../shared/options.ts'
import { add, matvec, reshape, softmax, sum } from '../algebra/index.ts'
import { uniform } from '../parameters.ts'
import { defineMemory } from './memory.ts'
import { advanceSealed, byPair, sealedShapes, shares, weightCount, weightsOf } from './pushdown-runs.ts'
import { runLabels, runView, symbolLabels, tracedWeights } from './pushdown-trace.ts'

/** The first version: operations of each state and symbol are a distribution, the bottom is covered for good, states are not read. */
export default defineMemory({
  id: 'normalised-nondeterministic-stack',
  title: 'Normalised nondeterministic stack',
  source: 'DuSell & Chiang 2020, arXiv:2010.04674',
  options: {
    states: int({ default: 2, min: 1, max: 64, doc: 'states of the automaton' }),
    alphabet: int({ default: 3, min: 1, max: 256, doc: 'stack symbols, the bottom one among them' }),
    window: limit({
      max: 1_000_000,
      doc: 'steps after which a run is forgotten that has not gone back to what it stands on; a short window makes time linear in the length',
    }),
  },
  examples: [
    { states: 2, alphabet: 2 },
    { states: 1, alphabet: 2, window: 3 },
  ],
  params: ({ hidden }, options) => ({
    operations: { weights: uniform([weightCount(options), hidden]), bias: uniform([weightCount(options)]) },
  }),
  state: (_, options) => sealedShapes(options),
  rows: ({ window }) => ({ kept: 'all', limit: window, option: 'window' }),
  reading: (state, _, options) => sum(byPair(shares(state, options), options), [0]),
  step(state, hidden, p, options) {
    const { states: Q, alphabet: S } = options
    const table = softmax(
      reshape(add(matvec(p.operations.weights, hidden), p.operations.bias), [Q * S, (2 * S + 1) * Q]),
    )
    const { state: next } = advanceSealed(state, weightsOf(table, options), options)
    return { state: next, trace: tracedWeights(table, options) }
  },
  stack: (_, options) => runView(options, true),
  labels: options => ({ ...runLabels(options), reading: symbolLabels(options) }),
})
