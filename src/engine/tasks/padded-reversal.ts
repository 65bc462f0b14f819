import { real } from '../../shared/options.ts'
import { grammarLanguage, repeatedSymbols } from './grammar/grammar-language.ts'
import type { Alternative } from './grammar/grammar.ts'
import { distribution } from './grammar/released.ts'
import { foldedStack, type Folding } from './ideal-stack.ts'
import { defineTask } from './task.ts'
import { isWord, kinds, same, shown } from './words/words.ts'

export default defineTask({
  id: 'padded-reversal',
  title: 'Padded reversal',
  source: 'DuSell & Chiang 2020, arXiv:2010.04674',
  form: 'w aᵖ wᴿ, a any symbol',
  stack:
    'Pushes each symbol of w, holds during the padding, then pops. Where w and the padding end cannot be known: each possible stack counts by its exact posterior probability.',
  options: {
    kinds,
    meanWord: real({ default: 60, min: 0.01, max: 1e6, doc: "mean length of w, before the string's length is fixed" }),
    meanPadding: real({
      default: 30,
      min: 0.01,
      max: 1e6,
      doc: "mean length p of the padding, before the string's length is fixed",
    }),
    distribution,
  },
  language: ({ kinds, meanWord, meanPadding, distribution }) => {
    const symbols = shown(kinds)
    const nested = symbols.map((_, a): Alternative => [meanWord / (meanWord + 1) / kinds, a, 'S', a])
    const padded = symbols.map((_, a): Alternative => [1 / (meanWord + 1) / kinds, `T${a}`])
    const padding = symbols.map((_, a): [string, Alternative[]] => [
      `T${a}`,
      [[meanPadding / (meanPadding + 1), a, `T${a}`], [1 / (meanPadding + 1)]],
    ])
    const start: Alternative[] = distribution === 'released' ? nested : [[1, 'S']]
    const shortest = distribution === 'released' ? 1 : 0
    const foldings = (length: number): Folding[] => {
      const ways = Array.from({ length: Math.floor(length / 2) + 1 - shortest }, (_, i) => ({
        word: i + shortest,
        padding: length - 2 * (i + shortest),
      }))
      const weights = ways.map(
        ({ word, padding }) =>
          word * Math.log(meanWord / (meanWord + 1)) + padding * Math.log(meanPadding / (meanPadding + 1)),
      )
      const most = Math.max(...weights)
      const total = most + Math.log(weights.reduce((sum, weight) => sum + Math.exp(weight - most), 0))
      return ways.map((way, i) => ({ ...way, ln: weights[i]! - total }))
    }
    return grammarLanguage({
      symbols,
      idealStack: foldedStack(symbols, foldings),
      grammar: { start: 'Start', rules: { Start: start, S: [...nested, ...padded], ...Object.fromEntries(padding) } },
      // These are the palindromes: cut the longest w off both ends, and at most one symbol remains.
      accepts: string =>
        isWord(string, kinds) &&
        same(string, string.toReversed()) &&
        (distribution === 'grammar' || string.length >= 2),
      trivialCorrect: string => repeatedSymbols(string, 1 / kinds),
    })
  },
})
