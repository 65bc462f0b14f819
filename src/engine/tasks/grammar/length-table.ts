import { EMPTY, type DottedGrammar } from './dotted.ts'

/**
 * Inside probabilities by length: how probably a nonterminal or a tail derives any string of l symbols. Held as probability * scale^l,
 * with a scale that keeps long lengths within range.
 */
export interface LengthTable {
  readonly scale: number
  /** [nonterminal][length], filled at least up to the length last asked for. */
  readonly nonterminals: readonly Float64Array[]
  /** [tail][length] */
  readonly tails: readonly Float64Array[]
  /** Fills the table up to this length. Cost grows with its square. */
  reach(length: number): void
  /** ln of the probability that the start derives a string of this length. */
  lnProbability(length: number): number
}

export function lengthTable(grammar: DottedGrammar): LengthTable {
  const scale = growthScale(grammar)
  let filled = fill(grammar, scale, 128)
  const reach = (length: number): void => {
    if (length >= filled.size) filled = fill(grammar, scale, Math.max(2 * filled.size, length + 1))
  }
  return {
    scale,
    get nonterminals() {
      return filled.nonterminals
    },
    get tails() {
      return filled.tails
    },
    reach,
    lnProbability(length) {
      if (length === 0) return Math.log(grammar.empty)
      reach(length)
      return Math.log(filled.nonterminals[grammar.start]![length]!) - length * Math.log(scale)
    },
  }
}

/** The inverse of the factor by which probabilities change with each symbol, rounded in its logarithm so that it is the same everywhere. */
function growthScale(grammar: DottedGrammar): number {
  const { nonterminals, size } = fill(grammar, 1, 2 * Math.min(grammar.shortest[grammar.start]!, 1000) + 64)
  const values = nonterminals[grammar.start]!
  const possible = Array.from(values.keys()).filter(length => values[length]! > 0)
  const [shorter, longer] = possible.slice(-2)
  if (shorter === undefined || longer === undefined || longer < size / 2) return 1
  return 2 ** (Math.round((8 * Math.log2(values[shorter]! / values[longer]!)) / (longer - shorter)) / 8)
}

interface Filled {
  readonly size: number
  readonly nonterminals: Float64Array[]
  readonly tails: Float64Array[]
}

function fill(grammar: DottedGrammar, scale: number, size: number): Filled {
  const nonterminals = grammar.openings.map(() => new Float64Array(size))
  const tails = grammar.tails.map(({ first, rest }) =>
    first < 0 && rest === EMPTY ? nonterminals[~first]! : new Float64Array(size),
  )
  tails[EMPTY]![0] = 1
  for (let length = 1; length < size; length++) {
    grammar.tails.forEach(({ first, rest }, tail) => {
      if (tail === EMPTY || (first < 0 && rest === EMPTY)) return
      tails[tail]![length] =
        first < 0 ? ways(grammar, { nonterminals, tails }, tail, length) : scale * tails[rest]![length - 1]!
    })
    grammar.openings.forEach((openings, left) => {
      nonterminals[left]![length] = openings.reduce((sum, { tail, weight }) => sum + weight * tails[tail]![length]!, 0)
    })
  }
  return { size, nonterminals, tails }
}

/** How many of `length` symbols the first nonterminal of a tail may take: [least, most]. */
export function takes({ tails, shortest, longest }: DottedGrammar, tail: number, length: number): [number, number] {
  const { first, rest } = tails[tail]!
  return [
    Math.max(shortest[~first]!, length - tails[rest]!.longest),
    Math.min(longest[~first]!, length - tails[rest]!.shortest),
  ]
}

function ways(
  grammar: DottedGrammar,
  { nonterminals, tails }: Pick<Filled, 'nonterminals' | 'tails'>,
  tail: number,
  length: number,
): number {
  const { first, rest } = grammar.tails[tail]!
  const [least, most] = takes(grammar, tail, length)
  const ofFirst = nonterminals[~first]!
  const ofRest = tails[rest]!
  let sum = 0
  for (let taken = least; taken <= most; taken++) sum += ofFirst[taken]! * ofRest[length - taken]!
  return sum
}
