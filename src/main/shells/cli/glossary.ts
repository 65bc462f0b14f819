import { wrapped } from './answer-lines.ts'
import { CEILING_SKILL, FLOOR_SKILL } from '../../../shared/answer.ts'

/** The words of a comparison, for `--help` and beneath its tables: each as it stands there. */
export const GLOSSARY: readonly (readonly [word: string, meaning: string])[] = [
  ['skill', 'accuracy between floor and ceiling: 0 guessing, 1 optimal, below 0 confidently wrong'],
  ['floor', `the trivial predictor; a plan is at it when its interval reaches below a skill of ${FLOOR_SKILL}`],
  ['ceiling', `the optimal predictor; a plan is at it when its interval lies from a skill of ${CEILING_SKILL} up`],
  ['retention', 'accuracy on the longest range / accuracy on the shortest; says nothing from the floor'],
  ['diverged', 'a loss that is not finite, or over 1.5 times that of knowing nothing; enters no mean, ranks last'],
  ['n, pairs', 'seeds that both plans have trained; differences are plan less reference'],
  ['P(win)', 'share of pairs in which the plan is better, ties half'],
  ['p', 'exact sign-flip test of the mean difference; signed-rank test where a run diverged; two-sided'],
  ['Holm p', 'p corrected for all tests of the study, so that at most 1 study in 20 names a winner by chance'],
  ['g', "Hedges' g: mean difference over its spread; 0.2 small, 0.5 middling, 0.8 large"],
  ['open', 'neither better nor worse is shown: the interval holds 0, or Holm p is above 0.05'],
  ['says nothing', 'void: both plans are at the floor, or there is no pair'],
  ['not reached', 'a longer range than the one on which the reference fell to the floor'],
  ['[a, b]', '95 % interval by resampling seeds; one seed has none'],
  ['5 of 6', 'runs that have the figure, of those that count'],
]

export function glossaryText(width: number): string {
  const indent = Math.max(...GLOSSARY.map(([word]) => word.length)) + 2
  return GLOSSARY.map(
    ([word, meaning]) =>
      `  ${word.padEnd(indent)}${wrapped(meaning, Math.max(20, width - indent - 2)).join(`\n${' '.repeat(indent + 2)}`)}\n`,
  ).join('')
}
