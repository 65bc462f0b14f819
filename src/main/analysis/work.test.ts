import { describe, expect, it } from 'vitest'
import { fakeExecutor } from '../../engine/testing/fake-executor.ts'
import { trainRun } from '../../engine/train/train.ts'
import { parseStudy } from '../../shared/study.ts'
import { languageFor } from './languages.ts'
import { byLength, secondsOf, workOf, type Costs } from './work.ts'

const STUDY = parseStudy({
  name: 'Counted',
  task: { id: 'marked-reversal' },
  plans: ['full'],
  data: { train: { strings: 43, lengths: [5, 15] }, validation: { strings: 17, lengths: [5, 15] } },
  evaluation: {
    bins: [
      { name: 'a', lengths: [5, 25], perLength: 5 },
      { name: 'b', lengths: [27, 51], perLength: 3, stride: 3, seed: 1 },
    ],
  },
  training: { epochs: 4, learningRate: 0.01, earlyStop: null, decay: null },
})

const NOTHING: Costs = { step: 0, draw: () => 0, weigh: () => 0, predict: () => 0, start: 0, epoch: 0 }

describe('the work of a run', () => {
  it('is counted as it is done: every string drawn, weighed and predicted, every step', async () => {
    const language = languageFor(STUDY.task)
    const done = { draw: 0, weigh: 0, predict: 0, predicted: 0, step: 0 }
    const executor = fakeExecutor()
    const run = trainRun({
      study: STUDY,
      plan: STUDY.plans[0]!,
      seed: 1,
      language: {
        ...language,
        sample: (...given) => (done.draw++, language.sample(...given)),
        logProbability: string => (done.weigh++, language.logProbability(string)),
      },
      executor: {
        ...executor,
        step: (...given) => (done.step++, executor.step(...given)),
        evaluate: batch => {
          done.predict += batch.size
          done.predicted += batch.size * (batch.length + 1)
          return executor.evaluate(batch)
        },
      },
    })
    let same = false
    for await (const event of run) if (event.kind === 'done') same = event.bestEpoch === event.epochs - 1
    const work = workOf(STUDY, language)
    const counted = (one: Partial<Costs>): number => secondsOf(work, { ...NOTHING, ...one })
    const tested = work.tests.reduce((sum, { strings }) => sum + strings, 0)
    const symbols = work.tests.reduce((sum, { strings, length }) => sum + strings * (length + 1), 0)
    expect(counted({ step: 1 })).toBe(done.step)
    expect(counted({ draw: () => 1 })).toBe(done.draw)
    expect(counted({ weigh: () => 1 })).toBe(done.weigh)
    expect(counted({ predict: () => 1 })).toBe(done.predict + (same ? tested : 0))
    // Lengths of validation strings are drawn: their mean is what is foreseen.
    const foreseen = counted({ predict: length => length + 1 })
    const seen = done.predicted + (same ? symbols : 0)
    expect(Math.abs(foreseen - seen) / seen).toBeLessThan(0.1)
  })

  it('at lengths that were not measured goes by the power of those that were', () => {
    const cubic = byLength([
      [9, 1],
      [19, 8],
    ])
    expect([cubic(9), cubic(19), cubic(39), cubic(4)].map(seconds => Math.round(seconds * 1e6) / 1e6)).toEqual([
      1, 8, 64, 0.125,
    ])
    expect(byLength([[9, 2]])(19)).toBe(4)
    expect(
      byLength([
        [9, 0],
        [19, 0],
      ])(39),
    ).toBe(0)
  })
})
