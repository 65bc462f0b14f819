import { int } from '../../shared/options.ts'
import { grammarLanguage, repeatedSymbols } from './grammar/grammar-language.ts'
import type { Alternative } from './grammar/grammar.ts'
import { distribution } from './grammar/released.ts'
import { deterministicStack } from './ideal-stack.ts'
import { defineTask } from './task.ts'
import { isWord } from './words/words.ts'

const pairs = ['()', '[]', '{}', '<>']

export default defineTask({
  id: 'dyck',
  title: 'Balanced brackets (Dyck)',
  source: 'DuSell & Chiang 2020, arXiv:2010.04674',
  form: 'balanced brackets of several kinds; in the released distribution at least two pairs side by side',
  stack: 'Pushes each opening bracket and pops it at its closing one: the top says which bracket may close.',
  options: { kinds: int({ default: 2, min: 1, max: 100, doc: 'kinds of bracket' }), distribution },
  language: ({ kinds, distribution }) => {
    const all = Array.from({ length: kinds }, (_, kind) => kind)
    const symbols = all.flatMap(kind => (kind < pairs.length ? [...pairs[kind]!] : [`(${kind}`, `)${kind}`]))
    const start: Alternative = distribution === 'released' ? [1, 'S', 'T'] : [1, 'S']
    return grammarLanguage({
      symbols,
      idealStack: deterministicStack(
        symbols.filter((_, symbol) => symbol % 2 === 0),
        () => (symbol, stack) => {
          const kind = Math.floor(symbol / 2)
          if (symbol % 2 === 0) return { push: kind }
          return stack?.symbol === kind ? 'pop' : 'fail'
        },
      ),
      grammar: {
        start: 'Start',
        rules: {
          Start: [start],
          S: [
            [1 / 2, 'S', 'T'],
            [1 / 2, 'T'],
          ],
          T: all.flatMap((kind): Alternative[] => [
            [39 / 40, 2 * kind, 'S', 2 * kind + 1],
            [1 / 40, 2 * kind, 2 * kind + 1],
          ]),
        },
      },
      accepts: string =>
        isWord(string, 2 * kinds) && (outermostPairs(string) ?? 0) >= (distribution === 'released' ? 2 : 1),
      trivialCorrect: string => repeatedSymbols(string, 1 / kinds),
    })
  },
})

/** How many pairs stand side by side in no other pair; undefined when the brackets are not balanced. */
function outermostPairs(string: readonly number[]): number | undefined {
  const open: number[] = []
  let pairs = 0
  for (const symbol of string) {
    if (symbol % 2 === 0) open.push(symbol)
    else if (open.pop() !== symbol - 1) return undefined
    else if (open.length === 0) pairs++
  }
  return open.length === 0 ? pairs : undefined
}
