/**
 * Scores are sums over predictions, so that sets can be pooled exactly, and figures are what is worked out of sums. This file alone
 * divides: what the app, the terminal and the tables show under one name is one figure.
 */

/** What scores are made of and stored as. NaN is unknown; of `nats`, it is a diverged run's. */
export interface Sums {
  /** Strings, and symbols predicted (each string's length + 1: the end of sequence counts). */
  readonly strings: number
  readonly symbols: number
  /** Total negative log-likelihood in nats. */
  readonly nats: number
  /** Symbols whose arg-max prediction is right. */
  readonly correct: number
  /** Total cost in nats of the same strings under the exact distribution given their lengths (DuSell & Chiang 2020). */
  readonly boundNats: number
  /** What the choice of a length costs the exact distribution: for each string, the logarithm of how many lengths could have come. */
  readonly lengthNats: number
}

declare const sums: unique symbol

/** Sums that can be carried, stored and pooled, but only read here. */
export interface Score {
  readonly [sums]: 'sums'
}

/** Makes a score of what was counted; what else stands in the record is left out. */
export const scored = ({ strings, symbols, nats, correct, boundNats, lengthNats }: Sums): Score =>
  ({ strings, symbols, nats, correct, boundNats, lengthNats }) satisfies Sums as unknown as Score

/** The sums in a score: to be stored or listed, not to be divided. */
export const sumsIn = (score: Score): Sums => {
  const { strings, symbols, nats, correct, boundNats, lengthNats } = score as unknown as Sums
  return { strings, symbols, nats, correct, boundNats, lengthNats }
}

/** One set of strings out of several. */
export function pool(scores: Iterable<Score>): Score {
  let [strings, symbols, nats, correct, boundNats, lengthNats] = [0, 0, 0, 0, 0, 0]
  for (const score of scores) {
    const add = score as unknown as Sums
    strings += add.strings
    symbols += add.symbols
    nats += add.nats
    correct += add.correct
    boundNats += add.boundNats
    lengthNats += add.lengthNats
  }
  return scored({ strings, symbols, nats, correct, boundNats, lengthNats })
}

/** Scores put together by what they have in common, in the order in which each first comes. */
export function poolBy<S extends Score, K>(scores: Iterable<S>, keyOf: (score: S) => K): Map<K, Score> {
  const groups = new Map<K, S[]>()
  for (const score of scores) {
    const key = keyOf(score)
    const group = groups.get(key)
    if (group) group.push(score)
    else groups.set(key, [score])
  }
  return new Map([...groups].map(([key, group]) => [key, pool(group)]))
}

export const NOTHING: Score = pool([])

/** What a set of strings is, whoever is scored on it. */
export const sizeOf = (score: Score): Pick<Sums, 'strings' | 'symbols'> => {
  const { strings, symbols } = score as unknown as Sums
  return { strings, symbols }
}

/** Of one set of strings. NaN: of no strings. */
export interface Figures {
  /** Share of symbols, end of sequence included, whose most likely prediction is right. */
  readonly accuracy: number
  /** Nats per symbol; Infinity: diverged. */
  readonly loss: number
  /** exp(loss). */
  readonly perplexity: number
  /** Nats per string; Infinity: diverged. */
  readonly lossOfString: number
  /** Loss less that of the exact distribution, which draws a length, then a string: 0 for that distribution itself. null: not known. */
  readonly aboveBound: number | null
  /** The same with the length given: what the choice of a length costs is left out. */
  readonly aboveKnownLength: number | null
  /** Loss of the exact distribution on the same strings, and the same with the length given; null: not known. */
  readonly bound: number | null
  readonly boundOfKnownLength: number | null
}

export function figures(score: Score): Figures {
  const { strings, symbols, correct, boundNats, lengthNats, ...rest } = score as unknown as Sums
  // A loss that is no number is that of a run that diverged.
  const nats = Number.isNaN(rest.nats) ? Infinity : rest.nats
  const loss = nats / symbols
  const bound = known((boundNats + lengthNats) / symbols)
  const boundOfKnownLength = known(boundNats / symbols)
  return {
    accuracy: correct / symbols,
    loss,
    perplexity: Math.exp(loss),
    lossOfString: nats / strings,
    aboveBound: bound === null ? null : loss - bound,
    aboveKnownLength: boundOfKnownLength === null ? null : loss - boundOfKnownLength,
    bound,
    boundOfKnownLength,
  }
}

const known = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Mean over predictions that are not kept as a score: of some steps of training. */
export const lossOver = (nats: number, symbols: number): number => nats / symbols

/** What a length costs that is drawn uniformly from so many, nats. */
export const lengthCost = (score: Score): number | null => {
  const { symbols, lengthNats } = score as unknown as Sums
  return known(lengthNats / symbols)
}

/** Mean over all symbols of what is known for each set; null as soon as one lacks it. */
export function overSymbols<S extends Score>(
  scores: readonly S[],
  valueOf: (score: S) => number | null,
): number | null {
  let [total, symbols] = [0, 0]
  for (const score of scores) {
    const own = (score as unknown as Sums).symbols
    total += (valueOf(score) ?? NaN) * own
    symbols += own
  }
  return symbols > 0 ? known(total / symbols) : null
}

/** What the trivial and the optimal predictor reach. */
export interface Span {
  readonly floor: number | null
  readonly ceiling: number | null
}

/** 0: the trivial predictor, 1: the optimal one; below 0 is worse than trivial. null: not known, or there is nothing between the two. */
export const skill = (accuracy: number, { floor, ceiling }: Span): number | null =>
  floor === null || ceiling === null || ceiling <= floor ? null : (accuracy - floor) / (ceiling - floor)

/** Accuracy on the longest strings over that on the shortest. */
export const retention = (shortest: number | null, longest: number | null): number | null =>
  shortest === null || longest === null || shortest === 0 ? null : longest / shortest

/** A score as the history's rows have it: what was summed over how many. */
export interface Tally {
  readonly measure: string
  readonly count: number
  readonly sum: number
}

export const talliesOf = (score: Score): Tally[] => {
  const { strings, symbols, nats, correct, boundNats, lengthNats } = score as unknown as Sums
  return [
    { measure: 'nats', count: symbols, sum: nats },
    { measure: 'correct', count: symbols, sum: correct },
    { measure: 'bound', count: symbols, sum: boundNats },
    { measure: 'lengths', count: strings, sum: lengthNats },
  ]
}

/** What is not among them is unknown. */
export function fromTallies(tallies: ReadonlyMap<string, Omit<Tally, 'measure'>>): Score {
  const sum = (measure: string): number => tallies.get(measure)?.sum ?? NaN
  return scored({
    strings: tallies.get('lengths')?.count ?? 0,
    symbols: tallies.get('nats')?.count ?? 0,
    nats: sum('nats'),
    correct: sum('correct'),
    boundNats: sum('bound'),
    lengthNats: sum('lengths'),
  })
}
