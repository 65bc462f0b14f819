import { defineTask } from './task.ts'
import { copyLanguage, shifted, word } from './words/copy-language.ts'
import { cut, isWord, kinds, same, shown } from './words/words.ts'

export default defineTask({
  id: 'unmarked-copy-different-alphabets',
  title: 'Unmarked copy, different alphabets',
  source: 'DuSell & Chiang 2023, ICLR, arXiv:2210.01343',
  form: 'w w′',
  stack: 'No single stack does it: a stack gives w back in reverse.',
  options: { kinds },
  language: ({ kinds }) =>
    copyLanguage({
      symbols: [...shown(kinds), ...shown(kinds, '′')],
      kinds,
      pieces: [word, shifted(kinds)],
      accepts(string) {
        const halves = cut(string, 2)
        return (
          halves !== undefined &&
          isWord(halves[0]!, kinds) &&
          same(
            halves[1]!,
            halves[0]!.map(symbol => symbol + kinds),
          )
        )
      },
      trivialCorrect: n => (2 * n - 1) / kinds,
    }),
})
