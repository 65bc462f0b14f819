import { InputError } from '../../../shared/errors.ts'
import type { Language } from '../task.ts'
import { PARTS, UNKNOWN, type Corpus, type Part } from './corpus.ts'

/** Fewest words in a part: one for each column of a small batch, and something to predict. */
const SHORTEST: Readonly<Record<Part, number>> = { train: 100, validation: 20, test: 20 }

/**
 * A text as everything that is not training it sees it: its strings are excerpts. Nothing is known of their distribution but the sample itself, so
 * probabilities are NaN, and there is no ceiling. The trivial predictor always gives the most frequent word of the training part (unigram model).
 * @throws InputError for a text too short to train on, or of a single word
 */
export function textLanguage(corpus: Corpus, field: string, found: unknown): Language {
  for (const part of PARTS) {
    if (corpus[part].length < SHORTEST[part])
      throw new InputError(
        field,
        found,
        `a text whose ${part} part has at least ${SHORTEST[part]} words (it has ${corpus[part].length})`,
      )
  }
  const distinct =
    corpus.words.length -
    1 -
    (corpus.words.includes(UNKNOWN) && !corpus.train.includes(corpus.words.length - 2) ? 1 : 0)
  if (distinct < 2) throw new InputError(field, found, `a text of at least 2 different words (it has ${distinct})`)
  const usual = mostFrequent(corpus.train, corpus.words.length)
  const { train } = corpus
  return {
    symbols: corpus.words,
    corpus,
    valid: length => length >= 1 && length < train.length,
    sample(chance, length) {
      const start = chance.integer(train.length - length + 1)
      return [...train.subarray(start, start + length)]
    },
    accepts: string => string.every(symbol => symbol >= 0 && symbol < corpus.words.length),
    logProbability: () => NaN,
    trivialCorrect: string => string.filter(symbol => symbol === usual).length,
  }
}

/** How often each word occurs in a stream. */
export function wordCounts(stream: Int32Array, words: number): Int32Array {
  const counts = new Int32Array(words)
  for (const word of stream) counts[word]! += 1
  return counts
}

/** The word that the unigram model always predicts; of equals the first. */
export function mostFrequent(stream: Int32Array, words: number): number {
  const counts = wordCounts(stream, words)
  return counts.indexOf(counts.reduce((a, b) => Math.max(a, b), 0))
}

/** Nats of each word under the unigram model of the training part, one added to every count (Laplace). */
export function unigramCosts({ train, words }: Pick<Corpus, 'train' | 'words'>): Float64Array {
  const total = train.length + words.length
  return Float64Array.from(wordCounts(train, words.length), count => -Math.log((count + 1) / total))
}

/** Nats per word of `stream` under that model. */
export function unigramNats(corpus: Corpus, stream: Int32Array): number {
  const costs = unigramCosts(corpus)
  return stream.reduce((sum, word) => sum + costs[word]!, 0) / stream.length
}
