import { defineTask } from './task.ts'
import { copyLanguage, reversed, word } from './words/copy-language.ts'
import { cut, isWord, kinds, same, shown } from './words/words.ts'

export default defineTask({
  id: 'unmarked-reverse-and-copy',
  title: 'Unmarked reverse and copy',
  source: 'DuSell & Chiang 2023, ICLR, arXiv:2210.01343',
  form: 'w wᴿ w',
  stack: 'No single stack does it: w is gone from the stack once it has been read in reverse.',
  options: { kinds },
  language: ({ kinds }) =>
    copyLanguage({
      symbols: shown(kinds),
      kinds,
      pieces: [word, reversed, word],
      accepts(string) {
        const thirds = cut(string, 3)
        return (
          thirds !== undefined &&
          isWord(string, kinds) &&
          same(thirds[1]!, thirds[0]!.toReversed()) &&
          same(thirds[2]!, thirds[0]!)
        )
      },
      trivialCorrect: n => (3 * n) / kinds,
    }),
})
