import { expect, it } from 'vitest'
import { parseStudy } from '../../shared/study.ts'
import { fakeExecutor, fakeParameters } from '../testing/fake-executor.ts'
import { markedCopy } from '../testing/fake-language.ts'
import { testBatches, validationBatches } from './data.ts'
import { scoreOf, scoresByLength } from './evaluate.ts'
import { initialWeights } from './initialise.ts'
import { pace } from './pace.ts'
import { writeWeights } from './weights.ts'

const study = parseStudy({
  name: 'evaluation',
  task: { id: 'marked-copy' },
  training: { batch: 4 },
  data: { validation: { strings: 10, lengths: [3, 7] } },
  evaluation: {
    bins: [
      { name: 'a', lengths: [3, 5], perLength: 6 },
      { name: 'b', lengths: [5, 6], perLength: 2, seed: 1 },
    ],
  },
})
const unhurried = pace(() => 0, undefined)
const executor = fakeExecutor()
writeWeights(executor, initialWeights(fakeParameters(), 1))

/** String by string, without batches. */
function expected(strings: number[][]): {
  strings: number
  symbols: number
  nats: number
  correct: number
  boundNats: number
} {
  const total = { strings: strings.length, symbols: 0, nats: 0, correct: 0, boundNats: 0 }
  for (const string of strings) {
    const { nats, correct } = executor.evaluate({ size: 1, length: string.length, symbols: Int32Array.from(string) })
    total.symbols += string.length + 1
    total.nats += nats[0]!
    total.correct += correct[0]!
    total.boundNats += ((string.length - 1) / 2) * Math.LN2
  }
  return total
}

const strings = ({ size, length, symbols }: { size: number; length: number; symbols: Int32Array }): number[][] =>
  Array.from({ length: size }, (_, row) => [...symbols.subarray(row * length, (row + 1) * length)])

function close(found: object, wanted: object): void {
  for (const [key, value] of Object.entries(wanted))
    expect(found[key as keyof typeof found]).toBeCloseTo(value as number, 9)
}

it('pools the validation strings', async () => {
  const batches = [...validationBatches({ study, language: markedCopy, seed: 2 })]
  close(await scoreOf(executor, batches, unhurried), expected(batches.flatMap(strings)))
})

it('scores each bin and length by itself', async () => {
  const batches = [...testBatches({ study, language: markedCopy })]
  const scores = await scoresByLength(executor, batches, unhurried)
  expect(scores.map(({ bin, length }) => [bin, length])).toEqual([
    ['a', 3],
    ['a', 5],
    ['b', 5],
  ])
  for (const { bin, length, ...score } of scores)
    close(score, expected(batches.filter(batch => batch.bin === bin && batch.length === length).flatMap(strings)))
})
