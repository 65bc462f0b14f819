/** A stack from its top down; null: empty. Stacks share what lies below. */
export type Stack = { readonly symbol: number; readonly below: Stack; readonly depth: number } | null

/** How a stack came about: by the newest symbol of the prefix, or before the first (`start`). */
export type StackMove = 'start' | 'push' | 'pop' | 'keep'

/** What may be on the stack after a prefix; the probabilities of all that may be add up to 1. */
export interface PossibleStack {
  readonly stack: Stack
  readonly move: StackMove
  readonly probability: number
}

/**
 * The stack of an automaton that recognises the language, symbol by symbol: what a memory holds that solves the task as a stack would.
 * Where the automaton has to guess, each stack has its exact posterior probability given the prefix.
 */
export interface IdealStack {
  /** How each stack symbol is shown; index = stack symbol. */
  readonly symbols: readonly string[]
  /**
   * After each prefix of `string`, [string.length + 1], when lengths are uniform over `lengths`; nothing after a prefix with which no
   * string begins.
   */
  after(string: readonly number[], lengths: readonly number[]): (readonly PossibleStack[])[]
}

export const depthOf = (stack: Stack): number => stack?.depth ?? 0
export const pushed = (below: Stack, symbol: number): NonNullable<Stack> => ({
  symbol,
  below,
  depth: depthOf(below) + 1,
})

/** What a deterministic automaton does on a symbol: puts a stack symbol on top, takes the top away, leaves the stack, or fails. */
export type Move = { readonly push: number } | 'pop' | 'keep' | 'fail'

/** @param moves a fresh automaton: told each symbol and the stack before it */
export function deterministicStack(
  symbols: readonly string[],
  moves: () => (symbol: number, stack: Stack) => Move,
): IdealStack {
  return {
    symbols,
    after(string) {
      const next = moves()
      let stack: Stack = null
      let failed = false
      return [
        [{ stack, move: 'start', probability: 1 }],
        ...string.map((symbol): PossibleStack[] => {
          const move = failed ? 'fail' : next(symbol, stack)
          failed = move === 'fail' || (move === 'pop' && stack === null)
          if (failed || move === 'fail') return []
          stack = typeof move === 'object' ? pushed(stack, move.push) : move === 'pop' ? stack!.below : stack
          return [{ stack, move: typeof move === 'object' ? 'push' : move, probability: 1 }]
        }),
      ]
    },
  }
}

/** A way in which a string of the language can be made: `word` symbols pushed, `padding` equal symbols that leave the stack, the word popped. */
export interface Folding {
  readonly word: number
  readonly padding: number
  /** ln of its probability given the length. */ readonly ln: number
}

/** A folding with which a string agrees in its first `until` symbols. */
interface Way extends Folding {
  readonly until: number
}

/**
 * The stack of `w aᵖ wᴿ` where nothing marks the middle: w uniform over words, a over symbols.
 * @param foldings all ways to make a string of a length
 */
export function foldedStack(symbols: readonly string[], foldings: (length: number) => readonly Folding[]): IdealStack {
  const lnKinds = Math.log(symbols.length)
  return {
    symbols,
    after(string, lengths) {
      const ways = lengths
        .flatMap(length => foldings(length))
        .map((folding): Way => ({ ...folding, until: agreesUntil(string, folding) }))
      const stacks: Stack[] = [null]
      for (const symbol of string) stacks.push(pushed(stacks.at(-1)!, symbol))
      return Array.from({ length: string.length + 1 }, (_, at) =>
        posterior(
          ways.filter(({ until }) => at <= until),
          at,
          lnKinds,
          stacks,
        ),
      )
    },
  }
}

/** Symbols of `string` that the folding explains: all of it where it explains it whole. */
function agreesUntil(string: readonly number[], { word, padding }: Folding): number {
  const length = Math.min(string.length, 2 * word + padding)
  for (let at = word; at < length; at++) {
    const expected = at < word + padding ? string[word] : string[2 * word + padding - 1 - at]
    if (string[at] !== expected) return at
  }
  return length
}

function posterior(ways: readonly Way[], at: number, lnKinds: number, stacks: readonly Stack[]): PossibleStack[] {
  const lnWeights = ways.map(
    ({ ln, word, padding }) => ln - lnKinds * (Math.min(at, word) + Number(padding > 0 && at > word)),
  )
  const most = lnWeights.reduce((a, b) => Math.max(a, b), -Infinity)
  const total = lnWeights.reduce((sum, ln) => sum + Math.exp(ln - most), 0)
  const found = new Map<string, { depth: number; move: StackMove; probability: number }>()
  ways.forEach((way, i) => {
    const { depth, move } = foldedAt(way, at)
    const key = `${depth} ${move}`
    const known = found.get(key)
    const probability = Math.exp(lnWeights[i]! - most) / total
    if (known) known.probability += probability
    else found.set(key, { depth, move, probability })
  })
  return [...found.values()].map(({ depth, move, probability }) => ({ stack: stacks[depth]!, move, probability }))
}

function foldedAt({ word, padding }: Folding, at: number): { depth: number; move: StackMove } {
  if (at === 0) return { depth: 0, move: 'start' }
  if (at <= word) return { depth: at, move: 'push' }
  if (at <= word + padding) return { depth: word, move: 'keep' }
  return { depth: 2 * word + padding - at, move: 'pop' }
}
