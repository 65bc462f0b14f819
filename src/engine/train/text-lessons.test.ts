import { describe, expect, it } from 'vitest'
import type { LengthScore, RunEvent } from '../../shared/run-events.ts'
import type { StudySpec } from '../../shared/study.ts'
import { wasmDevice } from '../devices/wasm/device.ts'
import { buildModel } from '../model.ts'
import { circleCorpus, circleStudy } from '../testing/circle-text.ts'
import { resumeLaws } from '../testing/resume-laws.ts'
import { textLanguage, unigramNats } from '../tasks/corpus/text-language.ts'
import { initialWeights } from './initialise.ts'
import { lessonsOf } from './lessons.ts'
import { pace } from './pace.ts'
import { batchAt, cut } from './streams.ts'
import { buckets, contextLengths, contextTargets, unigramFloors } from './text-tests.ts'
import { trainRun } from './train.ts'
import { writeWeights } from './weights.ts'
import { figures, pool, sizeOf, sumsIn } from '../../shared/score.ts'

const WORDS = 7
const corpus = circleCorpus(WORDS, { train: 1203, validation: 211, test: 305 })
const language = textLanguage(corpus, 'study.task.path', 'circle')
const study = circleStudy
const open = async (of: StudySpec) =>
  wasmDevice.open(buildModel(of.model, { words: WORDS }), { optimizer: of.training.optimizer })

resumeLaws('text', {
  open: () => open(study()),
  study: study({
    training: { ...study().training, epochs: 2 },
    plans: ['full', { id: 'late', freeze: [{ what: ['memory', 'embedding'], from: { epoch: 1 } }] }],
  }),
  language,
  cuts: 24,
})

describe('training on a text', () => {
  it('lowers perplexity, holds frozen parts fast, and tests as a whole, by position and by context', async () => {
    const own = study({ plans: ['frozen-memory'], training: { ...study().training, epochs: 12 } })
    const executor = await open(own)
    const events: RunEvent[] = []
    for await (const event of trainRun({ study: own, plan: own.plans[0]!, seed: 1, language, executor }))
      events.push(event)
    const epochs = events.filter(event => event.kind === 'epoch')
    expect(epochs.every(({ frozenIntact }) => frozenIntact)).toBe(true)
    expect(Math.exp(epochs[0]!.trainLoss)).toBeGreaterThan(6)
    // A word in ten is drawn from all: at best exp(-(.9 + .1/7) ln(.9 + .1/7) - (.6/7) ln(.1/7)) = 1.56.
    const best = Math.exp(Math.min(...epochs.map(({ validation }) => figures(validation).loss)))
    expect(best).toBeLessThan(3)
    expect(best).toBeGreaterThan(1.5)
    expect(epochs.map(({ validation }) => sizeOf(validation))).toEqual(epochs.map(() => ({ symbols: 211, strings: 5 })))
    const { scores } = events.find(event => event.kind === 'evaluation' && event.which === 'best') as {
      scores: LengthScore[]
    }
    const symbolsOf = (bin: string): number => sizeOf(pool(scores.filter(score => score.bin === bin))).symbols
    expect([symbolsOf('test'), symbolsOf('first 8') + symbolsOf('after 8')]).toEqual([305, 305])
    expect(scores.filter(({ bin }) => bin === 'context').map(score => [score.length, sizeOf(score).symbols])).toEqual(
      [1, 2, 4, 8, 16, 32, 64].map(length => [length, 30]),
    )
  })

  it('scores by position and by context what single passes give', async () => {
    const own = study({ model: { controller: { id: 'gru', units: 5 }, memory: { id: 'none' }, initial: 0.7 } })
    const executor = await open(own)
    writeWeights(executor, initialWeights(executor.model.parameters, 3))
    const lessons = lessonsOf({ study: own, language, seed: 1, model: executor.model })
    const scores = await lessons.test(
      executor,
      pace(() => 0, undefined),
    )
    const streams = cut(corpus.test, { columns: 5, steps: 1000, before: WORDS - 1 })
    const whole = streams.chunks.reduce(
      (state, chunk) => {
        const { nats, carried } = executor.evaluate(batchAt(streams, chunk, state.carried))
        return { carried: carried!, nats: state.nats + nats.reduce((a, b) => a + b, 0) }
      },
      { carried: null as Parameters<typeof batchAt>[2], nats: 0 },
    )
    const natsOf = (bin: string): number => sumsIn(pool(scores.filter(score => score.bin === bin))).nats
    expect(natsOf('test')).toBeCloseTo(whole.nats, 3)
    expect(natsOf('first 8') + natsOf('after 8')).toBeCloseTo(whole.nats, 3)
    const targets = contextTargets(305, 64)
    const alone = targets.reduce((sum, target) => {
      const { predictions } = executor.evaluate({
        size: 1,
        length: 4,
        symbols: corpus.test.slice(target - 4, target),
        next: corpus.test.slice(target, target + 1),
      })
      return sum + predictions!.nats[3]!
    }, 0)
    expect(sumsIn(scores.find(({ bin, length }) => bin === 'context' && length === 4)!).nats).toBeCloseTo(alone, 4)
  })

  it('knows what the unigram model gets right and loses at the same places', () => {
    const { evaluation, training } = study()
    const floors = unigramFloors(corpus, evaluation.bins, training.batch)
    const counts = Array.from({ length: WORDS }, (_, word) => corpus.train.filter(one => one === word).length)
    const usual = counts.indexOf(Math.max(...counts))
    const test = floors.filter(({ bin }) => bin === 'test')
    const edges = test.map(({ length }, k) => (length - (test[k - 1]?.length ?? 0)) * 5)
    expect(test.reduce((sum, { accuracy }, k) => sum + accuracy * edges[k]!, 0)).toBeCloseTo(
      corpus.test.filter(word => word === usual).length,
      9,
    )
    expect(test.reduce((sum, { nats }, k) => sum + nats * edges[k]!, 0)).toBeCloseTo(
      unigramNats(corpus, corpus.test) * corpus.test.length,
      9,
    )
    expect(new Set(floors.filter(({ bin }) => bin === 'context').map(({ nats }) => nats)).size).toBe(1)
  })

  it('refuses a batch of more streams than there are words', () => {
    const own = study({ training: { ...study().training, batch: 212 } })
    expect(() => lessonsOf({ study: own, language, seed: 1, model: { parameters: [] } })).toThrow(
      "study.training.batch is 212; allowed: at most 211, the words of the text's shortest part",
    )
  })
})

describe('groups of positions', () => {
  it('cover a range without gaps, wider and wider', () => {
    expect(buckets(20, [1, 12])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
      [5, 5],
      [6, 7],
      [8, 9],
      [10, 12],
    ])
    expect(buckets(9, [4, 100]).flat()).toEqual([4, 4, 5, 5, 6, 7, 8, 9])
    expect(buckets(5, [6, 9])).toEqual([])
  })

  it('double the contexts up to the longest', () => {
    expect(contextLengths(64)).toEqual([1, 2, 4, 8, 16, 32, 64])
    expect(contextLengths(5)).toEqual([1, 2, 4, 5])
  })
})
