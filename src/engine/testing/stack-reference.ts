import { expect } from 'vitest'
import { chance } from '../chance.ts'
import { int } from '../../shared/options.ts'
import { concat } from '../algebra/index.ts'
import { defineController } from '../controllers/controller.ts'
import { Interpreter } from '../devices/interpreter/interpreter.ts'
import type { Memory } from '../memories/memory.ts'
import { buildModel, reverse } from '../model.ts'
import { float64 } from './float64.ts'
import { runsOf, type Rules, type Run } from './pushdown-automaton.ts'

/** A nondeterministic stack as its definition puts it: a sum over all runs, written out. */
export interface Definition extends Rules {
  /** Whether moves from each state and symbol are normalised to a distribution. */
  readonly normalised?: boolean
  /** Whether runs from other pairs of state and bottom symbol contribute to the reading too, though their weight does not count in the sum that it is divided by. */
  readonly fromEverywhere?: boolean
  /** What a run contributes to the reading, at positions of the reading; pushed[0] is the bottom vector. */
  contribution(
    run: Run,
    pushed: readonly (readonly number[])[],
  ): readonly (readonly [position: number, value: number, vector?: { at: number; unit: number }])[]
}

interface Reading {
  readonly value: number[]
  /** by step, row, column */ readonly byScore: number[][][][]
  /** by pushed vector, unit */ readonly byVector: number[][][]
}

/** Reading after `scores.length` steps, and its derivatives by the scores (logits, [step][row][column]) and by the pushed vectors. */
export function readingOf(
  definition: Definition,
  size: number,
  scores: readonly (readonly (readonly number[])[])[],
  pushed: readonly (readonly number[])[],
): Reading {
  const weights = scores.map(rows =>
    rows.map(row => {
      const total = definition.normalised ? row.reduce((sum, score) => sum + Math.exp(score), 0) : 1
      return row.map(score => Math.exp(score) / total)
    }),
  )
  const zeros = (): number[][][] => weights.map(rows => rows.map(row => row.map(() => 0)))
  const numerator = Array<number>(size).fill(0)
  let total = 0
  // Derivatives by the logarithm of each weight.
  const numeratorBy = numerator.map(zeros),
    totalBy = zeros()
  const byVector = numerator.map(() => pushed.map(vector => vector.map(() => 0)))
  const starts = definition.fromEverywhere ? range(definition.states * definition.alphabet) : [0]
  for (const run of runsOf(definition, scores.length, starts)) {
    const weight = run.used.reduce((product, { row, column }, step) => product * weights[step]![row]![column]!, 1)
    if (run.start === 0) {
      total += weight
      run.used.forEach(({ row, column }, step) => {
        totalBy[step]![row]![column]! += weight
      })
    }
    for (const [position, value, vector] of definition.contribution(run, pushed)) {
      numerator[position]! += weight * value
      run.used.forEach(({ row, column }, step) => {
        numeratorBy[position]![step]![row]![column]! += weight * value
      })
      if (vector) byVector[position]![vector.at]![vector.unit]! += weight
    }
  }
  const value = numerator.map(part => part / total)
  const byScore = numeratorBy.map((table, position) =>
    table.map((rows, step) =>
      rows.map((row, r) => {
        const byLogWeight = row.map((own, column) => (own - value[position]! * totalBy[step]![r]![column]!) / total)
        if (!definition.normalised) return byLogWeight
        const sum = byLogWeight.reduce((a, b) => a + b, 0)
        return byLogWeight.map((own, column) => own - weights[step]![r]![column]! * sum)
      }),
    ),
  )
  return { value, byScore, byVector: byVector.map(table => table.map(vector => vector.map(own => own / total))) }
}

/** Its output is the symbol that was read, one-hot, and what the memory gave: every step has scores and values of its own. */
const repeater = defineController({
  id: 'repeater',
  title: 'Repeater',
  source: 'tests',
  options: { units: int({ default: 1, doc: 'input symbols and units of the reading' }) },
  examples: [],
  params: () => ({}),
  state: ({ units }) => ({ output: [units] }),
  output: ({ output }) => output,
  step: (_, input, reading) => ({ state: { output: concat([input, reading!]) } }),
})

const SYMBOLS = 5
const range = (size: number): number[] => Array.from({ length: size }, (_, k) => k)
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const close = (found: number, expected: number, what: string): void =>
  expect(Math.abs(found - expected), `${what} is ${found}, should be ${expected}`).toBeLessThan(1e-9)

/** Readings and gradients of `memory` in float64 against the sum over all runs, to 1e-9. The reading has `size` units, a pushed vector `width`. */
export function agreesWithAllRuns(
  memory: Memory,
  options: Readonly<Record<string, unknown>>,
  definition: Definition,
  size: number,
  width = 0,
): void {
  const units = SYMBOLS + size
  const model = buildModel(
    { controller: { id: 'repeater', units }, memory: { id: 'memory', ...options } },
    SYMBOLS,
    'model',
    { controllers: { repeater }, memories: { memory } },
  )
  const draw = chance(41)
  const weights = new Map(
    model.parameters.map(({ name, shape }) => [
      name,
      Float64Array.from({ length: shape.reduce((a, b) => a * b) }, (_, k) =>
        // What the memory does depends on the symbol alone.
        name.startsWith('memory.') && name.endsWith('.weights') && k % units >= SYMBOLS
          ? 0
          : 3 * (draw.uniform() - 0.5),
      ),
    ]),
  )
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]))
  const read = (name: string) => ({ values: weights.get(name)!, shape: shapes.get(name)! })
  const interpreter = new Interpreter(model, float64)
  const string = range(SYMBOLS)

  const linear = (group: string, rows: number): number[][] =>
    string.map(symbol =>
      range(rows).map(
        k => weights.get(`memory.${group}.weights`)![k * units + symbol]! + weights.get(`memory.${group}.bias`)![k]!,
      ),
    )
  const { states: Q, alphabet: S } = definition
  const columns = (2 * S + 1) * Q
  const scores = linear('operations', Q * S * columns).map(flat =>
    range(Q * S).map(row => flat.slice(row * columns, (row + 1) * columns)),
  )
  const pushed =
    width === 0
      ? []
      : [[...weights.get('memory.bottom.vector')!], ...linear('push', width)].map(vector => vector.map(sigmoid))
  const readings = string.map(steps => readingOf(definition, size, scores.slice(0, steps), pushed.slice(0, steps + 1)))

  const found = interpreter
    .follow(string, read, 'step', [model.graph.trace.get('memory.reading')!])
    .map(step => step[0]!)
  readings.forEach(({ value }, steps) =>
    value.forEach((own, k) => close(found[steps]![k]!, own, `reading ${k} after ${steps} steps`)),
  )

  const classifier = weights.get('classifier.output.weights')!,
    bias = weights.get('classifier.output.bias')!
  const expected = new Map(model.parameters.map(({ name }) => [name, new Float64Array(weights.get(name)!.length)]))
  const addTo = (name: string, k: number, value: number): void => {
    expected.get(name)![k]! += value
  }
  const addLinear = (group: string, k: number, symbol: number, value: number): void => {
    addTo(`memory.${group}.weights`, k * units + symbol, value)
    addTo(`memory.${group}.bias`, k, value)
  }
  readings.forEach(({ value, byScore, byVector }, steps) => {
    const output = [...range(SYMBOLS).map(symbol => Number(symbol === steps)), ...value]
    const logits = [...bias].map(
      (own, k) => own + output.reduce((sum, unit, column) => sum + unit * classifier[k * units + column]!, 0),
    )
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0)
    const byLogit = logits.map((logit, k) => Math.exp(logit) / total - Number(k === steps + 1))
    value.forEach((_, position) => {
      const own = byLogit.reduce((sum, slope, k) => sum + slope * classifier[k * units + SYMBOLS + position]!, 0)
      byScore[position]!.forEach((table, step) =>
        table.flat().forEach((slope, k) => addLinear('operations', k, step, own * slope)),
      )
      byVector[position]!.forEach((vector, at) =>
        vector.forEach((slope, unit) => {
          const score = own * slope * pushed[at]![unit]! * (1 - pushed[at]![unit]!)
          if (at === 0) addTo('memory.bottom.vector', unit, score)
          else addLinear('push', unit, at - 1, score)
        }),
      )
    })
  })
  const { gradients } = interpreter.gradients([string], read, reverse(model, new Set(shapes.keys())))
  for (const [name, values] of expected) {
    if (!name.startsWith('memory.')) continue
    values.forEach((own, k) => {
      if (!name.endsWith('.weights') || k % units < SYMBOLS) close(gradients.get(name)![k]!, own, `${name}[${k}]`)
    })
  }
}
