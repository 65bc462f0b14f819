import { choice, int, limit } from '../../shared/options.ts'
import {
  add,
  append,
  broadcast,
  detach,
  einsum,
  exp,
  matvec,
  max,
  multiply,
  outer,
  reshape,
  sigmoid,
  subtract,
  sum,
  type Tensor,
} from '../algebra/index.ts'
import { uniform } from '../parameters.ts'
import { defineMemory } from './memory.ts'
import {
  advanceOpen,
  endingWith,
  flat,
  nextColumn,
  nextOnBottom,
  openShapes,
  perWeight,
  runsShape,
  sinceStart,
  startWeights,
  totalWeights,
  weightCount,
  weightsOf,
  whileOnBottom,
  type Automaton,
} from './pushdown-runs.ts'
import { pairLabels, runLabels, runView, tracedWeights } from './pushdown-trace.ts'

/**
 * As the nondeterministic stack, and every stack element carries a vector besides its symbol. `vectorRuns` holds, for the same runs,
 * their weight times the vector of the element on top (ζ of DuSell & Chiang 2023); `vectors` the same sum over all runs by state and symbol.
 */
export default defineMemory({
  id: 'vector-nondeterministic-stack',
  title: 'Renormalising nondeterministic stack of vectors',
  source: 'DuSell & Chiang 2023, arXiv:2210.01343',
  options: {
    states: int({ default: 2, min: 1, max: 64, doc: 'states of the automaton' }),
    alphabet: int({ default: 3, min: 1, max: 256, doc: 'stack symbols, the bottom one among them' }),
    width: int({ default: 3, min: 1, max: 4096, doc: 'units in the vector of one stack element' }),
    window: limit({
      max: 1_000_000,
      doc: 'steps after which a run is forgotten that has not gone back to what it stands on; a short window makes time linear in the length',
    }),
    bottomInit: choice({
      default: 'mathematical',
      choices: ['mathematical', 'released'],
      doc: 'where the bottom vector stands at first: with the first state and the bottom symbol, or, as in the released code, with all states and symbols',
    }),
  },
  examples: [
    { states: 1, alphabet: 2, width: 3, window: 3 },
    { states: 2, alphabet: 2, width: 2 },
    { states: 2, alphabet: 1, width: 1, bottomInit: 'released' },
  ],
  params: ({ hidden }, options) => ({
    operations: { weights: uniform([weightCount(options), hidden]), bias: uniform([weightCount(options)]) },
    push: { weights: uniform([options.width, hidden]), bias: uniform([options.width]) },
    bottom: { vector: uniform([options.width]) },
  }),
  state: (_, options) => {
    const { states: Q, alphabet: S, width } = options
    return {
      ...openShapes(options),
      vectorRuns: runsShape(options, [width]),
      vectors: [Q * S * width],
      bottomVectors: [Q * S * width],
      earlierBottomVectors: ['before', Q, S, width],
    }
  },
  rows: ({ window }) => ({ kept: 'all', limit: window, option: 'window' }),
  reading: (state, p, options) =>
    perWeight(
      sinceStart(state.age, state.vectors, startVectors(p.bottom.vector, options)),
      sum(totalWeights(state, options)),
    ),
  step(state, hidden, p, options) {
    const { states: Q, alphabet: S } = options
    const scores = reshape(add(matvec(p.operations.weights, hidden), p.operations.bias), [Q * S, (2 * S + 1) * Q])
    const table = exp(subtract(scores, detach(max(scores))))
    const weights = weightsOf(table, options)
    const pushed = sigmoid(add(matvec(p.push.weights, hidden), p.push.bias))
    const { state: next, scale, history, popped } = advanceOpen(state, weights, options)

    const column = multiply(
      nextColumn(state.vectorRuns, popped, weights, einsum('qxry,v->qxryv', weights.push, pushed)),
      scale,
    )
    const onBottom = reshape(sinceStart(state.age, state.bottomVectors, startVectors(p.bottom.vector, options)), [
      Q,
      S,
      options.width,
    ])
    const bottomVectors = multiply(
      whileOnBottom(state.age, options, nextOnBottom(onBottom, state.earlierBottomVectors, popped, weights)),
      scale,
    )
    return {
      state: {
        ...next,
        vectorRuns: append(state.vectorRuns, column),
        vectors: flat(endingWith(history, column, bottomVectors)),
        bottomVectors: flat(bottomVectors),
        earlierBottomVectors: append(state.earlierBottomVectors, onBottom),
      },
      trace: { ...tracedWeights(table, options), pushed },
    }
  },
  stack: (_, options) => runView(options, false),
  labels: options => {
    const units = pairLabels(options).flatMap(pair =>
      Array.from({ length: options.width }, (_, unit) => `${pair}: unit ${unit + 1}`),
    )
    return { ...runLabels(options), bottom: pairLabels(options), reading: units, vectors: units, bottomVectors: units }
  },
})

/** Weight times vector by state and symbol, [QS · units], before anything has happened. */
function startVectors(bottom: Tensor, automaton: Automaton & { readonly bottomInit: string }): Tensor {
  const vector = sigmoid(bottom)
  return flat(
    automaton.bottomInit === 'released'
      ? broadcast(vector, [automaton.states * automaton.alphabet, vector.shape[0]!])
      : outer(startWeights(automaton), vector),
  )
}
