import { describe, expect, it } from 'vitest'
import { chance } from '../chance.ts'
import { WasmExecutor } from '../devices/wasm/executor.ts'
import { buildModel } from '../model.ts'
import { driveMemory, scripted } from '../testing/drive.ts'
import { logSpaceReadings, logSpaceWeights } from '../testing/log-space-runs.ts'
import { agreesWithAllRuns, type Definition } from '../testing/stack-reference.ts'
import { close, studyScores } from '../testing/stack-golden.ts'
import stack from './nondeterministic-stack.ts'

function readings(options: object): number[][] {
  const { hiddens, weights } = scripted(studyScores)
  return driveMemory(stack, { states: 2, alphabet: 2, ...options }, hiddens, {
    'operations.weights': weights,
    'operations.bias': Array<number>(40).fill(0),
  }).map(({ reading }) => reading)
}

const OPEN = [
  [1, 0, 0, 0],
  [0.226895, 0.410815, 0.269226, 0.093065],
  [0.42374, 0.280972, 0.198335, 0.096953],
  [0.423906, 0.208952, 0.176928, 0.190214],
  [0.365112, 0.148765, 0.187639, 0.298484],
  [0.246091, 0.137102, 0.235927, 0.38088],
]

describe('nondeterministic stack', () => {
  it('gives the readings of the study', () => close(readings({}), OPEN))

  it('gives those of the older bottom behaviour', () =>
    close(readings({ bottom: 'sealed' }), [
      [1, 0, 0, 0],
      [0.339401, 0.442421, 0.152204, 0.065975],
      [0.431576, 0.338898, 0.128282, 0.101243],
      [0.426181, 0.229451, 0.140359, 0.204009],
      [0.34806, 0.165043, 0.169228, 0.317668],
      [0.225448, 0.149552, 0.232046, 0.392954],
    ]))

  it('gives those of a window of three steps', () =>
    close(readings({ window: 3 }), [
      ...OPEN.slice(0, 3),
      [0.435539, 0.215955, 0.127661, 0.220845],
      [0.344369, 0.144758, 0.165071, 0.345803],
      [0.185306, 0.129625, 0.254009, 0.431061],
    ]))

  it('gives the same with a window as long as the string', () => {
    for (const bottom of ['open', 'sealed']) expect(readings({ bottom, window: 6 })).toEqual(readings({ bottom }))
  })

  it('reads the symbols alone when asked to', () => {
    readings({ reading: 'symbols' }).forEach((found, k) =>
      close([found], [[OPEN[k]![0]! + OPEN[k]![2]!, OPEN[k]![1]! + OPEN[k]![3]!]]),
    )
  })

  it("has a reference, the recurrences in logarithms, that gives the study's readings and its weights", () => {
    const rows = (flat: readonly number[], from: number, count: number): number[][] =>
      [0, 1, 2, 3].map(row => flat.slice(10 * row + from, 10 * row + from + count))
    const table = (flat: readonly number[], from: number): number[][][][] =>
      [
        [0, 1],
        [2, 3],
      ].map(pairs => pairs.map(pair => [0, 2].map(r => rows(flat, from, 4)[pair]!.slice(r, r + 2))))
    const steps = studyScores.map(flat => ({
      push: table(flat, 0),
      replace: table(flat, 4),
      pop: [
        [0, 1],
        [2, 3],
      ].map(pairs => pairs.map(pair => rows(flat, 8, 2)[pair]!)),
    }))
    close(
      logSpaceReadings(2, 2, steps).map(reading => reading.flat()),
      OPEN,
    )
    close(logSpaceWeights(2, 2, steps)[5]!, [
      [10.800341, 10.215363],
      [10.758162, 11.237123],
    ])
  })

  it('is as exact in float32 as the recurrences in logarithms, far from uniform and over 80 steps', () => {
    const [states, alphabet, length] = [2, 2, 80]
    const model = buildModel(
      { controller: { id: 'lstm', units: 8 }, memory: { id: 'nondeterministic-stack', states, alphabet } },
      3,
    )
    const executor = new WasmExecutor(model, { id: 'sgd' })
    const draw = chance(17)
    for (const { name, shape } of model.parameters) {
      // Scores of the moves then have a standard deviation of 7.
      const scale = name.startsWith('memory.operations') ? 20 : 4
      executor.write(
        name,
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => scale * (draw.uniform() - 0.5)),
      )
    }
    const trace = executor.trace(Int32Array.from({ length }, () => draw.integer(3)))
    const logs = (name: string, step: number, columns: number) => {
      const size = states * alphabet * columns
      const values = [...trace[`memory.${name}Weights`]!.data.subarray(step * size, (step + 1) * size)].map(Math.log)
      return Array.from({ length: states }, (_, q) =>
        Array.from({ length: alphabet }, (_, x) =>
          values.slice((q * alphabet + x) * columns, (q * alphabet + x + 1) * columns),
        ),
      )
    }
    const square = (table: number[][][]) =>
      table.map(rows =>
        rows.map(row => Array.from({ length: states }, (_, r) => row.slice(r * alphabet, (r + 1) * alphabet))),
      )
    const steps = Array.from({ length }, (_, k) => ({
      push: square(logs('push', k + 1, states * alphabet)),
      replace: square(logs('replace', k + 1, states * alphabet)),
      pop: logs('pop', k + 1, states),
    }))
    const scores = steps.flatMap(({ push, pop }) => [...push.flat(3), ...pop.flat(2)])
    const mean = scores.reduce((a, b) => a + b) / scores.length
    expect(Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length)).toBeGreaterThan(5)
    logSpaceReadings(states, alphabet, steps)
      .slice(1)
      .forEach((table, k) =>
        table.flat().forEach((share, pair) => {
          expect(
            Math.abs(trace['memory.distribution']!.data[(k + 1) * states * alphabet + pair]! - share),
          ).toBeLessThan(1e-6)
        }),
      )
  })

  const byPair =
    (alphabet: number): Definition['contribution'] =>
    ({ state, stack: elements }) => [[state * alphabet + elements.at(-1)!.symbol, 1]]
  it.each([
    { states: 2, alphabet: 2 },
    { states: 1, alphabet: 3 },
    { states: 3, alphabet: 1 },
    { states: 2, alphabet: 2, window: 2 },
    { states: 2, alphabet: 2, window: 1 },
    { states: 2, alphabet: 2, window: 3, bottom: 'sealed' },
    { states: 2, alphabet: 2, bottom: 'sealed' },
  ])('sums over all runs: readings and gradients for %j', ({ bottom, ...rules }) => {
    agreesWithAllRuns(
      stack,
      { ...rules, ...(bottom ? { bottom } : {}) },
      { ...rules, sealed: bottom === 'sealed', contribution: byPair(rules.alphabet) },
      rules.states * rules.alphabet,
    )
  })
})
