import { describe, expect, it } from 'vitest'
import { depthsOf } from '../../shared/stack-view.ts'
import { chance } from '../chance.ts'
import { depthOf, type PossibleStack } from '../tasks/ideal-stack.ts'
import { tasks } from '../tasks/index.ts'
import { openLanguage } from '../tasks/task.ts'
import { fidelityOf, type Observed } from './fidelity.ts'
import { fitProbe } from './linear-probe.ts'

interface Hand {
  readonly width: number
  reading(stack: PossibleStack, t: number): number[]
  net(stack: PossibleStack, t: number): number[]
}

/** A memory that does by hand what it says, on strings of a task. */
function observed(id: string, count: number, seed: number, { width, reading, net }: Hand): Observed[] {
  const language = openLanguage(tasks[id]!, {})
  const source = chance(seed)
  const lengths = Array.from({ length: 21 }, (_, i) => 20 + i).filter(length => language.valid(length))
  return Array.from({ length: count }, () => {
    const ideal = language.idealStack!.after(language.sample(source, lengths[source.integer(lengths.length)]!), lengths)
    const likeliest = ideal.map(possible => possible.reduce((a, b) => (b.probability > a.probability ? b : a)))
    const steps = likeliest.slice(1)
    const stacks = net(steps[0]!, 0).length
    return {
      reading: { width, values: likeliest.slice(0, -1).flatMap((stack, t) => reading(stack, t)) },
      moves: Array.from({ length: stacks }, (_, i) => steps.map((stack, t) => net(stack, t)[i]!)),
      ideal,
    }
  })
}

const NET = { start: 0, keep: 0, push: 1, pop: -1 }
const oneHot = (symbol: number | undefined, width: number): number[] =>
  Array.from({ length: width }, (_, i) => Number(i === symbol))
const perfect: Hand = { width: 2, reading: ({ stack }) => oneHot(stack?.symbol, 2), net: ({ move }) => [NET[move]] }
const score = (id: string, hand: Hand) =>
  fidelityOf(observed(id, 20, 1, hand), observed(id, 10, 2, hand), openLanguage(tasks[id]!, {}).idealStack!, chance(5))
const changed = (change: Partial<Hand>): Hand => ({ ...perfect, ...change })

describe('stack fidelity', () => {
  it.each(['marked-reversal', 'dyck'])('of a perfect stack is 1 on %s, far above chance', id => {
    const found = score(id, perfect)
    expect(found).toMatchObject({
      score: expect.closeTo(1, 9),
      top: expect.closeTo(1, 9),
      depth: expect.closeTo(1, 9),
      moves: expect.closeTo(1, 9),
      stack: 0,
    })
    expect(found.chance).toBeLessThan(0.5)
  })

  it.each(['marked-reversal', 'dyck', 'unmarked-reversal'])(
    'of a memory that has nothing to do with the task is about 0, and that of chance, on %s',
    id => {
      const source = chance(9)
      const {
        score: own,
        top,
        depth,
        moves,
        chance: level,
      } = score(id, {
        width: 3,
        reading: () => [source.uniform(), source.uniform(), source.uniform()],
        net: () => [2 * source.uniform() - 1],
      })
      for (const part of [top, depth, moves]) expect(Math.abs(part!)).toBeLessThan(0.25)
      expect(own).toBeLessThan(0.15)
      expect(Math.abs(own - level)).toBeLessThan(0.15)
    },
  )

  it('is 0 for a memory that stands still, and of moves in reverse less than 0', () => {
    expect(score('dyck', { width: 1, reading: () => [0.5], net: () => [0] })).toMatchObject({
      score: 0,
      top: 0,
      depth: 0,
      moves: 0,
    })
    expect(score('dyck', changed({ net: ({ move }) => [-NET[move]] })).moves).toBeCloseTo(-1, 9)
  })

  it('does not depend on how contents are coded', () => {
    const source = chance(11)
    const map = Array.from({ length: 5 }, () => [
      source.uniform() - 0.5,
      source.uniform() - 0.5,
      source.uniform() - 0.5,
    ])
    const noisy = (noise: () => number): Hand =>
      changed({ reading: ({ stack }) => oneHot(stack?.symbol, 2).map(value => value + 0.8 * (noise() - 0.5)) })
    const seeded = (): (() => number) => {
      const draws = chance(12)
      return () => draws.uniform()
    }
    const straight = score('dyck', noisy(seeded()))
    const mapped = score('dyck', {
      ...noisy(seeded()),
      width: 5,
      reading: (() => {
        const inner = noisy(seeded())
        return (stack: PossibleStack, t: number) => {
          const [a, b] = inner.reading(stack, t) as [number, number]
          return map.map(([u, v, w]) => 7 * u! * a - 3 * v! * b + 11 * w!)
        }
      })(),
    })
    expect(mapped.top).toBeCloseTo(straight.top!, 2)
    expect(straight.top).toBeGreaterThan(0.9)
    const fine = score('marked-reversal', changed({ net: ({ move }) => [0.3 * NET[move]] }))
    expect([fine.depth, fine.moves]).toEqual([expect.closeTo(1, 9), expect.closeTo(1, 9)])
  })

  it('takes the stack that fits best, and says which', () => {
    const source = chance(4)
    expect(score('dyck', changed({ net: ({ move }) => [source.uniform() - 0.5, NET[move], 0] }))).toMatchObject({
      stack: 1,
      moves: expect.closeTo(1, 9),
      score: expect.closeTo(1, 9),
    })
  })

  it('leaves out what a memory does not say', () => {
    expect(score('dyck', changed({ net: () => [] }))).toMatchObject({
      depth: null,
      moves: null,
      top: expect.closeTo(1, 9),
      score: expect.closeTo(1, 9),
    })
    expect(score('dyck', changed({ width: 0, reading: () => [] }))).toMatchObject({
      top: null,
      score: expect.closeTo(1, 9),
    })
  })

  it('gives a memory that commits itself to the likeliest stack of a guess most of the score', () => {
    const { top, depth, score: own } = score('unmarked-reversal', perfect)
    expect(top).toBeGreaterThan(0.8)
    expect(depth).toBeGreaterThan(0.5)
    expect(own).toBeGreaterThan(0.6)
    expect(own).toBeLessThan(1)
  })

  it('counts depth from what is pushed and popped, never below nothing', () => {
    expect([...depthsOf([1, 1, -0.5, -3, 0.25])]).toEqual([1, 2, 1.5, 0, 0.25])
    expect(depthOf(null)).toBe(0)
  })
})

describe('the linear probe', () => {
  it('has the weights of Fisher’s discriminant', () => {
    // Two classes in the plane with unit covariance, means (±1, 0), equally often: the border is the first axis at 0.
    const vectors = [-1, 1, -1, -1, 0, 0, -2, 0, 1, 1, 1, -1, 2, 0, 0, 0],
      shares = [1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1]
    const probe = fitProbe({ count: 8, width: 2, vectors, classes: 2, shares })
    expect(
      [
        [-0.1, 5],
        [0.1, -5],
        [-3, 0],
        [3, 0],
      ].map(vector => probe(vector, 0)),
    ).toEqual([0, 1, 0, 1])
  })

  it('moves its border to the rarer class, and never answers one that it has not seen', () => {
    const vectors = [-1.5, -0.5, -1.5, -0.5, -1.5, -0.5, 0.5, 1.5],
      shares = [...Array<number[]>(6).fill([1, 0, 0]), [0, 1, 0], [0, 1, 0]].flat()
    const probe = fitProbe({ count: 8, width: 1, vectors, classes: 3, shares })
    // Means ∓1, variance within 1/4 (and a little): the border is at 1/4 · ln 3 / 2.
    const border = (0.25 / 2) * Math.log(3)
    expect([border - 0.01, border + 0.01].map(value => probe([value], 0))).toEqual([0, 1])
  })
})
