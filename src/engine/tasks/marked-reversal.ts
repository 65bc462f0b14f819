import { grammarLanguage } from './grammar/grammar-language.ts'
import { deterministicStack } from './ideal-stack.ts'
import { defineTask } from './task.ts'
import { isWord, kinds, same, shown, split } from './words/words.ts'

export default defineTask({
  id: 'marked-reversal',
  title: 'Marked reversal',
  source: 'DuSell & Chiang 2020, arXiv:2010.04674',
  form: 'w # wᴿ',
  stack: 'Pushes each symbol of w, holds at #, then pops: the top is the next symbol.',
  options: { kinds },
  language: ({ kinds }) =>
    grammarLanguage({
      symbols: [...shown(kinds), '#'],
      grammar: {
        start: 'S',
        rules: { S: [...shown(kinds).map((_, a) => [60 / 61 / kinds, a, 'S', a] as const), [1 / 61, kinds]] },
      },
      accepts(string) {
        const [first, second, ...more] = split(string, kinds)
        return (
          first !== undefined &&
          second !== undefined &&
          more.length === 0 &&
          isWord(first, kinds) &&
          same(second, first.toReversed())
        )
      },
      idealStack: deterministicStack(shown(kinds), () => {
        let marked = false
        return (symbol, stack) => {
          if (symbol === kinds && !marked) {
            marked = true
            return 'keep'
          }
          if (!marked) return { push: symbol }
          return stack?.symbol === symbol ? 'pop' : 'fail'
        }
      }),
      entropy: length => ((length - 1) / 2) * Math.log(kinds),
      trivialCorrect: string => (string.length - 1) / kinds,
    }),
})
