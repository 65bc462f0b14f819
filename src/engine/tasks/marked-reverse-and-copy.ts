import { defineTask } from './task.ts'
import { copyLanguage, mark, reversed, word } from './words/copy-language.ts'
import { isWord, kinds, same, shown, split } from './words/words.ts'

export default defineTask({
  id: 'marked-reverse-and-copy',
  title: 'Marked reverse and copy',
  source: 'DuSell & Chiang 2023, ICLR, arXiv:2210.01343',
  form: 'w # wᴿ # w',
  stack: 'No single stack does it: w is gone from the stack once it has been read in reverse.',
  options: { kinds },
  language: ({ kinds }) =>
    copyLanguage({
      symbols: [...shown(kinds), '#'],
      kinds,
      pieces: [word, mark(kinds), reversed, mark(kinds), word],
      accepts(string) {
        const [first, second, third, ...more] = split(string, kinds)
        if (first === undefined || second === undefined || third === undefined || more.length > 0) return false
        return isWord(first, kinds) && same(second, first.toReversed()) && same(third, first)
      },
      trivialCorrect: n => (3 * n) / kinds,
    }),
})
