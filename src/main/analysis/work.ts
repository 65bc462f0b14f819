import type { Language } from '../../engine/tasks/task.ts'
import { stepsOf } from '../../engine/train/lessons.ts'
import { contextLengths, contextTargets, longestContext } from '../../engine/train/text-tests.ts'
import type { StudySpec } from '../../shared/study.ts'
import { lengthsOf } from './languages.ts'

/** Strings of about one length. */
export interface Strings {
  readonly length: number
  readonly strings: number
}

/** What one run of a study does from its start to its end, where nothing stops it early and its last epoch is not its best. */
export interface Work {
  readonly steps: number
  readonly epochs: number
  /** Drawn at the start for training. */
  readonly train: Strings
  /** Drawn at the start with their exact cost, and scored after every epoch. */
  readonly validation: Strings
  /** Drawn at the end with their exact cost, and scored with the last and with the best weights: a bin each. */
  readonly tests: readonly Strings[]
}

/** How often a run's tests are scored: with the weights of the last epoch, and with those of the best. */
export const TESTED = 2

/** @throws InputError for a range in which the language has no string */
export function workOf(study: StudySpec, language: Language): Work {
  const { data, evaluation, training } = study
  const common = { steps: stepsOf(study, language) * training.epochs, epochs: training.epochs }
  if (language.corpus) {
    const { train, validation, test } = language.corpus
    // A text is one string, and nothing of it is drawn: its words are counted.
    return {
      ...common,
      train: { length: train.length, strings: 0 },
      validation: { length: validation.length - 1, strings: 1 },
      tests: [{ length: textSymbols(test.length, evaluation) - 1, strings: 1 }],
    }
  }
  const meanOf = (lengths: readonly number[]): number => lengths.reduce((a, b) => a + b, 0) / lengths.length
  const drawn = ({ strings, lengths }: StudySpec['data']['train']): Strings => ({
    length: meanOf(lengthsOf(language, lengths)),
    strings,
  })
  return {
    ...common,
    train: drawn(data.train),
    validation: drawn(data.validation),
    tests: evaluation.bins.map(({ lengths, stride, perLength }) => {
      const tested = lengthsOf(language, lengths).filter((_, i) => i % stride === 0)
      return { length: meanOf(tested), strings: perLength * tested.length }
    }),
  }
}

/** The test part once, and the words predicted from contexts. */
function textSymbols(words: number, { bins }: StudySpec['evaluation']): number {
  if (!bins.some(({ by }) => by === 'context')) return words
  const longest = longestContext(bins, words)
  return words + contextTargets(words, longest).length * contextLengths(longest).reduce((a, b) => a + b, 0)
}

/** Seconds of one piece of each kind of work. */
export interface Costs {
  readonly step: number
  /** Drawing a string of about this length. */
  readonly draw: (length: number) => number
  /** The exact cost of a string. */
  readonly weigh: (length: number) => number
  /** Predicting all of a string. */
  readonly predict: (length: number) => number
  /** Until the first step can be made: the model compiled, the process warm. */
  readonly start: number
  /** What an epoch takes besides: its record and its checkpoint. */
  readonly epoch: number
}

/** Seconds of a run. */
export function secondsOf({ steps, epochs, train, validation, tests }: Work, costs: Costs): number {
  const made = ({ length, strings }: Strings): number => strings * (costs.draw(length) + costs.weigh(length))
  const scored = ({ length, strings }: Strings): number => strings * costs.predict(length)
  return (
    costs.start +
    train.strings * costs.draw(train.length) +
    made(validation) +
    steps * costs.step +
    epochs * (scored(validation) + costs.epoch) +
    tests.reduce((sum, test) => sum + made(test) + TESTED * scored(test), 0)
  )
}

/**
 * What a piece of work takes at any length, from measurements at some: between them in proportion to a power of the length, and beyond
 * the longest as from the two before it.
 */
export function byLength(
  measured: readonly (readonly [length: number, seconds: number])[],
): (length: number) => number {
  const points = measured.toSorted(([a], [b]) => a - b).map(([length, seconds]) => [length + 1, seconds] as const)
  return length => {
    const at = length + 1
    const above = points.findIndex(([known]) => known >= at)
    const right = Math.max(1, above < 0 ? points.length - 1 : above)
    const [low, high] = [points[right - 1]!, points[right] ?? points[0]!]
    if (low[0] === high[0] || low[1] <= 0 || high[1] <= 0) return (high[1] * at) / high[0]
    const power = Math.min(4, Math.max(0, Math.log(high[1] / low[1]) / Math.log(high[0] / low[0])))
    return high[1] * (at / high[0]) ** power
  }
}
