import { describe, expect, it } from 'vitest'
import { driveMemory } from '../testing/drive.ts'
import { agreesWithAllRuns } from '../testing/stack-reference.ts'
import stack from './normalised-nondeterministic-stack.ts'

describe('normalised nondeterministic stack', () => {
  it.each([
    { states: 2, alphabet: 2 },
    { states: 1, alphabet: 3 },
    { states: 2, alphabet: 2, window: 2 },
  ])('sums over all runs: readings and gradients for %j', options => {
    agreesWithAllRuns(
      stack,
      options,
      {
        ...options,
        sealed: true,
        normalised: true,
        contribution: ({ stack: elements }) => [[elements.at(-1)!.symbol, 1]],
      },
      options.alphabet,
    )
  })

  it('reads a distribution over symbols', () => {
    const hiddens = Array.from({ length: 6 }, (_, step) => [Math.sin(step), 1])
    const weights = {
      'operations.weights': Array.from({ length: 80 }, (_, k) => 3 * Math.cos(k)),
      'operations.bias': Array<number>(40).fill(0),
    }
    for (const { reading } of driveMemory(stack, { states: 2, alphabet: 2 }, hiddens, weights)) {
      expect(reading[0]! + reading[1]!).toBeCloseTo(1, 12)
      for (const share of reading) expect(share).toBeGreaterThanOrEqual(0)
    }
  })
})
