import { defineTask } from './task.ts'
import { copyLanguage, word } from './words/copy-language.ts'
import { cut, isWord, kinds, same, shown } from './words/words.ts'

export default defineTask({
  id: 'unmarked-copy',
  title: 'Unmarked copy',
  source: 'DuSell & Chiang 2023, ICLR, arXiv:2210.01343',
  form: 'w w',
  stack: 'No single stack does it: a stack gives w back in reverse.',
  options: { kinds },
  language: ({ kinds }) =>
    copyLanguage({
      symbols: shown(kinds),
      kinds,
      pieces: [word, word],
      accepts(string) {
        const halves = cut(string, 2)
        return halves !== undefined && isWord(string, kinds) && same(halves[0]!, halves[1]!)
      },
      trivialCorrect: n => (2 * n) / kinds,
    }),
})
