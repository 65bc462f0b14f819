import { describe, expect, it } from 'vitest'
import { chance } from '../chance.ts'
import { driveMemory, logit, scripted } from '../testing/drive.ts'
import stack from './superposition-stack.ts'

const close = (found: readonly number[], expected: readonly number[], error = 1e-12): void => {
  expect(found).toHaveLength(expected.length)
  found.forEach((value, k) => expect(Math.abs(value - expected[k]!), `element ${k}: ${value} for ${expected[k]}`).toBeLessThan(error))
}

/** One stack of one cell width, with given action probabilities and pushed values. */
function run(actions: readonly number[][], values: readonly number[][], options: object = {}) {
  const { hiddens, weights } = scripted(actions.map(step => step.map(Math.log)))
  return driveMemory(stack, { widths: [values[0]!.length], ...options }, hiddens, {
    'actions.weights': weights, 'actions.bias': [0, 0, 0],
    'push.weights': scripted(values.map(step => step.map(logit))).weights, 'push.bias': values[0]!.map(() => 0),
  })
}

describe('superposition stack', () => {
  it('gives the readings and the stack of the study', () => {
    const moments = run([[.7, .1, .2], [.6, .3, .1], [.2, .5, .3], [.1, .8, .1]], [[1 - 1e-16, .5], [.25, 1 - 1e-16], [.75, .3], [.1, .9]])
    const readings = [[.7, .35], [.22, .635], [.426, .3555], [.1886, .27755]]
    readings.forEach((reading, k) => close(moments[k + 1]!.reading, reading, 1e-9))
    close(moments[0]!.reading, [0, 0])
    close(moments[4]!.state.cells!, [.1886, .27755, .1268, .08815, .0254, .0232, .0084, .0042], 1e-9)
  })

  it('is a plain stack when the actions are hard', () => {
    const sure = (which: number): number[] => [0, 1, 2].map(k => k === which ? 1 : 1e-300)
    const moments = run([sure(0), sure(0), sure(2), sure(1), sure(1)], [[.7], [.9], [.1], [.2], [.3]])
    close(moments.slice(1).map(({ reading }) => reading[0]!), [.7, .9, .9, .7, 0])
  })

  it('with several stacks equals those stacks side by side', () => {
    const draw = chance(3)
    const random = (rows: number, columns: number): number[][] => Array.from({ length: rows }, () => Array.from({ length: columns }, () => .05 + .9 * draw.uniform()))
    const widths = [2, 1, 3], steps = 6
    const actions = widths.map(() => random(steps, 3)), values = widths.map(width => random(steps, width))
    const { hiddens, weights } = scripted(Array.from({ length: steps }, (_, t) => actions.flatMap(own => own[t]!.map(Math.log))))
    const together = driveMemory(stack, { widths }, hiddens, {
      'actions.weights': weights, 'actions.bias': Array<number>(9).fill(0),
      'push.weights': scripted(Array.from({ length: steps }, (_, t) => values.flatMap(own => own[t]!.map(logit)))).weights, 'push.bias': Array<number>(6).fill(0),
    })
    const alone = widths.map((_, k) => run(actions[k]!, values[k]!))
    together.forEach(({ reading }, t) => close(reading, alone.flatMap(moments => moments[t]!.reading)))
  })

  it('pushes the hidden vector itself when asked to', () => {
    const hiddens = [[.1, -.4], [.8, .3], [-.5, .2]]
    const push = { 'actions.weights': Array<number>(6).fill(0), 'actions.bias': [800, 0, 0] }
    const moments = driveMemory(stack, { push: 'hidden' }, hiddens, push)
    hiddens.forEach((hidden, k) => close(moments[k + 1]!.reading, hidden))
    close(moments[3]!.state.cells!, hiddens.toReversed().flat())
  })

  it('keeps only rows that can still be read, and gives the same readings', () => {
    const draw = chance(9)
    const hiddens = Array.from({ length: 9 }, () => [draw.uniform() - .5, draw.uniform() - .5])
    const weights = { 'actions.weights': [3, -2, -3, 4, 1, 0], 'actions.bias': [.2, .1, 0], 'push.weights': [2, -1], 'push.bias': [.1] }
    const all = driveMemory(stack, { widths: [1] }, hiddens, weights)
    const reachable = driveMemory(stack, { widths: [1] }, hiddens, weights, hiddens.length)
    expect(reachable.map(({ state }) => state.cells!.length)).toEqual([0, 1, 2, 3, 4, 4, 3, 2, 1, 0])
    all.slice(0, -1).forEach(({ reading }, t) => close(reachable[t]!.reading, reading))
  })

  it('loses what is pushed below its depth', () => {
    const sure = [1, 1e-300, 1e-300]
    const moments = run([sure, sure, sure], [[.7], [.9], [.1]], { depth: 2 })
    close(moments[3]!.state.cells!, [.1, .9])
  })
})
