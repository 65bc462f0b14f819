import { TERMS } from '../../../shared/terms.ts'
import { wrapped } from './answer-lines.ts'

/** The words of a comparison, for `--help` and beneath its tables: each as it stands there. */
export const GLOSSARY: readonly (readonly [word: string, meaning: string])[] = [
  ['skill', TERMS.skill],
  ['floor', TERMS.floor],
  ['ceiling', TERMS.ceiling],
  ['retention', TERMS.retention],
  ['diverged', TERMS.diverged],
  ['n, pairs', TERMS.pairs],
  ['P(win)', TERMS.wins],
  ['p', TERMS.p],
  ['Holm p', TERMS.holm],
  ['g', TERMS.effect],
  ['open', TERMS.open],
  ['says nothing, void', TERMS.void],
  ['not reached', TERMS['not-reached']],
  ['[a, b]', '95 % interval by resampling seeds; one seed has none.'],
  ['5 of 6', 'Runs that have the figure, of those that count.'],
]

export function glossaryText(width: number): string {
  const indent = Math.max(...GLOSSARY.map(([word]) => word.length)) + 2
  return GLOSSARY.map(
    ([word, meaning]) =>
      `  ${word.padEnd(indent)}${wrapped(meaning, Math.max(20, width - indent - 2)).join(`\n${' '.repeat(indent + 2)}`)}\n`,
  ).join('')
}
