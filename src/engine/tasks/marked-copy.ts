import { defineTask } from './task.ts'
import { copyLanguage, mark, word } from './words/copy-language.ts'
import { isWord, kinds, same, shown, split } from './words/words.ts'

export default defineTask({
  id: 'marked-copy',
  title: 'Marked copy',
  source: 'DuSell & Chiang 2023, ICLR, arXiv:2210.01343',
  form: 'w # w',
  stack: 'No single stack does it: a stack gives w back in reverse.',
  options: { kinds },
  language: ({ kinds }) =>
    copyLanguage({
      symbols: [...shown(kinds), '#'],
      kinds,
      pieces: [word, mark(kinds), word],
      accepts(string) {
        const [first, second, ...more] = split(string, kinds)
        return (
          first !== undefined &&
          second !== undefined &&
          more.length === 0 &&
          isWord(first, kinds) &&
          same(second, first)
        )
      },
      trivialCorrect: n => (2 * n) / kinds,
    }),
})
