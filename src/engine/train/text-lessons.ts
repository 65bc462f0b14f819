import { InputError } from '../../shared/errors.ts'
import type { LengthScore } from '../../shared/run-events.ts'
import { scored, type Sums } from '../../shared/score.ts'
import type { BinSpec, StudySpec } from '../../shared/study.ts'
import type { Batch, Carried } from '../devices/device.ts'
import { endOfSentence, type Corpus } from '../tasks/corpus/corpus.ts'
import { dropoutMasks } from './dropout.ts'
import type { Lessons } from './lessons.ts'
import type { Pace } from './pace.ts'
import { batchAt, cut, type Streams } from './streams.ts'
import { buckets, contextLengths, contextTargets, inBin, longestContext } from './text-tests.ts'
import type { Trainee } from './weights.ts'

/** Chunks of text in their order, the state carried from one to the next (truncated back-propagation through time). @throws InputError for a text that is too short for the batch */
export function textLessons({
  study,
  corpus,
  seed,
  model,
}: {
  study: StudySpec
  corpus: Corpus
  seed: number
  model: Trainee['model']
}): Lessons {
  const { batch: columns, steps = 1 } = study.training
  const shortest = Math.min(corpus.train.length, corpus.validation.length, corpus.test.length)
  if (columns > shortest)
    throw new InputError('study.training.batch', columns, `at most ${shortest}, the words of the text's shortest part`)
  const streamsOf = (words: Int32Array): Streams => cut(words, { columns, steps, before: endOfSentence(corpus) })
  const training = streamsOf(corpus.train)
  const { chunks } = training
  return {
    steps: chunks.length,
    async prepare() {},
    order: () => new Int32Array(0),
    batch({ epoch, position, carried }) {
      const batch = batchAt(training, chunks[position]!, carried)
      return { ...batch, masks: dropoutMasks(model, batch, { seed, epoch, position }) }
    },
    after(state, _, { carried }) {
      state.carried = carried ?? null
    },
    async validate(executor, pace) {
      const score = noWords()
      await read(executor, streamsOf(corpus.validation), pace, ({ size }, _, nats, correct) => {
        score.strings = Math.max(score.strings, size)
        for (const value of nats) score.nats += value
        for (const value of correct) score.correct += value
        score.symbols += nats.length
      })
      return scored(score)
    },
    async test(executor, pace) {
      const { bins } = study.evaluation
      const byPosition = bins.some(({ by }) => by !== 'context')
        ? await scoresByPosition(executor, streamsOf(corpus.test), pace)
        : []
      const byContext = bins.some(({ by }) => by === 'context')
        ? await scoresByContext(executor, corpus, columns, bins, pace)
        : []
      return bins.flatMap(bin =>
        bin.by === 'context'
          ? byContext.filter(({ length }) => inBin(length, bin)).map(score => lengthScore(bin.name, score))
          : pooled(byPosition, bin),
      )
    },
  }
}

/** Reads streams in one piece and gives every chunk's predictions, [streams, words] each. */
async function read(
  executor: Trainee,
  streams: Streams,
  pace: Pace,
  take: (batch: Batch, from: number, nats: Float64Array, correct: Int32Array) => void,
): Promise<void> {
  let carried: Carried | null = null
  for (const chunk of streams.chunks) {
    const batch = batchAt(streams, chunk, carried)
    const score = await executor.evaluate(batch)
    take(batch, chunk.from, score.predictions!.nats, score.predictions!.correct)
    carried = score.carried ?? null
    pace.check()
    if (pace.due(pace.now())) await pace.turn()
  }
}

/** While it is counted. A text's bound is not known, and its positions are not drawn. */
type Counted = { -readonly [K in keyof Sums]: Sums[K] }
const noWords = (): Counted => ({ strings: 0, symbols: 0, nats: 0, correct: 0, boundNats: NaN, lengthNats: 0 })

interface Tally extends Counted {
  readonly length: number
}
const tally = (length: number): Tally => ({ length, ...noWords() })
const lengthScore = (bin: string, { length, ...sums }: Tally): LengthScore => ({ bin, length, ...scored(sums) })

/** A score for each position, counted from 1. */
async function scoresByPosition(executor: Trainee, streams: Streams, pace: Pace): Promise<Tally[]> {
  const scores = Array.from({ length: streams.length }, (_, position) => tally(position + 1))
  await read(executor, streams, pace, ({ size, length }, from, nats, correct) => {
    for (let k = 0; k < length; k++) {
      const score = scores[from + k]!
      score.strings = score.symbols = size
      for (let column = 0; column < size; column++) {
        score.nats += nats[column * length + k]!
        score.correct += correct[column * length + k]!
      }
    }
  })
  return scores
}

/** Positions of a bin in groups that grow with the distance from the beginning; each is known by its last position. */
function pooled(scores: readonly Tally[], bin: BinSpec): LengthScore[] {
  return buckets(scores.length, bin.lengths).map(([first, last]) => {
    const sum = tally(last)
    for (const score of scores.slice(first - 1, last)) {
      sum.strings = Math.max(sum.strings, score.strings)
      sum.symbols += score.symbols
      sum.nats += score.nats
      sum.correct += score.correct
    }
    return lengthScore(bin.name, sum)
  })
}

/** The same words of the test part, each time from its last 1, 2, 4 … predecessors and the empty state. */
async function scoresByContext(
  executor: Trainee,
  { test }: Corpus,
  size: number,
  bins: readonly BinSpec[],
  pace: Pace,
): Promise<Tally[]> {
  const lengths = contextLengths(longestContext(bins, test.length))
  const targets = contextTargets(test.length, lengths.at(-1)!)
  const scores: Tally[] = []
  for (const length of lengths) {
    const score = tally(length)
    for (let first = 0; first < targets.length; first += size) {
      const own = targets.slice(first, first + size)
      const symbols = Int32Array.from(own.flatMap(target => [...test.subarray(target - length, target)]))
      const { predictions } = await executor.evaluate({
        size: own.length,
        length,
        symbols,
        next: Int32Array.from(own, target => test[target]!),
      })
      own.forEach((_, row) => {
        score.nats += predictions!.nats[(row + 1) * length - 1]!
        score.correct += predictions!.correct[(row + 1) * length - 1]!
      })
      pace.check()
      if (pace.due(pace.now())) await pace.turn()
    }
    score.strings = score.symbols = targets.length
    scores.push(score)
  }
  return scores
}
