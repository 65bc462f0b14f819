import type { NormalGrammar, NormalRule } from './normal-form.ts'

/** What is left of a rule behind the dot: `first`, then the tail `rest`. The empty tail is number 0. */
export interface Tail {
  /** A terminal, or ~X for nonterminal X; of no meaning in the empty tail. */
  readonly first: number
  readonly rest: number
  /** Lengths of the strings that the tail derives. */
  readonly shortest: number
  readonly longest: number
}

export const EMPTY = 0

/** A nonterminal of which `tail` is still to come. Rules that agree in both share a state. */
export interface State {
  readonly left: number
  readonly tail: number
  /** The state behind the tail's first symbol; -1 when the tail is empty. */ readonly advanced: number
}

/** A rule at its beginning. */
export interface Opening {
  readonly state: number
  readonly tail: number
  readonly weight: number
  readonly lnWeight: number
}

/** A grammar in normal form, its rules cut at every place of the dot. */
export interface DottedGrammar {
  readonly terminals: number
  readonly nonterminals: number
  readonly start: number
  readonly empty: number
  readonly tails: readonly Tail[]
  readonly states: readonly State[]
  /** [nonterminal] */
  readonly openings: readonly (readonly Opening[])[]
  /** [nonterminal][terminal]: those that can begin with the terminal. */
  readonly openingsOn: readonly (readonly (readonly Opening[])[])[]
  readonly shortest: readonly number[]
  readonly longest: readonly number[]
}

/** @param terminals how many terminals there are: 0 … terminals - 1 */
export function dotted({ nonterminals, start, empty, rules: all }: NormalGrammar, terminals: number): DottedGrammar {
  const shortest = shortestLengths(all, nonterminals)
  const rules = all.filter(({ right }) => right.every(symbol => symbol >= 0 || shortest[~symbol]! < Infinity))
  const longest = longestLengths(rules, nonterminals)
  const tails: Tail[] = [{ first: 0, rest: EMPTY, shortest: 0, longest: 0 }]
  const states: State[] = []
  const tailOf = interning((right: readonly number[]) => {
    const [first, ...behind] = right as [number, ...number[]]
    const rest = behind.length === 0 ? EMPTY : tailOf(behind)
    const [low, high] = first < 0 ? [shortest[~first]!, longest[~first]!] : [1, 1]
    return tails.push({ first, rest, shortest: low + tails[rest]!.shortest, longest: high + tails[rest]!.longest }) - 1
  })
  const stateOf = interning(([left, tail]: readonly number[]) => {
    const advanced = tail === EMPTY ? -1 : stateOf([left!, tails[tail!]!.rest])
    return states.push({ left: left!, tail: tail!, advanced }) - 1
  })
  const openings: Opening[][] = Array.from({ length: nonterminals }, () => [])
  for (const { left, right, weight } of rules) {
    const tail = tailOf(right)
    openings[left]!.push({ state: stateOf([left, tail]), tail, weight, lnWeight: Math.log(weight) })
  }
  const begins = firstTerminals(openings, tails)
  const openingsOn = openings.map(list =>
    Array.from({ length: terminals }, (_, terminal) =>
      list.filter(({ tail }) =>
        tails[tail]!.first < 0 ? begins[~tails[tail]!.first]!.has(terminal) : tails[tail]!.first === terminal,
      ),
    ),
  )
  return { terminals, nonterminals, start, empty, tails, states, openings, openingsOn, shortest, longest }
}

/** Calls `make` once for each list of numbers and remembers the number it gave. */
function interning(make: (key: readonly number[]) => number): (key: readonly number[]) => number {
  const known = new Map<string, number>()
  return key => {
    const text = key.join()
    const number = known.get(text) ?? make(key)
    known.set(text, number)
    return number
  }
}

/** Infinity for a nonterminal that derives no string. */
function shortestLengths(rules: readonly NormalRule[], nonterminals: number): number[] {
  const lengths = Array.from({ length: nonterminals }, () => Infinity)
  for (let changed = true; changed;) {
    changed = false
    for (const { left, right } of rules) {
      const length = right.reduce((sum, symbol) => sum + (symbol < 0 ? lengths[~symbol]! : 1), 0)
      if (length < lengths[left]!) {
        lengths[left] = length
        changed = true
      }
    }
  }
  return lengths
}

/** Infinity for a nonterminal that can contain itself: its lengths are still growing after a round for each nonterminal. */
function longestLengths(rules: readonly NormalRule[], nonterminals: number): number[] {
  const lengths = Array.from({ length: nonterminals }, () => 0)
  for (let round = 0; round < 2 * nonterminals + 2; round++) {
    for (const { left, right } of rules) {
      const length = right.reduce((sum, symbol) => sum + (symbol < 0 ? lengths[~symbol]! : 1), 0)
      if (length > lengths[left]!) lengths[left] = round > nonterminals ? Infinity : length
    }
  }
  return lengths
}

/** For each nonterminal, the terminals with which its strings begin. */
function firstTerminals(openings: readonly (readonly Opening[])[], tails: readonly Tail[]): Set<number>[] {
  const begins = openings.map(() => new Set<number>())
  for (let changed = true; changed;) {
    changed = false
    openings.forEach((list, left) =>
      list.forEach(({ tail }) => {
        const { first } = tails[tail]!
        for (const terminal of first < 0 ? begins[~first]! : [first]) {
          if (!begins[left]!.has(terminal)) {
            begins[left]!.add(terminal)
            changed = true
          }
        }
      }),
    )
  }
  return begins
}
