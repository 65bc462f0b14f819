import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { InterpretedExecutor } from '../devices/interpreter/executor.ts'
import { buildModel } from '../model.ts'
import { float64 } from '../testing/float64.ts'
import { lively } from '../testing/model-laws.ts'
import { concerns } from '../testing/parts.ts'
import { controllers } from './index.ts'

const UNITS = 4,
  INPUTS = 3
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** Rows of `weights` times `vector`, plus a bias. */
function affine(weights: ArrayLike<number>, bias: ArrayLike<number>, vector: readonly number[]): number[] {
  return Array.from({ length: bias.length }, (_, row) =>
    vector.reduce((sum, value, column) => sum + weights[row * vector.length + column]! * value, bias[row]!),
  )
}

interface Layer {
  below(vector: readonly number[]): number[]
  own(hidden: readonly number[]): number[]
}

/** One step of one layer as its paper and PyTorch's documentation write it. State: [hidden, cell]. */
const slowSteps: Record<
  string,
  (layer: Layer, input: readonly number[], state: [number[], number[]]) => [number[], number[]]
> = {
  elman(layer, input, [hidden]) {
    const [a, b] = [layer.below(input), layer.own(hidden)]
    return [a.map((value, k) => Math.tanh(value + b[k]!)), []]
  },
  gru(layer, input, [hidden]) {
    const [a, b] = [layer.below(input), layer.own(hidden)]
    const next = hidden.map((before, k) => {
      const reset = sigmoid(a[k]! + b[k]!),
        update = sigmoid(a[UNITS + k]! + b[UNITS + k]!)
      const fresh = Math.tanh(a[2 * UNITS + k]! + reset * b[2 * UNITS + k]!)
      return (1 - update) * fresh + update * before
    })
    return [next, []]
  },
  lstm(layer, input, [hidden, cell]) {
    const [a, b] = [layer.below(input), layer.own(hidden)]
    const gate = (block: number, k: number): number => a[block * UNITS + k]! + b[block * UNITS + k]!
    const nextCell = cell.map((before, k) => sigmoid(gate(1, k)) * before + sigmoid(gate(0, k)) * Math.tanh(gate(2, k)))
    return [nextCell.map((value, k) => sigmoid(gate(3, k)) * Math.tanh(value)), nextCell]
  },
}

it('has a slow step for every controller without a test of its own', () => {
  const without = Object.keys(controllers).filter(id => !existsSync(`${import.meta.dirname}/${id}.test.ts`))
  expect(Object.keys(slowSteps).sort()).toEqual(without)
})

describe.each(Object.keys(slowSteps).filter(id => concerns(`controllers/${id}`)))('%s', id => {
  it.each([1, 2, 3])('with %i layers equals its equations', layers => {
    const model = buildModel({ controller: { id, units: UNITS, layers }, memory: { id: 'none' } }, INPUTS)
    const executor = new InterpretedExecutor(model, { id: 'sgd' }, float64)
    const weights = lively(model, 41)
    for (const [name, values] of weights) executor.write(name, values)
    const stack = Array.from({ length: layers }, (_, k): Layer => {
      const [input, hidden] = [`controller.input${k ? k + 1 : ''}`, `controller.hidden${k ? k + 1 : ''}`]
      const at = (group: string, vector: readonly number[]): number[] =>
        affine(weights.get(`${group}.weights`)!, weights.get(`${group}.bias`)!, vector)
      return { below: vector => at(input, vector), own: vector => at(hidden, vector) }
    })
    const symbols = [2, 0, 1, 1, 2]
    const traced = executor.trace(Int32Array.from(symbols))[`controller.hidden${layers > 1 ? layers : ''}`]!.data
    const states = stack.map((): [number[], number[]] => [Array<number>(UNITS).fill(0), Array<number>(UNITS).fill(0)])
    symbols.forEach((symbol, t) => {
      let below = Array.from({ length: INPUTS }, (_, k) => Number(k === symbol))
      stack.forEach((layer, k) => {
        states[k] = slowSteps[id]!(layer, below, states[k]!)
        below = states[k]![0]
      })
      below.forEach((value, k) => expect(traced[(t + 1) * UNITS + k]).toBeCloseTo(value, 6))
    })
  })

  it('reads the memory in its first layer only', () => {
    const { parameters } = buildModel(
      { controller: { id, units: UNITS, layers: 2 }, memory: { id: 'superposition-stack', widths: [5] } },
      INPUTS,
    )
    const readers = parameters.filter(({ name }) => name.includes('reading'))
    expect(readers.map(({ name, shape }) => [name, shape[1]])).toEqual([['controller.reading.weights', 5]])
  })
})
