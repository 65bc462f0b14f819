import { normalised } from '../words/distribution.ts'
import { parse, type Item } from './chart.ts'
import { EMPTY, type DottedGrammar } from './dotted.ts'
import type { LengthTable } from './length-table.ts'

/**
 * For each nonterminal that may begin at a position, by the position at which it ends: the probability of all that surrounds it, summed
 * over the derivations of the prefix and over their continuations to an admitted length.
 * Held times scale^-end, for the length table's scale, and times a unit of the position's own.
 */
type Worth = Map<number, Float64Array>

interface Expectation {
  readonly lnUnit: number
  readonly worth: Worth
  /** The same for a tail of a nonterminal, by the position at which the tail begins; under `nonterminal,tail`. */
  readonly ofTails: Map<string, Float64Array>
}

interface Prefixes {
  readonly grammar: DottedGrammar
  readonly table: LengthTable
  /** The start's worth at position 0. */
  readonly root: Float64Array
  /** By position. */
  readonly expectations: Expectation[]
}

/**
 * Exact next-symbol distributions after each prefix of `string`, when its length is uniform over `lengths` and it is drawn from the
 * grammar given the length: [string.length + 1][terminals + 1], the last column the end; zeros after an impossible prefix.
 * Time is at most of order (longest length)^2 for each rule and position that the prefix makes possible.
 * @param string of the grammar's terminals only
 */
export function nextSymbols(
  grammar: DottedGrammar,
  table: LengthTable,
  string: readonly number[],
  lengths: readonly number[],
): Float64Array[] {
  const prefixes = { grammar, table, root: rootWorth(grammar, table, lengths), expectations: [] }
  const { open, whole } = parse(grammar, string)
  return open.map((items, position) => normalised(advance(prefixes, position, items, whole[position]!)))
}

function rootWorth({ start, empty }: DottedGrammar, table: LengthTable, lengths: readonly number[]): Float64Array {
  const longest = Math.max(0, ...lengths)
  table.reach(longest)
  const root = new Float64Array(longest + 1)
  for (const length of lengths) root[length]! += 1 / (length === 0 ? empty : table.nonterminals[start]![length]!)
  return root
}

/** Works out what is expected at `position`; returns how probable each next symbol is, but for a factor. */
function advance(prefixes: Prefixes, position: number, items: readonly Item[], lnWhole: number): Float64Array {
  const { grammar, root, expectations } = prefixes
  const row = new Float64Array(grammar.terminals + 1)
  const lnWeights = items.map(({ start, lnWeight }) => lnWeight + expectations[start]!.lnUnit)
  const lnUnit = lnWeights.reduce((most, lnWeight) => Math.max(most, lnWeight), position === 0 ? 0 : lnWhole)
  const worth: Worth = new Map(position === 0 ? [[grammar.start, root.slice()]] : [])
  if (lnUnit > -Infinity) {
    items.forEach(({ state, start }, i) => {
      const { left, tail } = grammar.states[state]!
      const { first, rest } = grammar.tails[tail]!
      const weight = Math.exp(lnWeights[i]! - lnUnit)
      if (first >= 0) row[first]! += weight * worthAt(prefixes, expectations[start]!.worth.get(left)!, tail, position)
      else addTo(worth, ~first, worthOfTail(prefixes, start, left, rest), weight, position + 1)
    })
    predict(prefixes, worth, position)
    for (const [left, worthOfLeft] of worth) {
      for (const { tail, weight } of grammar.openings[left]!) {
        const { first } = grammar.tails[tail]!
        if (first >= 0) row[first]! += weight * worthAt(prefixes, worthOfLeft, tail, position)
      }
    }
    row[grammar.terminals] = Math.exp(lnWhole - lnUnit) * (root[position] ?? 0)
  }
  expectations[position] = { lnUnit: lnUnit + rescale(worth), worth, ofTails: new Map() }
  return row
}

/** Adds the nonterminals with which the expected ones can begin; ends are taken from the last, since a tail is never empty here. */
function predict({ grammar, table, root }: Prefixes, worth: Worth, position: number): void {
  const links: { from: Float64Array; to: Float64Array; weight: number; rest: number }[] = []
  for (const [left, from] of worth) {
    for (const { tail, weight } of grammar.openings[left]!) {
      const { first, rest } = grammar.tails[tail]!
      if (first >= 0) continue
      if (!worth.has(~first)) worth.set(~first, new Float64Array(root.length))
      links.push({ from, to: worth.get(~first)!, weight, rest })
    }
  }
  for (let end = root.length - 1; end > position; end--) {
    for (const { from, to, weight, rest } of links) to[end]! += weight * worthAt({ grammar, table }, from, rest, end)
  }
}

/** Worth of a tail that begins at `position`, from the worth of its nonterminal. */
function worthAt(
  { grammar, table }: Pick<Prefixes, 'grammar' | 'table'>,
  worth: Float64Array,
  tail: number,
  position: number,
): number {
  const { shortest, longest } = grammar.tails[tail]!
  const lengths = table.tails[tail]!
  const most = Math.min(longest, worth.length - 1 - position)
  let sum = 0
  for (let length = shortest; length <= most; length++) sum += lengths[length]! * worth[position + length]!
  return sum
}

function worthOfTail(prefixes: Prefixes, start: number, left: number, tail: number): Float64Array {
  const { worth, ofTails } = prefixes.expectations[start]!
  if (tail === EMPTY) return worth.get(left)!
  const key = `${left},${tail}`
  if (!ofTails.has(key))
    ofTails.set(
      key,
      prefixes.root.map((_, position) => (position > start ? worthAt(prefixes, worth.get(left)!, tail, position) : 0)),
    )
  return ofTails.get(key)!
}

function addTo(worth: Worth, nonterminal: number, values: Float64Array, weight: number, from: number): void {
  if (!worth.has(nonterminal)) worth.set(nonterminal, new Float64Array(values.length))
  const sum = worth.get(nonterminal)!
  for (let end = from; end < sum.length; end++) sum[end]! += weight * values[end]!
}

/** Divides by the largest value, in place; returns the logarithm of what was divided out. */
function rescale(worth: Worth): number {
  const largest = [...worth.values()].reduce((most, values) => values.reduce((a, b) => Math.max(a, b), most), 0)
  if (largest === 0) return 0
  for (const values of worth.values())
    values.forEach((value, end) => {
      values[end] = value / largest
    })
  return Math.log(largest)
}
