import { describe, expect, it } from 'vitest'
import { parseStudy } from '../../../shared/study.ts'
import type { LengthScore } from '../../../shared/run-events.ts'
import { compare } from '../compare.ts'
import type { ComparedRun, LengthLimit } from './input.ts'
import { tablesOf } from './tables.ts'
import { scored } from '../../../shared/score.ts'

const spec = parseStudy({ name: 'Text', task: { id: 'text' }, plans: ['full', 'frozen-memory'], seeds: [1, 2] })

/** 100 words in each group of positions, nats a word and accuracy as given; contexts of 1 and 2 words. */
function runOf(planId: string, seed: number, nats: number, accuracy: number): ComparedRun {
  const score = (bin: string, length: number, own = nats): LengthScore => ({
    bin,
    length,
    ...scored({ strings: 10, symbols: 100, nats: 100 * own, correct: 100 * accuracy, boundNats: NaN, lengthNats: 0 }),
  })
  const best = [
    score('test', 35),
    score('test', 70),
    score('first 35', 35),
    score('after 35', 70),
    score('context', 1, nats + 1),
    score('context', 2, nats + 0.5),
  ]
  return {
    runId: `${planId}-${seed}`,
    planId,
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

const limits: LengthLimit[] = [
  ['test', 35],
  ['test', 70],
  ['first 35', 35],
  ['after 35', 70],
  ['context', 1],
  ['context', 2],
].map(([bin, length]) => ({
  bin: bin as string,
  length: length as number,
  floorAccuracy: 0.1,
  ceilingAccuracy: null,
  boundNats: null,
}))

describe('comparing over a text', () => {
  const runs = [
    runOf('full', 1, 4.4, 0.2),
    runOf('full', 2, 4.5, 0.19),
    runOf('frozen-memory', 1, 4.6, 0.105),
    runOf('frozen-memory', 2, 4.7, 0.1),
  ]
  const comparison = compare({ spec, runs, limits }, { resamples: 200 })
  const [full, frozen] = comparison.plans

  it('goes by the whole test part, and by retention between early and late positions', () => {
    expect(comparison.targets).toEqual([
      { measure: 'cross-entropy', bin: 'test' },
      { measure: 'retention', bin: null },
    ])
    expect(comparison.retention).toEqual({ from: 'first 35', to: 'after 35', floor: 1, ceiling: null })
    expect(full!.bins.test!.perplexity!.values.map(({ value }) => value)).toEqual(
      [Math.exp(4.4), Math.exp(4.5)].map(value => expect.closeTo(value, 9)),
    )
    expect(full!.bins.test!.skill).toBeUndefined()
  })

  it('measures what is above the floor by the floor, and says that a ceiling is not known', () => {
    expect([full!.atFloor, frozen!.atFloor, frozen!.seedsAtFloor]).toEqual([false, true, [1, 2]])
    expect(comparison.notes.join(' ')).toMatch(/unigram model.*No ceiling is known/)
    expect(full!.stability!.growth).toBeNull()
  })

  it('keeps contexts apart from lengths', () => {
    expect(comparison.bins.map(({ name }) => name)).toEqual(['first 35', 'test', 'after 35'])
    expect(comparison.contexts.map(({ words, plans }) => [words, plans.full!.mean])).toEqual([
      [1, expect.closeTo((Math.exp(5.4) + Math.exp(5.5)) / 2, 9)],
      [2, expect.closeTo((Math.exp(4.9) + Math.exp(5)) / 2, 9)],
    ])
    expect(tablesOf(comparison).find(({ title }) => title.includes('last n words'))!.columns).toEqual([
      'plan',
      'n = 1',
      'n = 2',
    ])
  })
})
