import {
  add,
  append,
  broadcast,
  concat,
  constant,
  detach,
  einsum,
  greater,
  maximum,
  minimum,
  multiply,
  reciprocal,
  reshape,
  row,
  slice,
  sum,
  transpose,
  where,
  window,
  type Shape,
  type Tensor,
} from '../algebra/index.ts'

/**
 * Weights of all runs of a pushdown automaton with Q states and S stack symbols, symbol 0 being the bottom (DuSell & Chiang 2020,
 * arXiv:2010.04674; 2022, arXiv:2109.01982; 2023, arXiv:2210.01343). The list `runs` holds, for times i < j, the
 * total weight gamma[i -> j][q,x -> r,y] of the runs that stand in state q with x on top at time i, in state r with y on top at
 * time j, y exactly one level above that x, which is never touched in between. Its axes are (j, i, y, q, x, r): what a sum runs over
 * lies inside, what it only repeats outside. Runs that have not left the bottom symbol begin before time 0 and are kept apart.
 *
 * Everything that belongs to one time is divided by the total weight of all runs up to then. Readings do not depend on that factor,
 * and float32 suffices.
 */
export interface Automaton {
  readonly states: number
  readonly alphabet: number
  /** Only runs that touched what they stand on within so many steps are followed. */ readonly window: number
}

/** Numbers that weigh one step: for each (q,x), all (r,y) to push, all (r,y) to replace by, all r to pop into. */
export const weightCount = ({ states: Q, alphabet: S }: Automaton): number => Q * S * (2 * Q * S + Q)

/** push and replace [q,x,r,y], pop [q,x,r]. */
export type Weights = Readonly<Record<'push' | 'replace' | 'pop', Tensor>>

/** Takes apart a table [QS, 2QS + Q]. */
export function weightsOf(table: Tensor, { states: Q, alphabet: S }: Automaton): Weights {
  const columns = (from: number, shape: readonly number[]): Tensor =>
    reshape(slice(table, from, from + shape.reduce((a, b) => a * b), 1), [Q, S, ...shape])
  return { push: columns(0, [Q, S]), replace: columns(Q * S, [Q, S]), pop: columns(2 * Q * S, [Q]) }
}

/** Below every total of weights whose largest is 1, unless all runs have died out. */
const TINY = 1e-30

/** `x` for a total weight of 1. */
export const perWeight = (x: Tensor, total: Tensor): Tensor => multiply(x, reciprocal(maximum(total, TINY)))

/** Total weight by state and symbol, [QS], before anything has happened: 1 in the first state, the bottom symbol on top. */
export function startWeights({ states: Q, alphabet: S }: Automaton): Tensor {
  return Q * S === 1 ? constant(1, [1]) : concat([constant(1, [1]), constant(0, [Q * S - 1])])
}

/** `value`, or `initial` before the first step. `age` counts steps, up to the window. */
export function sinceStart(age: Tensor, value: Tensor, initial: Tensor): Tensor {
  return where(broadcast(greater(age, 0), value.shape), value, initial)
}

/** `next` while runs that have not left the bottom symbol are within the window, then zero. */
export function whileOnBottom(age: Tensor, { window }: Automaton, next: Tensor): Tensor {
  return where(broadcast(greater(window - 1, age), next.shape), next, 0)
}

/** Shape of a list of runs; `value` is the shape of what is kept for each. */
export const runsShape = ({ states: Q, alphabet: S }: Automaton, value: readonly number[] = []): Shape => [
  'before',
  'before',
  S,
  Q,
  S,
  Q,
  ...value,
]

/** gamma'[k][t,y -> r], [before, y, t, r]: runs since time k that end by popping down to the y that is on top in state t at time k. */
export const poppedRuns = (runs: Tensor, { pop }: Weights): Tensor => einsum('kztys,szr->kytr', row(runs, 'last'), pop)

/**
 * The next column of a list of runs, [after, y, q, x, r, …]: those that push `pushed` ([q,x,r,y,…]), those that replace the symbol on
 * top, and those that uncover it.
 */
export function nextColumn(runs: Tensor, popped: Tensor, { replace }: Weights, pushed: Tensor): Tensor {
  const v = runs.shape.length > 6 ? 'v' : ''
  const replaced = einsum(`izqxs${v},szry->iyqxr${v}`, row(runs, 'last'), replace)
  const uncovered = einsum(`kiyqxt${v},kytr->iyqxr${v}`, runs, window(popped, 1, 'before'))
  return append(add(replaced, uncovered), transpose(pushed, [3, 0, 1, 2, ...(v ? [4] : [])]))
}

/** The same for runs that have not left the bottom symbol: `last` [r,y,…] after the step before, `earlier` [before, r,y,…] up to then. */
export function nextOnBottom(last: Tensor, earlier: Tensor, popped: Tensor, { replace }: Weights): Tensor {
  const v = last.shape.length > 2 ? 'v' : ''
  return add(einsum(`sz${v},szry->ry${v}`, last, replace), einsum(`kty${v},kytr->ry${v}`, earlier, popped))
}

/** Weight of all runs by state and symbol, [r,y,…]: those of `column` by where they began ([after, q, x]), and those on the bottom. */
export function endingWith(history: Tensor, column: Tensor, onBottom: Tensor | undefined): Tensor {
  const v = column.shape.length > 5 ? 'v' : ''
  const above = einsum(`iqx,iyqxr${v}->ry${v}`, history, column)
  return onBottom ? add(above, onBottom) : above
}

type SealedShapes = { readonly age: Shape; readonly distribution: Shape; readonly earlier: Shape; readonly runs: Shape }
type OpenShapes = SealedShapes & { readonly bottom: Shape; readonly earlierBottom: Shape }

/**
 * The state that every such memory has: steps taken, how the weight of all runs is shared out over states and symbols on top ([QS], adds
 * up to 1), the same at earlier times, and the runs. What is not a list is flat, so that it can be looked at as one row of numbers.
 */
export const sealedShapes = (automaton: Automaton): SealedShapes => {
  const { states: Q, alphabet: S } = automaton
  return { age: [], distribution: [Q * S], earlier: ['before', Q, S], runs: runsShape(automaton) }
}

/** The same with the runs that have not left the bottom symbol, now and at earlier times. */
export const openShapes = (automaton: Automaton): OpenShapes => {
  const { states: Q, alphabet: S } = automaton
  return { ...sealedShapes(automaton), bottom: [Q * S], earlierBottom: ['before', Q, S] }
}

type Sealed = Readonly<Record<'age' | 'distribution' | 'earlier' | 'runs', Tensor>>
type Open = Sealed & Readonly<Record<'bottom' | 'earlierBottom', Tensor>>
export const isOpen = (state: Sealed): state is Open => 'bottom' in state

/** One step of all runs, and what those that carry more than a weight need: the factor of the step, where runs began, what was popped. */
export interface Advanced<S> {
  readonly state: S
  readonly scale: Tensor
  readonly history: Tensor
  readonly popped: Tensor
}

/** A step of runs that may replace the bottom symbol, cover it, and go back to it (2023). */
export function advanceOpen(state: Open, weights: Weights, automaton: Automaton): Advanced<Open> {
  const { age, bottom, earlierBottom } = state
  const onBottom = byPair(sinceStart(age, bottom, startWeights(automaton)), automaton)
  const above = columnOf(state, weights, automaton)
  const next = whileOnBottom(age, automaton, nextOnBottom(onBottom, earlierBottom, above.popped, weights))
  const advanced = scaled(state, above, next, automaton)
  return {
    ...advanced,
    state: {
      ...advanced.state,
      bottom: flat(multiply(next, advanced.scale)),
      earlierBottom: append(earlierBottom, onBottom),
    },
  }
}

/** A step of runs that cover the bottom symbol for good with the first step (2020, 2022). */
export const advanceSealed = (state: Sealed, weights: Weights, automaton: Automaton): Advanced<Sealed> =>
  scaled(state, columnOf(state, weights, automaton), undefined, automaton)

interface Column {
  readonly popped: Tensor
  readonly column: Tensor
  readonly history: Tensor
}

function columnOf(state: Sealed, weights: Weights, automaton: Automaton): Column {
  const popped = poppedRuns(state.runs, weights)
  return {
    popped,
    column: nextColumn(state.runs, popped, weights, weights.push),
    history: append(state.earlier, byPair(totalWeights(state, automaton), automaton)),
  }
}

function scaled(
  { age, runs }: Sealed,
  { popped, column, history }: Column,
  onBottom: Tensor | undefined,
  { window }: Automaton,
): Advanced<Sealed> {
  const scale = reciprocal(maximum(detach(sum(endingWith(history, column, onBottom))), TINY))
  const next = multiply(column, scale)
  const distribution = flat(endingWith(history, next, onBottom && multiply(onBottom, scale)))
  return {
    scale,
    history,
    popped,
    state: { age: minimum(add(age, 1), window), distribution, earlier: history, runs: append(runs, next) },
  }
}

/** Weight of all runs by state and symbol on top, [QS]: adds up to 1, but for a factor that derivatives see. */
export const totalWeights = (
  { age, distribution }: Pick<Sealed, 'age' | 'distribution'>,
  automaton: Automaton,
): Tensor => sinceStart(age, distribution, startWeights(automaton))

/** How the weight of all runs is shared out over states and symbols on top, [QS]. */
export function shares(state: Pick<Sealed, 'age' | 'distribution'>, automaton: Automaton): Tensor {
  const weights = totalWeights(state, automaton)
  return perWeight(weights, sum(weights))
}

/** [QS] -> [Q, S] */
export const byPair = (x: Tensor, { states, alphabet }: Automaton): Tensor => reshape(x, [states, alphabet])
export const flat = (x: Tensor): Tensor =>
  reshape(x, [x.shape.reduce<number>((size, dim) => size * (dim as number), 1)])
