import { describe, expect, it } from 'vitest'
import { add, detach, exp, log, max, multiply, relu, tanh, type Tensor } from '../algebra/index.ts'
import { controllers } from '../controllers/index.ts'
import { memories } from '../memories/index.ts'
import { defineMemory, type Memory } from '../memories/memory.ts'
import { buildModel, type Model } from '../model.ts'
import { bounded, uniform } from '../parameters.ts'
import { INPUTS, lively } from './drawn.ts'
import { gradientFaults, slopeOf, unusedParameters } from './gradient-laws.ts'
import { neuralQueue } from './neural-queue.ts'

const modelOf = (memory: Memory): Model =>
  buildModel({ controller: { id: 'elman', units: 3 }, memory: { id: memory.id } }, INPUTS, 'model', {
    controllers,
    memories: { [memory.id]: memory },
  })

/** A memory of one vector, made of the hidden vector and weights. */
const vectorMemory = (step: (hidden: Tensor, weights: Tensor, other: Tensor) => Tensor): Memory =>
  defineMemory({
    id: 'planted',
    title: 'Planted',
    source: 'made for this test',
    options: {},
    examples: [{}],
    params: ({ hidden }) => ({ first: { weights: uniform([hidden]) }, second: { weights: uniform([hidden]) } }),
    state: ({ hidden }) => ({ vector: [hidden] }),
    reading: ({ vector }) => vector,
    step: (_, hidden, p) => ({ state: { vector: step(hidden, p.first.weights, p.second.weights) } }),
  })

describe('the law of gradients', () => {
  it.each([
    ['neural queue', neuralQueue],
    ['stratification stack', memories['stratification-stack']!],
  ] as const)('holds for the %s, which is right and full of kinks, whatever the weights', (_, memory) => {
    const model = modelOf(memory)
    for (let seed = 1; seed <= 30; seed++) expect(gradientFaults(model, seed, 1, 5), `seed ${seed}`).toEqual([])
  })

  it('fails, in words, where a gradient is lost', () => {
    const faults = gradientFaults(
      modelOf(vectorMemory((x, a, b) => tanh(multiply(a, add(x, multiply(x, detach(tanh(b)))))))),
      7,
      2,
      6,
    )
    expect(faults.join('\n')).toMatch(
      /memory\.second\.weights\[\d\]: the derived gradient is 0, but the loss rises by .*detach/,
    )
  })

  it('fails where a number is not finite', () => {
    const root = (x: Tensor, a: Tensor, b: Tensor): Tensor =>
      tanh(add(multiply(a, x), multiply(b, multiply(1e200, multiply(1e200, relu(x))))))
    expect(gradientFaults(modelOf(vectorMemory(root)), 7, 2, 6).length).toBeGreaterThan(0)
  })

  it('measures slopes that are steep, and none at a kink', () => {
    expect(slopeOf(x => Math.exp(200 * x), 1)).toBeCloseTo(200, 3)
    expect(slopeOf(x => Math.abs(x - 1e-7), 1)).toBeNull()
    expect(slopeOf(x => Math.abs(x - 1e-4), 1)).toBeCloseTo(-1, 6)
  })

  it('lets elements that are equally large share the gradient of their maximum', () => {
    const tied = (x: Tensor, a: Tensor): Tensor => multiply(x, tanh(max(multiply(a, 0))))
    expect(gradientFaults(modelOf(vectorMemory(tied)), 7, 1, 3)).toEqual([])
  })
})

describe('the law of use', () => {
  it('names a group that the step does not use, and no other', () => {
    const unused = modelOf(vectorMemory((x, a) => tanh(multiply(a, x))))
    const used = modelOf(vectorMemory((x, a, b) => tanh(multiply(add(a, b), x))))
    expect(unusedParameters([unused])).toEqual([expect.stringContaining('memory.second.weights is declared, but')])
    expect(unusedParameters([unused, used])).toEqual([])
  })
})

it('weights that declare a range are drawn from it', () => {
  const memory = defineMemory({
    id: 'power',
    title: 'Power',
    source: 'made for this test',
    options: {},
    examples: [{}],
    params: ({ hidden }) => ({ exponent: { value: bounded([hidden], 1, [0.2, 3]) } }),
    state: ({ hidden }) => ({ vector: [hidden] }),
    reading: ({ vector }) => vector,
    step: (_, hidden, p) => ({
      state: { vector: exp(multiply(p.exponent.value, log(add(multiply(hidden, hidden), 1e-3)))) },
    }),
  })
  const model = modelOf(memory)
  const drawn = [1, 2, 3, 4, 5, 6, 7, 8].flatMap(seed => [...lively(model, seed).get('memory.exponent.value')!])
  expect(Math.min(...drawn)).toBeGreaterThan(0.2)
  expect(Math.max(...drawn)).toBeLessThan(3)
  expect(Math.max(...drawn) - Math.min(...drawn)).toBeGreaterThan(1.5)
  expect(gradientFaults(model, 7, 2, 6)).toEqual([])
})
