import { describe, expect, it } from 'vitest'
import { batchAt, cut } from './streams.ts'

const stream = (length: number): Int32Array => Int32Array.from({ length }, (_, k) => k + 1)

describe('streams', () => {
  it.each([
    [100, 32, 7],
    [64, 8, 35],
    [71, 8, 4],
    [71, 8, 3],
    [10, 10, 5],
    [29, 1, 10],
  ])(
    'predict every one of %i words once, from the one before it, in %i columns and steps of %i',
    (length, columns, steps) => {
      const streams = cut(stream(length), { columns, steps, before: 0 })
      const predicted: number[] = []
      let at = 0
      for (const chunk of streams.chunks) {
        const batch = batchAt(streams, chunk, null)
        expect(chunk.from).toBe(at)
        expect(chunk.to - chunk.from).toBeLessThanOrEqual(steps)
        at = chunk.to
        for (let column = 0; column < batch.size; column++) {
          const own = [
            ...batch.symbols.subarray(column * batch.length, (column + 1) * batch.length),
            batch.next[column]!,
          ]
          own.forEach((word, k) => {
            if (k > 0) {
              expect(word).toBe(own[k - 1]! + 1)
              predicted.push(word)
            }
          })
        }
      }
      expect(predicted.sort((a, b) => a - b)).toEqual([...stream(length)])
    },
  )

  it('cut the Penn Treebank as the study does', () => {
    const { length, chunks } = cut(new Int32Array(929_589), { columns: 32, steps: 35, before: 0 })
    expect(length).toBe(29_050)
    // 830 chunks of 35, of which the one in which the last column ends is cut in two.
    expect(chunks).toHaveLength(831)
    expect(chunks.slice(-2)).toEqual([
      { from: 29_015, to: 29_039, size: 32 },
      { from: 29_039, to: 29_050, size: 31 },
    ])
  })

  it('go on with the first columns when the last has ended', () => {
    const streams = cut(stream(5), { columns: 2, steps: 2, before: 0 })
    const carried = { size: 2, age: 2, states: new Map([['controller.hidden', Float32Array.of(1, 2, 3, 4)]]) }
    const { size, carried: own } = batchAt(streams, streams.chunks.at(-1)!, carried)
    expect([size, [...own!.states.get('controller.hidden')!]]).toEqual([1, [1, 2]])
  })
})
