import type { Grammar } from './grammar.ts'

/** `right` holds terminals as they are and nonterminal X as ~X. */
export interface NormalRule {
  readonly left: number
  readonly right: readonly number[]
  readonly weight: number
}

/**
 * A grammar without empty and unary rules, whose nonterminals derive every non-empty string with the same probability as the original
 * ones did. The weights of a nonterminal therefore sum to less than 1 when it could derive the empty string.
 */
export interface NormalGrammar {
  /** Nonterminals are 0 … nonterminals - 1. */
  readonly nonterminals: number
  readonly start: number
  /** Probability that the start derives the empty string. */
  readonly empty: number
  readonly rules: readonly NormalRule[]
}

/** Probabilities below this no longer change a sum near 1. */
const NEGLIGIBLE = 1e-18

export function normalForm(grammar: Grammar): NormalGrammar {
  const names = Object.keys(grammar.rules)
  const rules = numbered(grammar, names)
  const empty = emptyProbabilities(rules, names.length)
  const start = names.indexOf(grammar.start)
  return {
    nonterminals: names.length,
    start,
    empty: empty[start]!,
    rules: withoutUnary(withoutEmpty(rules, empty), names.length),
  }
}

function numbered({ start, rules }: Grammar, names: readonly string[]): NormalRule[] {
  const number = (name: string): number => {
    if (!names.includes(name)) throw new Error(`the grammar has no rule for ${name}`)
    return names.indexOf(name)
  }
  number(start)
  return names.flatMap((name, left) => {
    const total = rules[name]!.reduce((sum, [weight]) => sum + weight, 0)
    return rules[name]!.map(([weight, ...right]) => {
      if (!(weight > 0 && weight < Infinity))
        throw new Error(`a rule of ${name} has weight ${weight}; weights are positive`)
      return {
        left,
        right: right.map(symbol => (typeof symbol === 'string' ? ~number(symbol) : symbol)),
        weight: weight / total,
      }
    })
  })
}

/** Least fixed point of empty[X] = sum over rules of weight times the product of empty[Y], by iteration from zero. */
function emptyProbabilities(rules: readonly NormalRule[], nonterminals: number): Float64Array {
  let empty = new Float64Array(nonterminals)
  for (let round = 0; round < 100_000; round++) {
    const next = new Float64Array(nonterminals)
    for (const { left, right, weight } of rules)
      next[left]! += right.reduce((product, symbol) => (symbol < 0 ? product * empty[~symbol]! : 0), weight)
    if (next.every((value, i) => value - empty[i]! <= NEGLIGIBLE)) return next
    empty = next
  }
  throw new Error(
    'the probabilities of the empty string do not settle; give the rules that end a derivation more weight',
  )
}

/** Every rule with each of its nonterminals kept or, with the probability that it is empty, left out. */
function withoutEmpty(rules: readonly NormalRule[], empty: Float64Array): NormalRule[] {
  return merged(
    rules.flatMap(({ left, right, weight }) => {
      let variants = [{ left, right: [] as number[], weight }]
      for (const symbol of right) {
        const gone = symbol < 0 ? empty[~symbol]! : 0
        variants = variants.flatMap(variant => {
          const kept = { ...variant, right: [...variant.right, symbol] }
          return gone > 0 ? [kept, { ...variant, weight: variant.weight * gone }] : [kept]
        })
      }
      return variants.filter(variant => variant.right.length > 0)
    }),
  )
}

const isUnary = ({ right }: NormalRule): boolean => right.length === 1 && right[0]! < 0

/** Gives every nonterminal the rules that it reaches over chains of unary rules. */
function withoutUnary(rules: readonly NormalRule[], nonterminals: number): NormalRule[] {
  const unary = rules.filter(isUnary)
  const others = rules.filter(rule => !isUnary(rule))
  return merged(
    Array.from({ length: nonterminals }, (_, left) => {
      const reached = chains(unary, left)
      return others
        .filter(rule => reached.has(rule.left))
        .map(({ left: through, right, weight }) => ({ left, right, weight: weight * reached.get(through)! }))
    }).flat(),
  )
}

/** Total weight of the chains of unary rules from `left` to each nonterminal, the chain of no rules included. */
function chains(unary: readonly NormalRule[], left: number): Map<number, number> {
  const total = new Map<number, number>()
  for (let ends = new Map([[left, 1]]); ends.size > 0;) {
    const next = new Map<number, number>()
    for (const [end, weight] of ends) {
      total.set(end, (total.get(end) ?? 0) + weight)
      for (const rule of unary) {
        const longer = weight * rule.weight
        if (rule.left === end && longer > NEGLIGIBLE)
          next.set(~rule.right[0]!, (next.get(~rule.right[0]!) ?? 0) + longer)
      }
    }
    ends = next
  }
  return total
}

function merged(rules: readonly NormalRule[]): NormalRule[] {
  const byText = new Map<string, NormalRule>()
  for (const rule of rules) {
    const text = `${rule.left}:${rule.right.join()}`
    byText.set(text, { ...rule, weight: rule.weight + (byText.get(text)?.weight ?? 0) })
  }
  return [...byText.values()]
}
