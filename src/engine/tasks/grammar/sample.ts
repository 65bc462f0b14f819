import type { Chance } from '../../chance.ts'
import { EMPTY, type DottedGrammar } from './dotted.ts'
import { takes, type LengthTable } from './length-table.ts'

/**
 * A string of exactly `length` symbols, drawn with its probability under the grammar given the length: from the start downwards, rules
 * and lengths of their parts in proportion to their inside probabilities. The length must be possible.
 */
export function sampleString(grammar: DottedGrammar, table: LengthTable, chance: Chance, length: number): number[] {
  if (length === 0) return []
  table.reach(length)
  const string: number[] = []
  const open = [{ tail: drawRule(grammar, table, chance, grammar.start, length), length }]
  for (let top = open.pop(); top !== undefined; top = open.pop()) {
    const { first, rest } = grammar.tails[top.tail]!
    const taken = first >= 0 ? 1 : rest === EMPTY ? top.length : drawTaken(grammar, table, chance, top.tail, top.length)
    if (rest !== EMPTY) open.push({ tail: rest, length: top.length - taken })
    if (first >= 0) string.push(first)
    else open.push({ tail: drawRule(grammar, table, chance, ~first, taken), length: taken })
  }
  return string
}

function drawRule(
  { openings }: DottedGrammar,
  { nonterminals, tails }: LengthTable,
  chance: Chance,
  left: number,
  length: number,
): number {
  let remaining = chance.uniform() * nonterminals[left]![length]!
  let chosen = -1
  for (const { tail, weight } of openings[left]!) {
    const share = weight * tails[tail]![length]!
    if (share === 0) continue
    chosen = tail
    remaining -= share
    if (remaining < 0) break
  }
  return chosen
}

function drawTaken(
  grammar: DottedGrammar,
  { nonterminals, tails }: LengthTable,
  chance: Chance,
  tail: number,
  length: number,
): number {
  const { first, rest } = grammar.tails[tail]!
  const [least, most] = takes(grammar, tail, length)
  if (least === most) return least
  let remaining = chance.uniform() * tails[tail]![length]!
  let chosen = -1
  for (let taken = least; taken <= most; taken++) {
    const share = nonterminals[~first]![taken]! * tails[rest]![length - taken]!
    if (share === 0) continue
    chosen = taken
    remaining -= share
    if (remaining < 0) break
  }
  return chosen
}
