import { describe, expect, it } from 'vitest'
import { driveMemory, logit, scripted } from '../testing/drive.ts'
import { close, studyScores } from '../testing/stack-golden.ts'
import { agreesWithAllRuns, type Definition } from '../testing/stack-reference.ts'
import stack from './vector-nondeterministic-stack.ts'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const pushed = studyScores.map((_, step) => [Math.cos(0.5 * (step + 1)), Math.sin(0.9 * (step + 1))].map(sigmoid))

function readings(options: object): number[][] {
  const { hiddens, weights } = scripted(studyScores)
  return driveMemory(stack, { states: 2, alphabet: 2, width: 2, ...options }, hiddens, {
    'operations.weights': weights,
    'operations.bias': Array<number>(40).fill(0),
    'push.weights': scripted(pushed.map(step => step.map(logit))).weights,
    'push.bias': [0, 0],
    'bottom.vector': [0.2, -0.4],
  }).map(({ reading }) => reading)
}

describe('nondeterministic stack of vectors', () => {
  it('gives the readings of the study', () => {
    const found = readings({})
    close(
      [0, 1, 2, 5].map(step => found[step]!),
      [
        [0.549834, 0.401312, 0, 0, 0, 0, 0, 0],
        [0.150837, 0.138573, 0.25988, 0.226805, 0.159726, 0.129353, 0.05624, 0.046585],
        [0.263085, 0.261814, 0.177422, 0.169617, 0.117974, 0.102046, 0.061073, 0.063928],
        [0.125727, 0.116145, 0.065403, 0.06209, 0.095928, 0.087332, 0.155312, 0.144565],
      ],
    )
  })

  it('gives those of the released initialisation', () => {
    const found = readings({ bottomInit: 'released' })
    close(
      [0, 1, 5].map(step => found[step]!),
      [
        Array.from({ length: 4 }, () => [0.549834, 0.401312]).flat(),
        [0.384559, 0.309161, 0.622308, 0.491334, 0.32114, 0.247165, 0.116056, 0.090243],
        [0.213789, 0.180419, 0.139794, 0.116386, 0.137531, 0.117697, 0.240654, 0.206854],
      ],
    )
  })

  it('gives the same with a window as long as the string', () => {
    expect(readings({ window: 6 })).toEqual(readings({}))
  })

  /** The vector of the element on top; the released code also counts the bottom vector of runs that begin in any other state and symbol. */
  const topVector =
    ({ alphabet, width }: { alphabet: number; width: number }): Definition['contribution'] =>
    ({ start, state, stack: elements }, vectors) => {
      const { symbol, pushedAt } = elements.at(-1)!
      if (start !== 0 && pushedAt !== 0) return []
      return vectors[pushedAt]!.map((value, unit) => [
        (state * alphabet + symbol) * width + unit,
        value,
        { at: pushedAt, unit },
      ])
    }

  it.each([
    { states: 2, alphabet: 2, width: 2 },
    { states: 1, alphabet: 1, width: 3 },
    { states: 2, alphabet: 1, width: 1, window: 2 },
    { states: 2, alphabet: 2, width: 1, window: 3 },
  ])('sums over all runs: readings and gradients for %j', options => {
    const { alphabet, width, states } = options
    agreesWithAllRuns(
      stack,
      options,
      { ...options, contribution: topVector(options) },
      states * alphabet * width,
      width,
    )
  })

  it.each([
    { states: 2, alphabet: 2, width: 2 },
    { states: 1, alphabet: 3, width: 1 },
    { states: 2, alphabet: 2, width: 1, window: 2 },
  ])('with the released initialisation sums over all runs from everywhere, for %j', options => {
    const { alphabet, width, states } = options
    agreesWithAllRuns(
      stack,
      { ...options, bottomInit: 'released' },
      { ...options, fromEverywhere: true, contribution: topVector(options) },
      states * alphabet * width,
      width,
    )
  })
})
