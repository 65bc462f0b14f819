import { choice, int, limit } from '../../shared/options.ts'
import { add, detach, exp, matvec, max, reshape, subtract, sum } from '../algebra/index.ts'
import { uniform } from '../parameters.ts'
import { defineMemory } from './memory.ts'
import {
  advanceOpen,
  advanceSealed,
  byPair,
  isOpen,
  openShapes,
  sealedShapes,
  shares,
  weightCount,
  weightsOf,
} from './pushdown-runs.ts'
import { pairLabels, runLabels, runView, symbolLabels, tracedWeights } from './pushdown-trace.ts'

export default defineMemory({
  id: 'nondeterministic-stack',
  title: 'Renormalising nondeterministic stack',
  source: 'DuSell & Chiang 2022, arXiv:2109.01982, and 2023, arXiv:2210.01343',
  options: {
    states: int({ default: 3, min: 1, max: 64, doc: 'states of the automaton' }),
    alphabet: int({ default: 3, min: 1, max: 256, doc: 'stack symbols, the bottom one among them' }),
    window: limit({
      max: 1_000_000,
      doc: 'steps after which a run is forgotten that has not gone back to what it stands on; a short window makes time linear in the length',
    }),
    bottom: choice({
      default: 'open',
      choices: ['open', 'sealed'],
      doc: 'open: the bottom symbol can be replaced and uncovered (2023); sealed: the first step covers it for good (2022)',
    }),
    reading: choice({
      default: 'states and symbols',
      choices: ['states and symbols', 'symbols'],
      doc: 'what the controller gets: the weight of every state with every symbol on top, or of the symbols alone',
    }),
  },
  examples: [
    { states: 2, alphabet: 2 },
    { states: 2, alphabet: 2, window: 3 },
    { states: 1, alphabet: 3, reading: 'symbols' },
    { states: 2, alphabet: 1, bottom: 'sealed' },
  ],
  params: ({ hidden }, options) => ({
    operations: { weights: uniform([weightCount(options), hidden]), bias: uniform([weightCount(options)]) },
  }),
  state: (_, options) => (options.bottom === 'open' ? openShapes(options) : sealedShapes(options)),
  rows: ({ window }) => ({ kept: 'all', limit: window, option: 'window' }),
  reading: (state, _, options) =>
    options.reading === 'symbols' ? sum(byPair(shares(state, options), options), [0]) : shares(state, options),
  step(state, hidden, p, options) {
    const { states: Q, alphabet: S } = options
    const scores = reshape(add(matvec(p.operations.weights, hidden), p.operations.bias), [Q * S, (2 * S + 1) * Q])
    const table = exp(subtract(scores, detach(max(scores))))
    const weights = weightsOf(table, options)
    const { state: next } = isOpen(state)
      ? advanceOpen(state, weights, options)
      : advanceSealed(state, weights, options)
    return { state: next, trace: tracedWeights(table, options) }
  },
  stack: (_, options) => runView(options, options.bottom === 'sealed'),
  labels: options => ({
    ...runLabels(options),
    reading: options.reading === 'symbols' ? symbolLabels(options) : pairLabels(options),
    ...(options.bottom === 'open' ? { bottom: pairLabels(options) } : {}),
  }),
})
