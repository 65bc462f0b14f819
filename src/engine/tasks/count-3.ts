import { defineTask } from './task.ts'
import { copyLanguage, run, word } from './words/copy-language.ts'
import { cut } from './words/words.ts'

export default defineTask({
  id: 'count-3',
  title: 'Count three',
  source: 'DuSell & Chiang 2023, ICLR, arXiv:2210.01343',
  form: '0ⁿ 1ⁿ 2ⁿ',
  stack: 'No single stack does it: after 0ⁿ has been matched with 1ⁿ, nothing is left to match 2ⁿ with.',
  options: {},
  language: () =>
    copyLanguage({
      symbols: ['0', '1', '2'],
      kinds: 1,
      pieces: [word, run(1), run(2)],
      accepts: string => cut(string, 3)?.every((third, i) => third.every(symbol => symbol === i)) ?? false,
      trivialCorrect: n => 3 * n - 2,
    }),
})
