import { floorAndCeilingByLength } from '../../engine/tasks/figures.ts'
import { validLengths, type Language } from '../../engine/tasks/task.ts'
import type { Corpus } from '../../engine/tasks/corpus/corpus.ts'
import { unigramFloors } from '../../engine/train/text-tests.ts'
import { readsReceivedText } from '../../shared/received-text.ts'
import type { BinSpec, StudySpec } from '../../shared/study.ts'
import { languageOf } from './check-study.ts'
import type { LengthLimit } from './comparison/input.ts'

type Tested = Pick<StudySpec, 'task' | 'evaluation' | 'training'>

/** Strings that stand for each length, where there is time for so many. */
const STRINGS = 10
/** Work for one study, in units of about a millisecond. */
const BUDGET = 3_000

/**
 * What the trivial and the optimal predictor reach at each test length of a study, estimated from strings of their own; the optimal
 * one knows which lengths the bin has. Each bin gets the same time: where that is short, fewer strings are drawn, in the end at some of the
 * lengths alone, and what lies between these is interpolated. The same study gives the same figures.
 * @param of names of the bins asked for; default: all
 */
export function limitsOf(study: Tested, of?: readonly string[]): LengthLimit[] {
  // Nothing is known of a text that is on another machine.
  if (readsReceivedText(study.task)) return []
  const language = languageOf(study)
  const bins = study.evaluation.bins.filter(({ name }) => of?.includes(name) ?? true)
  if (language.corpus) return unigramLimits(bins, study.training.batch, language.corpus)
  const budget = BUDGET / study.evaluation.bins.length
  return bins.flatMap(bin => {
    const valid = validLengths(language, bin.lengths)
    const lengths = valid.filter((_, i) => i % bin.stride === 0)
    const once = lengths.reduce((work, length) => work + workAt(language, length), 0)
    const perLength = Math.max(1, Math.min(STRINGS, Math.floor(budget / once)))
    const apart = Math.max(1, Math.ceil(once / budget))
    const sampled = lengths.filter((_, i) => i % apart === 0 || i === lengths.length - 1)
    const figures = floorAndCeilingByLength(language, sampled, valid, { perLength, seed: bin.seed })
    const [floor, ceiling] = [
      between(figures, figure => figure.floorAccuracy),
      between(figures, figure => figure.ceilingAccuracy),
    ]
    return lengths.map(length => ({
      bin: bin.name,
      length,
      floorAccuracy: floor(length),
      ceilingAccuracy: ceiling(length),
      boundNats: language.entropy ? language.entropy(length) / (length + 1) : null,
    }))
  })
}

/** A text's floor is its unigram model; nothing is known of a ceiling, or of the exact distribution. */
function unigramLimits(bins: readonly BinSpec[], columns: number, corpus: Corpus): LengthLimit[] {
  return unigramFloors(corpus, bins, columns).map(({ bin, length, accuracy, nats }) => ({
    bin,
    length,
    floorAccuracy: accuracy,
    floorNats: nats,
    ceilingAccuracy: null,
    boundNats: null,
  }))
}

/** Milliseconds, roughly, for the optimal predictor on one string, as measured: with a grammar it parses, rule by rule. */
function workAt({ grammar }: Language, length: number): number {
  const rules = grammar ? Object.values(grammar.rules).flat().length : 0
  return 0.02 + length / 500 + 1.1e-3 * rules * length ** 1.5
}

/** Linear interpolation over the lengths of `figures`, which ascend; the lengths asked for lie within them. */
function between<F extends { length: number }>(
  figures: readonly F[],
  valueOf: (figure: F) => number | null,
): (length: number) => number | null {
  return length => {
    const above = figures.findIndex(figure => figure.length >= length)
    const [low, high] = [figures[Math.max(0, above - 1)]!, figures[above]!]
    const [a, b] = [valueOf(low), valueOf(high)]
    if (high.length === length || a === null || b === null) return b
    return a + ((b - a) * (length - low.length)) / (high.length - low.length)
  }
}
