import { describe, expect, it } from 'vitest'
import { chance } from '../chance.ts'
import { driveMemory, logit, scripted } from '../testing/drive.ts'
import stack from './stratification-stack.ts'

/** The stack as the paper writes it, with loops over a list: bottom first. */
function slow(steps: readonly { push: number; pop: number; value: readonly number[] }[]): {
  readings: number[][]
  strengths: number[]
} {
  const strengths: number[] = [],
    values: (readonly number[])[] = [],
    readings: number[][] = []
  for (const { push, pop, value } of steps) {
    let left = pop
    for (let i = strengths.length - 1; i >= 0; i--) {
      const taken = Math.min(strengths[i]!, Math.max(0, left))
      left -= strengths[i]!
      strengths[i]! -= taken
    }
    strengths.push(push)
    values.push(value)
    let room = 1
    const reading = value.map(() => 0)
    for (let i = strengths.length - 1; i >= 0; i--) {
      const weight = Math.min(strengths[i]!, Math.max(0, room))
      room -= strengths[i]!
      reading.forEach((_, k) => {
        reading[k]! += weight * values[i]![k]!
      })
    }
    readings.push(reading)
  }
  return { readings, strengths }
}

function run(steps: readonly { push: number; pop: number; value: readonly number[] }[]) {
  const { hiddens, weights } = scripted(steps.map(({ push, pop }) => [logit(push), logit(pop)]))
  const width = steps[0]!.value.length
  return driveMemory(stack, { width }, hiddens, {
    'actions.weights': weights,
    'actions.bias': [0, 0],
    'push.weights': scripted(steps.map(({ value }) => value.map(Math.atanh))).weights,
    'push.bias': Array<number>(width).fill(0),
  })
}

describe('stratification stack', () => {
  it('gives the readings and strengths of the study', () => {
    const almost = 1 - 1e-15
    const moments = run([
      { push: 0.8, pop: 1e-17, value: [almost, 0.5] },
      { push: 0.5, pop: 0.1, value: [0.25, almost] },
      { push: 0.9, pop: 0.9, value: [0.75, 0.3] },
      { push: 0.2, pop: 0.6, value: [0.1, 0.9] },
    ])
    const readings = [
      [0.8, 0.4],
      [0.625, 0.75],
      [0.775, 0.32],
      [0.545, 0.42],
    ]
    readings.forEach((reading, k) =>
      reading.forEach((value, e) => expect(moments[k + 1]!.reading[e]).toBeCloseTo(value, 9)),
    )
    ;[0.3, 0, 0.3, 0.2].forEach((strength, i) => expect(moments[4]!.state.strengths![i]).toBeCloseTo(strength, 9))
    expect(moments[0]!.reading).toEqual([0, 0])
  })

  it('equals the list of the paper on random strings', () => {
    const draw = chance(21)
    for (let trial = 0; trial < 20; trial++) {
      const steps = Array.from({ length: 12 }, () => ({
        push: 0.02 + 0.96 * draw.uniform(),
        pop: 0.02 + 0.96 * draw.uniform(),
        value: [draw.uniform() - 0.5, draw.uniform() - 0.5],
      }))
      const moments = run(steps),
        expected = slow(steps)
      expected.readings.forEach((reading, t) =>
        reading.forEach((value, e) => expect(moments[t + 1]!.reading[e]).toBeCloseTo(value, 10)),
      )
      expected.strengths.forEach((strength, i) => expect(moments[12]!.state.strengths![i]).toBeCloseTo(strength, 10))
    }
  })
})
