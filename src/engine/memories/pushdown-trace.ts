import type { StackView } from '../../shared/stack-view.ts'
import { reshape, slice, type Tensor } from '../algebra/index.ts'
import type { Automaton } from './pushdown-runs.ts'

/** Weights of the moves as they are traced, each flat: from every state and symbol to every state and symbol, for pops to every state. */
export function tracedWeights(
  table: Tensor,
  { states: Q, alphabet: S }: Automaton,
): Readonly<Record<'pushWeights' | 'replaceWeights' | 'popWeights', Tensor>> {
  const pairs = Q * S
  const columns = (from: number, count: number): Tensor => reshape(slice(table, from, from + count, 1), [pairs * count])
  return { pushWeights: columns(0, pairs), replaceWeights: columns(pairs, pairs), popWeights: columns(2 * pairs, Q) }
}

/** @param sealed whether the first step covers the bottom symbol for good */
export const runView = ({ states, alphabet, window }: Automaton, sealed: boolean): StackView => ({
  kind: 'automaton',
  distribution: 'distribution',
  states,
  alphabet,
  window,
  sealed,
})

/** ⊥ is the bottom symbol. */
export const symbolLabels = ({ alphabet }: Automaton): string[] =>
  Array.from({ length: alphabet }, (_, symbol) => (symbol === 0 ? '⊥' : `${symbol}`))
const stateLabels = ({ states }: Automaton): string[] => Array.from({ length: states }, (_, state) => `q${state}`)

/** `q0, ⊥`: the first state, with the bottom symbol on top. */
export const pairLabels = (automaton: Automaton): string[] =>
  stateLabels(automaton).flatMap(state => symbolLabels(automaton).map(symbol => `${state}, ${symbol}`))

/** Names for what all nondeterministic stacks hold and trace. */
export function runLabels(
  automaton: Automaton,
): Readonly<Record<'distribution' | 'pushWeights' | 'replaceWeights' | 'popWeights', string[]>> {
  const pairs = pairLabels(automaton)
  const moves = (targets: readonly string[]): string[] =>
    pairs.flatMap(pair => targets.map(target => `${pair} → ${target}`))
  return {
    distribution: pairs,
    pushWeights: moves(pairs),
    replaceWeights: moves(pairs),
    popWeights: moves(stateLabels(automaton)),
  }
}
