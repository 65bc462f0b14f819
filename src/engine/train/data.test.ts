import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStudy, type StudySpec } from '../../shared/study.ts'
import { chance } from '../chance.ts'
import { markedCopy } from '../testing/fake-language.ts'
import { checkLengths, drawOrder, stepsPerEpoch, testBatches, trainingBatches, validationBatches } from './data.ts'
import { validLengths } from '../tasks/task.ts'

const language = markedCopy
const study = (change: Record<string, unknown> = {}): StudySpec =>
  parseStudy({
    name: 'data',
    task: { id: 'marked-copy' },
    training: { batch: 10 },
    data: { train: { strings: 995, lengths: [4, 12] }, validation: { strings: 40, lengths: [4, 12] } },
    ...change,
  })
const rows = ({ size, length, symbols }: { size: number; length: number; symbols: Int32Array }): number[][] =>
  Array.from({ length: size }, (_, row) => [...symbols.subarray(row * length, (row + 1) * length)])

describe('training strings', () => {
  const batches = [...trainingBatches({ study: study(), language, seed: 7 })]

  it('are of the language, of one length a batch, and as many as asked for', () => {
    expect(batches).toHaveLength(stepsPerEpoch(study()))
    expect(batches.map(({ size }) => size)).toEqual([...Array<number>(99).fill(10), 5])
    for (const batch of batches) {
      expect(batch.symbols).toHaveLength(batch.size * batch.length)
      for (const string of rows(batch)) expect(language.accepts(string)).toBe(true)
    }
  })

  it('have lengths uniform over the valid ones', () => {
    const many = [
      ...trainingBatches({
        study: study({ data: { train: { strings: 20_000, lengths: [4, 12] } } }),
        language,
        seed: 1,
      }),
    ]
    const counts = [5, 7, 9, 11].map(length => many.filter(batch => batch.length === length).length)
    expect(counts.reduce((sum, count) => sum + count)).toBe(2000)
    const chiSquare = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0)
    expect(chiSquare).toBeLessThan(16.27)
  })

  it('depend on the seed, and not on what else is drawn', () => {
    expect([...trainingBatches({ study: study(), language, seed: 7 })]).toEqual(batches)
    expect([...trainingBatches({ study: study(), language, seed: 8 })]).not.toEqual(batches)
    const other = study({
      data: { train: { strings: 500, lengths: [4, 12] }, validation: { strings: 3, lengths: [20, 21] } },
    })
    expect([...trainingBatches({ study: other, language, seed: 7 })]).toEqual(batches.slice(0, 50))
    expect(rows([...validationBatches({ study: study(), language, seed: 7 })][0]!)).not.toEqual(rows(batches[0]!))
  })
})

it('validation strings carry their bound, -sum ln p(w | length), and what the choice of a length costs', () => {
  const batches = [...validationBatches({ study: study(), language, seed: 7 })]
  expect(batches).toHaveLength(4)
  const { length: lengths } = validLengths(language, study().data.validation.lengths)
  expect(lengths).toBeGreaterThan(1)
  for (const { size, length, boundNats, lengthNats } of batches) {
    expect(boundNats).toBeCloseTo(((size * (length - 1)) / 2) * Math.LN2, 10)
    expect(lengthNats).toBeCloseTo(size * Math.log(lengths), 10)
  }
})

describe('test strings', () => {
  const bins = [
    { name: 'short', lengths: [3, 9], perLength: 25, seed: 4 },
    { name: 'long', lengths: [20, 30], perLength: 3, seed: 5, stride: 2 },
  ]
  const drawn = [...testBatches({ study: study({ evaluation: { bins } }), language })]

  it('come by bin and length, in batches', () => {
    expect(drawn.map(({ bin, length, size }) => [bin, length, size])).toEqual([
      ...[3, 5, 7, 9].flatMap(length => [10, 10, 5].map(size => ['short', length, size])),
      ...[21, 25, 29].map(length => ['long', length, 3]),
    ])
    for (const batch of drawn) for (const string of rows(batch)) expect(language.accepts(string)).toBe(true)
  })

  it('cost a choice among all lengths of the bin, those that its stride skips included', () => {
    for (const { bin, size, lengthNats } of drawn)
      expect(lengthNats).toBeCloseTo(size * Math.log(bin === 'short' ? 4 : 5), 10)
  })

  it('are the same whatever else the bin takes', () => {
    const other = study({
      training: { batch: 4 },
      evaluation: { bins: [{ name: 'other', lengths: [7, 7], perLength: 9, seed: 4 }] },
    })
    const seven = (from: typeof drawn): number[][] => from.filter(({ length }) => length === 7).flatMap(rows)
    expect(seven([...testBatches({ study: other, language })])).toEqual(seven(drawn).slice(0, 9))
  })
})

describe('a range without a valid length is refused by name', () => {
  const cases: [string, Record<string, unknown>, string][] = [
    [
      'training',
      { data: { train: { strings: 5, lengths: [4, 4] } } },
      'study.data.train.lengths is [4,4]; allowed: a range with at least one length',
    ],
    ['validation', { data: { validation: { strings: 5, lengths: [6, 6] } } }, 'study.data.validation.lengths is [6,6]'],
    [
      'test',
      {
        evaluation: {
          bins: [
            { name: 'a', lengths: [3, 3], perLength: 1 },
            { name: 'b', lengths: [8, 8], perLength: 1 },
          ],
        },
      },
      'study.evaluation.bins.1.lengths is [8,8]',
    ],
  ]
  it.each(cases)('%s', (_, change, message) => {
    expect(() => checkLengths(study(change), language)).toThrow(message)
  })
})

describe('the order of an epoch', () => {
  it('is a permutation', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), (count, seed) => {
        expect([...drawOrder(count, chance(seed))].sort((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, i) => i),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('is uniform over all permutations, and another each time', () => {
    const source = chance(11)
    const counts = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const order = drawOrder(3, source).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    expect([...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(20.5)
  })
})
