import { expect, it } from 'vitest'
import type { LengthScore } from '../../shared/run-events.ts'
import { parseStudy } from '../../shared/study.ts'
import type { ComparedRun } from '../services/comparison/input.ts'
import { lengthCurves } from './length-curves.ts'
import { scored } from '../../shared/score.ts'

const spec = parseStudy({ name: 'Text', task: { id: 'text' }, plans: ['full'], seeds: [1, 2] })

/** The whole test part in groups that end at 41 and 70, its beginning and its rest in groups of their own, and contexts of 1 and 2 words. */
function run(seed: number, nats: number): ComparedRun {
  const score = (bin: string, length: number, own: number): LengthScore => ({
    bin,
    length,
    ...scored({ strings: 10, symbols: 100, nats: 100 * own, correct: 20 + seed, boundNats: NaN, lengthNats: 0 }),
  })
  const best = [
    score('test', 41, nats),
    score('test', 70, nats - 1),
    score('first 35', 35, 9),
    score('after 35', 41, 9),
    score('after 35', 70, 9),
    score('context', 1, nats + 1),
    score('context', 2, nats + 0.5),
  ]
  return {
    runId: String(seed),
    planId: 'full',
    seed,
    status: 'finished',
    bestEpoch: 1,
    epochs: 2,
    seconds: 1,
    stepsPerSecond: 1,
    frozenIntact: true,
    scores: { best, last: [] },
  }
}

it('go over each position of a text once, though several bins test it, and give perplexity run by run', () => {
  const limits = [
    ['test', 41, 0.1],
    ['first 35', 35, 0.3],
    ['context', 1, 0.4],
  ].map(([bin, length, floor]) => ({
    bin: bin as string,
    length: length as number,
    floorAccuracy: floor as number,
    floorNats: 10 * (floor as number),
    ceilingAccuracy: null,
    boundNats: null,
  }))
  const {
    isText,
    trainLengths,
    bins,
    plans: [full],
    contexts: [context],
    limits: known,
    contextFloor,
  } = lengthCurves({ spec, runs: [run(1, 4), run(2, 5)], limits }, 'best')
  expect([isText, trainLengths, bins.map(({ name }) => name)]).toEqual([
    true,
    [1, 35],
    ['test', 'first 35', 'after 35'],
  ])
  expect([...full!.lengths]).toEqual([41, 70])
  expect([...full!.crossEntropy]).toEqual([4.5, 3.5])
  expect([...full!.perplexity]).toEqual(
    [
      [4, 5],
      [3, 4],
    ].map(([a, b]) => expect.closeTo((Math.exp(a!) + Math.exp(b!)) / 2, 9)),
  )
  expect(full!.perplexityLow[0]! < full!.perplexity[0]! && full!.perplexity[0]! < full!.perplexityHigh[0]!).toBe(true)
  expect([[...context!.lengths], [...context!.perplexity]]).toEqual([
    [1, 2],
    [
      [5, 6],
      [4.5, 5.5],
    ].map(([a, b]) => expect.closeTo((Math.exp(a!) + Math.exp(b!)) / 2, 9)),
  ])
  expect([[...known.lengths], [...known.floorAccuracy]]).toEqual([[41], [0.1]])
  expect([[...known.floorPerplexity], contextFloor]).toEqual([[Math.E], Math.exp(4)])
})

it('pool what several bins test of a language', () => {
  const formal = parseStudy({
    name: 'x',
    task: { id: 'marked-copy' },
    plans: ['full'],
    seeds: [1],
    evaluation: {
      bins: [
        { name: 'a', lengths: [3, 9], perLength: 1 },
        { name: 'b', lengths: [9, 15], perLength: 1 },
      ],
    },
  })
  const score = (bin: string, nats: number): LengthScore => ({
    bin,
    length: 9,
    ...scored({ strings: 1, symbols: 10, nats, correct: 5, boundNats: 1, lengthNats: 0 }),
  })
  const one: ComparedRun = { ...run(1, 1), scores: { best: [score('a', 10), score('b', 20)], last: [] } }
  const {
    isText,
    plans: [full],
    contextFloor,
    contexts,
  } = lengthCurves({ spec: formal, runs: [one], limits: [] }, 'best')
  expect([isText, [...full!.lengths], [...full!.crossEntropy]]).toEqual([false, [9], [1.5]])
  expect([contextFloor, contexts]).toEqual([null, []])
})
