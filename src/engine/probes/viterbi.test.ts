import { describe, expect, it } from 'vitest'
import { chance } from '../chance.ts'
import { WasmExecutor } from '../devices/wasm/executor.ts'
import { buildModel } from '../model.ts'
import { runsOf, type Rules, type Run } from '../testing/pushdown-automaton.ts'
import { mostLikelyRun, tracedMoves, type MoveWeights } from './viterbi.ts'

function randomWeights({ states: Q, alphabet: S }: Rules, steps: number, seed: number): MoveWeights {
  const draw = chance(seed)
  const some = (size: number): Float64Array =>
    Float64Array.from({ length: steps * size }, () => Math.exp(4 * draw.uniform()))
  return {
    states: Q,
    alphabet: S,
    steps,
    push: some(Q * S * Q * S),
    replace: some(Q * S * Q * S),
    pop: some(Q * S * Q),
  }
}

/** The best of all runs, one by one. */
function bruteForce(rules: Rules, weights: MoveWeights): { run: Run; logWeight: number } | undefined {
  const { states: Q, alphabet: S, push, replace, pop, steps } = weights
  const pairs = Q * S
  const logOf = ({ used }: Run): number =>
    used.reduce((sum, { row, column }, step) => {
      const value =
        column < pairs
          ? push[(step * pairs + row) * pairs + column]!
          : column < 2 * pairs
            ? replace[(step * pairs + row) * pairs + column - pairs]!
            : pop[(step * pairs + row) * Q + column - 2 * pairs]!
      return sum + Math.log(value)
    }, 0)
  return runsOf(rules, steps)
    .map(run => ({ run, logWeight: logOf(run) }))
    .reduce<{ run: Run; logWeight: number } | undefined>(
      (best, own) => (best && best.logWeight >= own.logWeight ? best : own),
      undefined,
    )
}

const moves = ({ moves: own }: Run, rules: Rules) => {
  const stack = [0]
  return own.map(move => {
    if (move.kind === 'push') stack.push(move.symbol)
    else if (move.kind === 'pop') stack.pop()
    else stack[stack.length - 1] = move.symbol
    expect(stack.at(-1)).toBeLessThan(rules.alphabet)
    return { kind: move.kind, state: move.state, symbol: stack.at(-1), height: stack.length }
  })
}

describe('the most likely run', () => {
  const settings: Rules[] = [
    { states: 2, alphabet: 2 },
    { states: 1, alphabet: 3 },
    { states: 3, alphabet: 1 },
    { states: 2, alphabet: 2, sealed: true },
    { states: 2, alphabet: 2, window: 2 },
    { states: 2, alphabet: 2, window: 3, sealed: true },
    { states: 1, alphabet: 2, window: 1 },
  ]
  it.each(settings)('is the best of all runs one by one, for %j', rules => {
    for (let seed = 0; seed < 6; seed++) {
      for (const steps of [0, 1, 2, 4, rules.states * rules.alphabet < 4 ? 5 : 4]) {
        const weights = randomWeights(rules, steps, 10 * seed + steps)
        const expected = bruteForce(rules, weights)!,
          found = mostLikelyRun(weights, rules)!
        expect(found.logWeight).toBeCloseTo(expected.logWeight, 9)
        expect(found.moves).toEqual(moves(expected.run, rules))
      }
    }
  })

  it('is undefined when no run has any weight', () => {
    const weights = { ...randomWeights({ states: 1, alphabet: 1 }, 2, 1), push: [0, 0], replace: [0, 0] }
    expect(mostLikelyRun(weights)).toBeUndefined()
  })

  it('goes back through a long string: what is pushed in the first half is popped in the second', () => {
    const half = 40,
      steps = 2 * half
    const at = (step: number, value: number): number => (step < half ? value : 1 - value)
    const weights: MoveWeights = {
      states: 1,
      alphabet: 2,
      steps,
      // In the first half, 1 is pushed whatever is on top; in the second, it is popped.
      push: Array.from({ length: steps }, (_, step) => [0, at(step, 0.9), 0, at(step, 0.9)]).flat(),
      replace: Array<number>(4 * steps).fill(1e-3),
      pop: Array.from({ length: steps }, (_, step) => [0.01, at(step, 0.1)]).flat(),
    }
    const { moves: found, logWeight } = mostLikelyRun(weights)!
    expect(found.map(({ kind }) => kind)).toEqual([
      ...Array<string>(half).fill('push'),
      ...Array<string>(half).fill('pop'),
    ])
    expect(found.map(({ height }) => height)).toEqual([
      ...Array.from({ length: half }, (_, k) => k + 2),
      ...Array.from({ length: half }, (_, k) => half - k),
    ])
    expect(logWeight).toBeCloseTo(steps * Math.log(0.9), 9)
  })

  it('is read from the trace of a nondeterministic stack, and of no other memory', () => {
    const rules = { states: 2, alphabet: 2, window: 3 }
    for (const id of ['nondeterministic-stack', 'vector-nondeterministic-stack']) {
      const executor = new WasmExecutor(
        buildModel({ controller: { id: 'lstm', units: 4 }, memory: { id, ...rules } }, 2),
        { id: 'sgd' },
      )
      const draw = chance(3)
      for (const { name, shape } of executor.model.parameters)
        executor.write(
          name,
          Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => 6 * (draw.uniform() - 0.5)),
        )
      const weights = tracedMoves(executor.trace(Int32Array.of(0, 1, 1, 0)))!
      expect([weights.steps, weights.push.length, weights.pop.length]).toEqual([4, 64, 32])
      expect(mostLikelyRun(weights, rules)!.moves).toEqual(moves(bruteForce(rules, weights)!.run, rules))
    }
    const other = new WasmExecutor(
      buildModel({ controller: { id: 'lstm', units: 4 }, memory: { id: 'stratification-stack' } }, 2),
      { id: 'sgd' },
    )
    expect(tracedMoves(other.trace(Int32Array.of(0, 1)))).toBeUndefined()
  })
})
