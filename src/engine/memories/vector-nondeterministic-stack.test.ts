import { describe, expect, it } from 'vitest'
import { driveMemory, logit, scripted } from '../testing/drive.ts'
import { close, studyScores } from '../testing/stack-golden.ts'
import { agreesWithAllRuns, type Definition } from '../testing/stack-reference.ts'
import stack from './vector-nondeterministic-stack.ts'

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const pushed = studyScores.map((_, step) => [Math.cos(.5 * (step + 1)), Math.sin(.9 * (step + 1))].map(sigmoid))

function readings(options: object): number[][] {
  const { hiddens, weights } = scripted(studyScores)
  return driveMemory(stack, { states: 2, alphabet: 2, width: 2, ...options }, hiddens, {
    'operations.weights': weights, 'operations.bias': Array<number>(40).fill(0),
    'push.weights': scripted(pushed.map(step => step.map(logit))).weights, 'push.bias': [0, 0], 'bottom.vector': [.2, -.4],
  }).map(({ reading }) => reading)
}

describe('nondeterministic stack of vectors', () => {
  it('gives the readings of the study', () => {
    const found = readings({})
    close([0, 1, 2, 5].map(step => found[step]!), [
      [.549834, .401312, 0, 0, 0, 0, 0, 0], [.150837, .138573, .259880, .226805, .159726, .129353, .056240, .046585],
      [.263085, .261814, .177422, .169617, .117974, .102046, .061073, .063928], [.125727, .116145, .065403, .062090, .095928, .087332, .155312, .144565],
    ])
  })

  it('gives those of the released initialisation', () => {
    const found = readings({ bottomInit: 'released' })
    close([0, 1, 5].map(step => found[step]!), [
      Array.from({ length: 4 }, () => [.549834, .401312]).flat(), [.384559, .309161, .622308, .491334, .321140, .247165, .116056, .090243],
      [.213789, .180419, .139794, .116386, .137531, .117697, .240654, .206854],
    ])
  })

  it('gives the same with a window as long as the string', () => {
    expect(readings({ window: 6 })).toEqual(readings({}))
  })

  /** The vector of the element on top; the released code also counts the bottom vector of runs that begin in any other state and symbol (spec §1.5). */
  const topVector = ({ alphabet, width }: { alphabet: number, width: number }): Definition['contribution'] => ({ start, state, stack: elements }, vectors) => {
    const { symbol, pushedAt } = elements.at(-1)!
    if (start !== 0 && pushedAt !== 0) return []
    return vectors[pushedAt]!.map((value, unit) => [(state * alphabet + symbol) * width + unit, value, { at: pushedAt, unit }])
  }

  it.each([
    { states: 2, alphabet: 2, width: 2 }, { states: 1, alphabet: 1, width: 3 }, { states: 2, alphabet: 1, width: 1, window: 2 }, { states: 2, alphabet: 2, width: 1, window: 3 },
  ])('sums over all runs: readings and gradients for %j', options => {
    const { alphabet, width, states } = options
    agreesWithAllRuns(stack, options, { ...options, contribution: topVector(options) }, states * alphabet * width, width)
  })

  it.each([{ states: 2, alphabet: 2, width: 2 }, { states: 1, alphabet: 3, width: 1 }, { states: 2, alphabet: 2, width: 1, window: 2 }])('with the released initialisation sums over all runs from everywhere, for %j', options => {
    const { alphabet, width, states } = options
    agreesWithAllRuns(stack, { ...options, bottomInit: 'released' }, { ...options, fromEverywhere: true, contribution: topVector(options) }, states * alphabet * width, width)
  })
})
