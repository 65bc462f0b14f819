import { describe, expect, it } from 'vitest'
import { agreement, alternate, median, ratio } from './measure.ts'
import type { Peer } from './peers/peer.ts'

const plan = { rounds: 3, slice: 10, warmUp: 1 }

/** Takes `milliseconds` for every step, in words only, and 1 ms of processor time; writes down when it is called. */
function fake(id: string, milliseconds: number | (() => number), calls: string[] = [], loss = 1): Peer {
  const time = typeof milliseconds === 'number' ? () => milliseconds : milliseconds
  return {
    id,
    title: id,
    close: () => Promise.resolve(),
    run(steps) {
      calls.push(`${id}${steps}`)
      return Promise.resolve({
        milliseconds: Array.from({ length: steps }, time),
        losses: Array.from({ length: steps }, (_, i) => loss / (i + 1)),
        cpu: steps,
      })
    },
  }
}

describe('measuring', () => {
  it('takes the middle, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
  })

  it('lets peers take turns, each for the same time', async () => {
    const calls: string[] = []
    await alternate([fake('a', 2, calls), fake('b', 20, calls)], plan)
    expect(calls.slice(-6)).toEqual(['a5', 'b1', 'a5', 'b1', 'a5', 'b1'])
  })

  it('compares rounds pairwise by their means', async () => {
    let step = 0
    const [disturbed, steady] = await alternate(
      [fake('disturbed', () => (step++ % 2 === 0 ? 1 : 9)), fake('steady', 2)],
      { ...plan, slice: 20 },
    )
    expect(disturbed!.step.min).toBe(1)
    expect(ratio(disturbed!, steady!, 'elapsed')).toBeCloseTo(2.5, 1)
    expect(ratio(disturbed!, steady!, 'cpu')).toBe(1)
  })

  it('names the peer that does another step', async () => {
    await expect(agreement([fake('a', 1), fake('b', 1, [], 1 + 1e-6)])).resolves.toBeCloseTo(1e-6, 9)
    await expect(agreement([fake('a', 1), fake('stranger', 1, [], 1.01)])).rejects.toThrow(
      /^stranger does not do the same step as a: loss 1.01 instead of 1 before update 1$/,
    )
    await expect(agreement([fake('a', 1), fake('lost', 1, [], NaN)])).rejects.toThrow(/lost/)
  })
})
