import { EMPTY, type DottedGrammar } from './dotted.ts'

/** A state that began at position `start` and has derived the symbols since then with probability exp(lnWeight). */
export interface Item {
  readonly state: number
  readonly start: number
  lnWeight: number
}

export interface Chart {
  /** [position]: items that ended here and still need something, whether or not the next symbol gives it to them. */
  readonly open: readonly (readonly Item[])[]
  /** [position]: ln of the probability that the start derives the symbols up to here. */
  readonly whole: Float64Array
}

/** At one position: items that wait for a nonterminal, by nonterminal, and items that the next symbol advances. */
interface Expected {
  readonly waiting: readonly (readonly Item[] | undefined)[]
  readonly scanned: readonly Item[]
}

/**
 * Inside probabilities of a string by Earley's algorithm (Stolcke 1995), left to right with one symbol of look-ahead. Without empty and
 * unary rules, everything that ends at a position is complete once what began later has been handled.
 * Time and memory grow with the number of ways in which rules can cover parts of the string: linear for deterministic languages.
 * @param string of the grammar's terminals only
 */
export function parse(grammar: DottedGrammar, string: readonly number[]): Chart {
  const { states } = grammar
  const open: Item[][] = [[]]
  const whole = new Float64Array(string.length + 1).fill(-Infinity)
  whole[0] = Math.log(grammar.empty)
  const expected = [expect(grammar, string[0], 0, [])]
  for (let end = 1; end <= string.length; end++) {
    open[end] = []
    const ending = new Array<Item[] | undefined>(end)
    for (const item of expected[end - 1]!.scanned) advance(grammar, ending, item, 0)
    for (let start = ending.length - 1; start >= 0; start--) {
      const items = ending[start]
      if (items === undefined) continue
      for (const { state, lnWeight } of items) {
        const { left, tail } = states[state]!
        if (tail !== EMPTY) continue
        if (start === 0 && left === grammar.start) whole[end] = lnWeight
        for (const waiter of expected[start]!.waiting[left] ?? []) advance(grammar, ending, waiter, lnWeight)
      }
      for (const item of items) if (states[item.state]!.tail !== EMPTY) open[end]!.push(item)
    }
    expected[end] = expect(grammar, string[end], end, open[end]!)
  }
  return { open, whole }
}

/** Sorts `items`, and the rules that they predict, by what the next symbol can do for them. */
function expect(
  { start, states, tails, openingsOn }: DottedGrammar,
  symbol: number | undefined,
  position: number,
  items: readonly Item[],
): Expected {
  const waiting: Item[][] = []
  const scanned: Item[] = []
  if (symbol === undefined) return { waiting, scanned }
  const predicted = new Set(position === 0 ? [start] : [])
  const place = (item: Item): void => {
    const { first } = tails[states[item.state]!.tail]!
    if (first === symbol) scanned.push(item)
    if (first >= 0 || openingsOn[~first]![symbol]!.length === 0) return
    ;(waiting[~first] ??= []).push(item)
    predicted.add(~first)
  }
  items.forEach(place)
  for (const left of predicted) {
    for (const { state, lnWeight } of openingsOn[left]![symbol]!) place({ state, start: position, lnWeight })
  }
  return { waiting, scanned }
}

/** Moves an item over its first symbol, derived with probability exp(lnWeight), into `ending`, a list for each start. */
function advance({ states }: DottedGrammar, ending: (Item[] | undefined)[], item: Item, lnWeight: number): void {
  const { advanced } = states[item.state]!
  const here = (ending[item.start] ??= [])
  const known = here.find(({ state }) => state === advanced)
  if (known === undefined) here.push({ state: advanced, start: item.start, lnWeight: item.lnWeight + lnWeight })
  else known.lnWeight = lnSum(known.lnWeight, item.lnWeight + lnWeight)
}

function lnSum(a: number, b: number): number {
  const larger = Math.max(a, b)
  return larger + Math.log1p(Math.exp(Math.min(a, b) - larger))
}
