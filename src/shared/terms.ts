import { CEILING_SKILL, FLOOR_SKILL } from './answer.ts'

/** The words of a comparison, each explained where it stands. */
export const TERMS = {
  skill:
    'How far accuracy is on its way from the trivial predictor’s to the optimal one’s: 0 is guessing, 1 optimal, below 0 confidently wrong.',
  saved:
    'Share of the unigram model’s nats that is saved: 0 is the unigram model, below 0 worse than it; how many can be saved is not known.',
  ceiling: `The 95 % interval of mean skill lies from ${CEILING_SKILL} up, and no run diverged; a single run by its skill.`,
  between: 'Clearly above the floor, not clearly at the ceiling.',
  floor: `The interval of mean skill reaches below ${FLOOR_SKILL}: not clearly better than the trivial predictor, which guesses.`,
  below: 'The whole interval of mean skill lies below 0: worse than guessing, confidently wrong.',
  diverged:
    'The loss is not finite, or over 1.5 times that of the head’s useless predictor. Diverged runs enter no mean and come last in every order.',
  unknown: 'No run counts here, or what guessing reaches is not known.',
  retention:
    'Accuracy on the longest range over accuracy on the shortest. Of a plan that was at the floor to begin with it says nothing.',
  difference: 'The plan’s figure less the reference’s, seed by seed; their mean with its 95 % interval over seeds.',
  wins: 'Share of paired seeds in which the plan is better than the reference, ties half: P(win).',
  p: 'Exact sign-flip test of the mean difference, signed-rank test where a run diverged; two-sided.',
  holm: 'p corrected by Holm for all comparisons of this study, so that at most one study in twenty names a winner by chance.',
  effect: 'Hedges’ g: mean difference over its spread from seed to seed. About 0.2 is small, 0.5 middling, 0.8 large.',
  pairs: 'Seeds of which both plans have a run that counts.',
  better: 'The interval leaves out 0 and Holm p is at most 0.05, in the plan’s favour.',
  worse: 'The interval leaves out 0 and Holm p is at most 0.05, in the reference’s favour.',
  same: 'Every paired difference is exactly 0.',
  open: 'Neither better nor worse is shown: the interval holds 0, or Holm p is above 0.05.',
  void: 'Says nothing: there are no pairs, or both plans are at or below the floor, and who fails less is no answer.',
  'not-reached':
    'Not judged: ranges are read from short to long, and on a shorter one the reference is at the floor already.',
} as const
export type Term = keyof typeof TERMS
