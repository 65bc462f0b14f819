import { requireLength, type Language } from '../task.ts'
import { isWord } from '../words/words.ts'
import { parse } from './chart.ts'
import { dotted } from './dotted.ts'
import type { Grammar } from './grammar.ts'
import { lengthTable } from './length-table.ts'
import { nextSymbols } from './next-symbol.ts'
import { normalForm } from './normal-form.ts'
import { sampleString } from './sample.ts'

interface GrammarLanguage extends Pick<Language, 'symbols' | 'accepts' | 'trivialCorrect' | 'idealStack'> {
  readonly grammar: Grammar
  /** As in Language, for lengths that have strings. */
  entropy?(length: number): number
}

/** The language of a weighted grammar: strings of each length have their probability under the grammar, divided by that of the length. */
export function grammarLanguage({
  symbols,
  grammar,
  accepts,
  trivialCorrect,
  entropy,
  idealStack,
}: GrammarLanguage): Language {
  const rules = dotted(normalForm(grammar), symbols.length)
  const table = lengthTable(rules)
  const valid = (length: number): boolean =>
    Number.isInteger(length) && length >= 0 && table.lnProbability(length) > -Infinity
  const known = (string: readonly number[]): boolean => isWord(string, symbols.length)
  return {
    symbols,
    grammar,
    ...(idealStack && { idealStack }),
    valid,
    accepts,
    trivialCorrect,
    sample(chance, length) {
      requireLength(valid, length)
      return sampleString(rules, table, chance, length)
    },
    logProbability: string =>
      known(string) && valid(string.length)
        ? parse(rules, string).whole.at(-1)! - table.lnProbability(string.length)
        : -Infinity,
    optimal(string, lengths) {
      for (const length of lengths) requireLength(valid, length)
      return nextSymbols(rules, table, string, lengths)
    },
    ...(entropy && {
      entropy(length: number) {
        requireLength(valid, length)
        return entropy(length)
      },
    }),
  }
}

/** What the predictor that repeats the previous symbol gets right, after guessing the first with probability `first`. */
export function repeatedSymbols(string: readonly number[], first: number): number {
  return string.length === 0 ? 0 : first + string.filter((symbol, i) => i > 0 && symbol === string[i - 1]).length
}
