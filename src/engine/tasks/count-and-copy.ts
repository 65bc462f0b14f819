import { defineTask } from './task.ts'
import { copyLanguage, run, word } from './words/copy-language.ts'
import { cut, isWord, kinds, same, shown } from './words/words.ts'

export default defineTask({
  id: 'count-and-copy',
  title: 'Count and copy',
  source: 'DuSell & Chiang 2023, ICLR, arXiv:2210.01343',
  form: 'w #ⁿ w, n = |w|',
  stack: 'No single stack does it: a stack gives w back in reverse.',
  options: { kinds },
  language: ({ kinds }) =>
    copyLanguage({
      symbols: [...shown(kinds), '#'],
      kinds,
      pieces: [word, run(kinds), word],
      accepts(string) {
        const thirds = cut(string, 3)
        if (thirds === undefined) return false
        const [first, middle, last] = thirds as [number[], number[], number[]]
        return isWord(first, kinds) && middle.every(symbol => symbol === kinds) && same(last, first)
      },
      trivialCorrect: n => (2 * n) / kinds + n - 1,
    }),
})
