import { describe, expect, it } from 'vitest'
import { chance } from '../chance.ts'
import { driveMemory, logit, scripted } from '../testing/drive.ts'
import stack from './superposition-stack.ts'

const close = (found: readonly number[], expected: readonly number[], error = 1e-12): void => {
  expect(found).toHaveLength(expected.length)
  found.forEach((value, k) =>
    expect(Math.abs(value - expected[k]!), `element ${k}: ${value} for ${expected[k]}`).toBeLessThan(error),
  )
}

/** One stack of one cell width, with given action probabilities and pushed values. */
function run(actions: readonly number[][], values: readonly number[][], options: object = {}) {
  const { hiddens, weights } = scripted(actions.map(step => step.map(Math.log)))
  return driveMemory(stack, { widths: [values[0]!.length], ...options }, hiddens, {
    'actions.weights': weights,
    'actions.bias': [0, 0, 0],
    'push.weights': scripted(values.map(step => step.map(logit))).weights,
    'push.bias': values[0]!.map(() => 0),
  })
}

describe('superposition stack', () => {
  it('gives the readings and the stack of the study', () => {
    const moments = run(
      [
        [0.7, 0.1, 0.2],
        [0.6, 0.3, 0.1],
        [0.2, 0.5, 0.3],
        [0.1, 0.8, 0.1],
      ],
      [
        [1 - 1e-16, 0.5],
        [0.25, 1 - 1e-16],
        [0.75, 0.3],
        [0.1, 0.9],
      ],
    )
    const readings = [
      [0.7, 0.35],
      [0.22, 0.635],
      [0.426, 0.3555],
      [0.1886, 0.27755],
    ]
    readings.forEach((reading, k) => close(moments[k + 1]!.reading, reading, 1e-9))
    close(moments[0]!.reading, [0, 0])
    close(moments[4]!.state.cells!, [0.1886, 0.27755, 0.1268, 0.08815, 0.0254, 0.0232, 0.0084, 0.0042], 1e-9)
  })

  it('is a plain stack when the actions are hard', () => {
    const sure = (which: number): number[] => [0, 1, 2].map(k => (k === which ? 1 : 1e-300))
    const moments = run([sure(0), sure(0), sure(2), sure(1), sure(1)], [[0.7], [0.9], [0.1], [0.2], [0.3]])
    close(
      moments.slice(1).map(({ reading }) => reading[0]!),
      [0.7, 0.9, 0.9, 0.7, 0],
    )
  })

  it('with several stacks equals those stacks side by side', () => {
    const draw = chance(3)
    const random = (rows: number, columns: number): number[][] =>
      Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0.05 + 0.9 * draw.uniform()))
    const widths = [2, 1, 3],
      steps = 6
    const actions = widths.map(() => random(steps, 3)),
      values = widths.map(width => random(steps, width))
    const { hiddens, weights } = scripted(
      Array.from({ length: steps }, (_, t) => actions.flatMap(own => own[t]!.map(Math.log))),
    )
    const together = driveMemory(stack, { widths }, hiddens, {
      'actions.weights': weights,
      'actions.bias': Array<number>(9).fill(0),
      'push.weights': scripted(Array.from({ length: steps }, (_, t) => values.flatMap(own => own[t]!.map(logit))))
        .weights,
      'push.bias': Array<number>(6).fill(0),
    })
    const alone = widths.map((_, k) => run(actions[k]!, values[k]!))
    together.forEach(({ reading }, t) =>
      close(
        reading,
        alone.flatMap(moments => moments[t]!.reading),
      ),
    )
  })

  it('pushes the hidden vector itself when asked to', () => {
    const hiddens = [
      [0.1, -0.4],
      [0.8, 0.3],
      [-0.5, 0.2],
    ]
    const push = { 'actions.weights': Array<number>(6).fill(0), 'actions.bias': [800, 0, 0] }
    const moments = driveMemory(stack, { push: 'hidden' }, hiddens, push)
    hiddens.forEach((hidden, k) => close(moments[k + 1]!.reading, hidden))
    close(moments[3]!.state.cells!, hiddens.toReversed().flat())
  })

  it('keeps only rows that can still be read, and gives the same readings', () => {
    const draw = chance(9)
    const hiddens = Array.from({ length: 9 }, () => [draw.uniform() - 0.5, draw.uniform() - 0.5])
    const weights = {
      'actions.weights': [3, -2, -3, 4, 1, 0],
      'actions.bias': [0.2, 0.1, 0],
      'push.weights': [2, -1],
      'push.bias': [0.1],
    }
    const all = driveMemory(stack, { widths: [1] }, hiddens, weights)
    const reachable = driveMemory(stack, { widths: [1] }, hiddens, weights, hiddens.length)
    expect(reachable.map(({ state }) => state.cells!.length)).toEqual([0, 1, 2, 3, 4, 4, 3, 2, 1, 0])
    all.slice(0, -1).forEach(({ reading }, t) => close(reachable[t]!.reading, reading))
  })

  it('loses what is pushed below its depth', () => {
    const sure = [1, 1e-300, 1e-300]
    const moments = run([sure, sure, sure], [[0.7], [0.9], [0.1]], { depth: 2 })
    close(moments[3]!.state.cells!, [0.1, 0.9])
  })
})
