import { LabError } from '../../shared/errors.ts'
import type { Component } from '../../shared/run-events.ts'
import type { Batch, BatchScore } from '../devices/device.ts'
import { listParameters, uniform, xavier, zeros, type ParameterInfo } from '../parameters.ts'
import type { LocalTrainee } from '../train/weights.ts'

/**
 * A small model that really learns, without the algebra: hidden = tanh(controller[previous symbol] + memory[symbol before that] + bias),
 * logits = classifier · hidden + bias. Three components, true gradients, optimizer slots and counts by name.
 */
export interface FakeExecutor extends LocalTrainee {
  readonly tensors: readonly string[]
}

const HIDDEN = 5
const INPUT = 'controller.input.weights'
const RECALL = 'memory.recall.weights'
const RECALL_BIAS = 'memory.recall.bias'
const OUTPUT = 'classifier.output.weights'
const OUTPUT_BIAS = 'classifier.output.bias'

/** @param inputs input symbols; row `inputs` of the two tables stands for the time before the string. */
export function fakeParameters(inputs = 3): ParameterInfo[] {
  return [
    ...listParameters('controller', { input: { weights: uniform([inputs + 1, HIDDEN], 0.5) } }),
    ...listParameters('memory', { recall: { weights: uniform([inputs + 1, HIDDEN], 0.5), bias: uniform([HIDDEN]) } }),
    ...listParameters('classifier', { output: { weights: xavier([inputs + 1, HIDDEN]), bias: zeros([inputs + 1]) } }),
  ]
}

interface Rule {
  slots: string[]
  update(weight: number, gradient: number, slots: Float32Array[], i: number, rate: number, count: number): number
}

export const FAKE_OPTIMIZERS = {
  sgd: { slots: [], update: (weight, gradient, _, __, rate) => weight - rate * gradient },
  momentum: {
    slots: ['velocity'],
    update(weight, gradient, [velocity], i, rate) {
      velocity![i] = 0.9 * velocity![i]! + gradient
      return weight - rate * velocity![i]!
    },
  },
  adam: {
    slots: ['mean', 'square'],
    update(weight, gradient, [mean, square], i, rate, count) {
      mean![i] = 0.9 * mean![i]! + 0.1 * gradient
      square![i] = 0.999 * square![i]! + 0.001 * gradient * gradient
      return weight - (rate * mean![i]!) / (1 - 0.9 ** count) / (Math.sqrt(square![i]! / (1 - 0.999 ** count)) + 1e-8)
    },
  },
} as const satisfies Record<string, Rule>

type Gradients = Map<string, Float32Array>

export function fakeExecutor({ inputs = 3, optimizer = 'adam' as keyof typeof FAKE_OPTIMIZERS } = {}): FakeExecutor {
  const parameters = fakeParameters(inputs)
  const rule: Rule = FAKE_OPTIMIZERS[optimizer]
  const sizes = parameters.map(({ name, shape }) => [name, shape.reduce((a, b) => a * b, 1)] as const)
  const tensors = new Map<string, Float32Array>(sizes.map(([name, size]) => [name, new Float32Array(size)]))
  for (const slot of rule.slots)
    for (const [name, size] of sizes) tensors.set(`${slot}:${name}`, new Float32Array(size))
  const counts = new Map(parameters.map(({ name }) => [name, 0]))
  let trainable: ReadonlySet<string> = new Set(counts.keys())

  function tensor(name: string): Float32Array {
    const found = tensors.get(name)
    if (!found) throw new LabError('unknown-tensor', `There is no tensor ${name}.`)
    return found
  }

  const weights = {
    input: tensor(INPUT),
    recall: tensor(RECALL),
    recallBias: tensor(RECALL_BIAS),
    output: tensor(OUTPUT),
    outputBias: tensor(OUTPUT_BIAS),
  }
  const passes = (batch: Batch, at: (prediction: Prediction) => void): void => forward(weights, inputs, batch, at)

  function gradients(batch: Batch): { loss: number; gradients: Gradients } {
    const found: Gradients = new Map(
      sizes.filter(([name]) => trainable.has(name)).map(([name, size]) => [name, new Float32Array(size)]),
    )
    let loss = 0
    passes(batch, prediction => {
      loss -= Math.log(prediction.probabilities[prediction.target]!) / batch.size
      backward(weights, prediction, 1 / batch.size, found)
    })
    return { loss, gradients: found }
  }

  function update(name: string, gradient: Float32Array, rate: number, scale: number): void {
    const values = tensor(name)
    const slots = rule.slots.map(slot => tensor(`${slot}:${name}`))
    const count = counts.get(name)! + 1
    counts.set(name, count)
    for (let i = 0; i < values.length; i++)
      values[i] = rule.update(values[i]!, gradient[i]! * scale, slots, i, rate, count)
  }

  return {
    model: { parameters },
    tensors: [...tensors.keys()],
    read: name => tensor(name).slice(),
    write: (name, values) => tensor(name).set(values),
    counts: () => Object.fromEntries(counts),
    setCounts(given) {
      for (const [name, count] of Object.entries(given)) counts.set(name, count)
    },
    setTrainable(names) {
      trainable = new Set(names)
    },
    step(batch, { learningRate, clipNorm }) {
      const { loss, gradients: found } = gradients(batch)
      const componentNorms = normsOf(parameters, found)
      const gradientNorm = Math.hypot(...Object.values(componentNorms))
      const scale = clipNorm !== null && gradientNorm > clipNorm ? clipNorm / gradientNorm : 1
      for (const [name, gradient] of found) update(name, gradient, learningRate, scale)
      return { loss, gradientNorm, componentNorms }
    },
    gradients,
    evaluate(batch) {
      const score: BatchScore = { nats: new Float64Array(batch.size), correct: new Int32Array(batch.size) }
      passes(batch, ({ row, target, probabilities }) => {
        score.nats[row]! -= Math.log(probabilities[target]!)
        if (probabilities.indexOf(Math.max(...probabilities)) === target) score.correct[row]! += 1
      })
      return score
    },
    dispose() {},
  }
}

interface Weights {
  input: Float32Array
  recall: Float32Array
  recallBias: Float32Array
  output: Float32Array
  outputBias: Float32Array
}
interface Prediction {
  row: number
  target: number
  previous: number
  earlier: number
  hidden: number[]
  probabilities: number[]
}

function forward(
  { input, recall, recallBias, output, outputBias }: Weights,
  inputs: number,
  { size, length, symbols }: Batch,
  at: (prediction: Prediction) => void,
): void {
  const symbol = (row: number, t: number): number => (t < 0 ? inputs : symbols[row * length + t]!)
  for (let row = 0; row < size; row++) {
    for (let t = 0; t <= length; t++) {
      const previous = symbol(row, t - 1)
      const earlier = symbol(row, t - 2)
      const hidden = Array.from(recallBias, (bias, k) =>
        Math.tanh(input[previous * HIDDEN + k]! + recall[earlier * HIDDEN + k]! + bias),
      )
      const logits = Array.from(outputBias, (bias, o) =>
        hidden.reduce((sum, unit, k) => sum + output[o * HIDDEN + k]! * unit, bias),
      )
      const largest = Math.max(...logits)
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0)
      const target = t === length ? inputs : symbol(row, t)
      at({
        row,
        target,
        previous,
        earlier,
        hidden,
        probabilities: logits.map(logit => Math.exp(logit - largest) / total),
      })
    }
  }
}

function backward(
  { output }: Weights,
  { target, previous, earlier, hidden, probabilities }: Prediction,
  weight: number,
  into: Gradients,
): void {
  const atLogits = probabilities.map((probability, o) => weight * (probability - (o === target ? 1 : 0)))
  const atSums = hidden.map(
    (unit, k) =>
      (1 - unit * unit) * atLogits.reduce((sum, derivative, o) => sum + derivative * output[o * HIDDEN + k]!, 0),
  )
  accumulate(into.get(OUTPUT_BIAS), 0, atLogits)
  atLogits.forEach((derivative, o) =>
    accumulate(
      into.get(OUTPUT),
      o * HIDDEN,
      hidden.map(unit => derivative * unit),
    ),
  )
  accumulate(into.get(INPUT), previous * HIDDEN, atSums)
  accumulate(into.get(RECALL), earlier * HIDDEN, atSums)
  accumulate(into.get(RECALL_BIAS), 0, atSums)
}

function accumulate(sum: Float32Array | undefined, from: number, terms: readonly number[]): void {
  if (sum)
    terms.forEach((term, i) => {
      sum[from + i]! += term
    })
}

function normsOf(parameters: readonly ParameterInfo[], gradients: Gradients): Partial<Record<Component, number>> {
  const norms: Partial<Record<Component, number>> = {}
  for (const { name, component } of parameters) {
    const gradient = gradients.get(name)
    if (gradient) norms[component] = Math.hypot(norms[component] ?? 0, ...gradient)
  }
  return norms
}
