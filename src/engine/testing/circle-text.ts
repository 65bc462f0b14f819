import { parseStudy, type StudySpec } from '../../shared/study.ts'
import { chance } from '../chance.ts'
import type { Corpus } from '../tasks/corpus/corpus.ts'

/** Words after each other in a circle, one in ten replaced by another: a good model comes close to a known perplexity. */
function circle(length: number, words: number, seed: number): Int32Array {
  const draw = chance(seed)
  return Int32Array.from({ length }, (_, k) => (draw.integer(10) === 0 ? draw.integer(words) : k % words))
}

export const circleCorpus = (
  words: number,
  { train, validation, test }: Record<'train' | 'validation' | 'test', number>,
): Corpus => ({
  words: Array.from({ length: words }, (_, k) => `w${k}`),
  train: circle(train, words, 1),
  validation: circle(validation, words, 2),
  test: circle(test, words, 3),
})

/** A small study that reads it. */
export const circleStudy = (given: object = {}): StudySpec =>
  parseStudy({
    name: 'Circle',
    task: { id: 'text', path: 'circle' },
    model: {
      controller: { id: 'lstm', units: 6 },
      memory: { id: 'superposition-stack', widths: [2], depth: 4 },
      dropout: 0.1,
    },
    training: { batch: 5, steps: 8, epochs: 4, learningRate: 4, clipNorm: 0.5, earlyStop: null },
    ...given,
  })
