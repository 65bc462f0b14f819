import { grammarLanguage } from './grammar/grammar-language.ts'
import type { Grammar } from './grammar/grammar.ts'
import { defineTask } from './task.ts'
import { isWord, split } from './words/words.ts'

const symbols = ['(', ')', '[', ']', ',', ';', '$']
const [OPEN, CLOSE, OPEN2, CLOSE2, COMMA, SEMICOLON, DOLLAR] = [0, 1, 2, 3, 4, 5, 6] as const

/** R and L: what stands before and after the chosen alternative of a block; U and V: other alternatives; Q: from one chosen part to the next. */
const grammar: Grammar = {
  start: 'Start',
  rules: {
    Start: [[1, 'R', DOLLAR, 'Q', 'S', 'L', SEMICOLON]],
    L: [[1, "L'", COMMA, 'U']],
    "L'": [[1 / 3, COMMA, 'V', "L'"], [2 / 3]],
    R: [[1, 'U', COMMA, "R'"]],
    "R'": [[1 / 3, "R'", 'V', COMMA], [2 / 3]],
    U: [[1 / 3, 'W', 'U'], [2 / 3]],
    V: [
      [1 / 2, 'W', 'V'],
      [1 / 2, 'W'],
    ],
    W: [
      [1, OPEN],
      [1, CLOSE],
      [1, OPEN2],
      [1, CLOSE2],
      [1, DOLLAR],
    ],
    Q: [[1 / 4, 'L', SEMICOLON, 'R'], [3 / 4]],
    S: [
      [3 / 5, 'S', 'Q', 'T'],
      [2 / 5, 'T'],
    ],
    T: [
      [3 / 8, OPEN, 'Q', 'S', 'Q', CLOSE],
      [3 / 8, OPEN2, 'Q', 'S', 'Q', CLOSE2],
      [1 / 8, OPEN, 'Q', CLOSE],
      [1 / 8, OPEN2, 'Q', CLOSE2],
    ],
  },
}

export default defineTask({
  id: 'hardest-cfl',
  title: 'Hardest context-free language',
  source: 'Greibach 1973, doi:10.1137/0202025; weights of DuSell & Chiang 2020, arXiv:2010.04674',
  form: 'blocks x₁ , … , xₘ ; where some choice of one xᵢ (1 < i < m) from each block spells $ and balanced brackets',
  stack:
    'None is given: which alternative of a block is chosen may stay open to the end, and the stacks that may stand by then are too many to weigh.',
  options: {},
  language: () =>
    grammarLanguage({
      symbols,
      grammar,
      accepts,
      // Always the most frequent symbol: almost nothing is repeated here.
      trivialCorrect: string => string.filter(symbol => symbol === COMMA).length,
    }),
})

/** A bracket that may be chosen: what may be chosen next, and the brackets that can close it. */
interface Choice {
  readonly symbol: number
  readonly next: readonly number[]
  readonly closers: readonly number[]
}

const END = -1

/** Looks at all choices at once, from the last symbol to the first: a bracket is numbered after everything that can follow it. */
function accepts(string: readonly number[]): boolean {
  if (string.at(-1) !== SEMICOLON || !isWord(string, symbols.length)) return false
  const [first, ...others] = split(string.slice(0, -1), SEMICOLON).map(block => split(block, COMMA).slice(1, -1))
  if (first!.some(isEmpty) || others.some(block => block.some(isEmpty))) return false
  const choices: Choice[] = []
  const afterFirst = others.reduceRight(
    (next, block) => block.filter(isBrackets).flatMap(brackets => addChoices(choices, brackets, next)),
    [END],
  )
  const starts = first!
    .filter(([dollar, ...brackets]) => dollar === DOLLAR && isBrackets(brackets))
    .flatMap(([, ...brackets]) => addChoices(choices, brackets, afterFirst))
  return afterBalanced(
    choices,
    starts.filter(start => start !== END),
  ).has(END)
}

const isEmpty = (alternative: readonly number[]): boolean => alternative.length === 0
const isBrackets = (alternative: readonly number[]): boolean => alternative.every(symbol => symbol <= CLOSE2)

/** Adds an alternative's brackets in front of `next`; returns what is chosen first. */
function addChoices(choices: Choice[], brackets: readonly number[], next: readonly number[]): readonly number[] {
  return brackets.reduceRight((behind, symbol) => {
    const closers = [...afterBalanced(choices, behind)].filter(
      choice => choices[choice]?.symbol === symbol + 1 && symbol % 2 === 0,
    )
    return [choices.push({ symbol, next: behind, closers }) - 1]
  }, next)
}

/** What can come from `from` on after any number of balanced brackets, none included. */
function afterBalanced(choices: readonly Choice[], from: readonly number[]): Set<number> {
  const reached = new Set(from)
  for (const choice of reached) {
    for (const closer of choices[choice]?.closers ?? []) for (const next of choices[closer]!.next) reached.add(next)
  }
  return reached
}
