import { grammarLanguage } from './grammar/grammar-language.ts'
import { foldedStack } from './ideal-stack.ts'
import { defineTask } from './task.ts'
import { cut, isWord, kinds, same, shown } from './words/words.ts'

export default defineTask({
  id: 'unmarked-reversal',
  title: 'Unmarked reversal',
  source: 'DuSell & Chiang 2020, arXiv:2010.04674',
  form: 'w wᴿ',
  stack:
    'Pushes each symbol of w, then pops. Where the middle is cannot be known: each possible stack counts by its exact posterior probability.',
  options: { kinds },
  language: ({ kinds }) =>
    grammarLanguage({
      symbols: shown(kinds),
      grammar: {
        start: 'S',
        rules: { S: [...shown(kinds).map((_, a) => [60 / 61 / kinds, a, 'S', a] as const), [1 / 61]] },
      },
      accepts(string) {
        const halves = cut(string, 2)
        return halves !== undefined && isWord(string, kinds) && same(halves[1]!, halves[0]!.toReversed())
      },
      idealStack: foldedStack(shown(kinds), length => [{ word: length / 2, padding: 0, ln: 0 }]),
      entropy: length => (length / 2) * Math.log(kinds),
      trivialCorrect: string => string.length / kinds,
    }),
})
