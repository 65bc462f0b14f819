import { describe, expect, it } from 'vitest'
import { buildModel, type Model } from '../../model.ts'
import { lively, randomBatch, relativeError } from '../../testing/model-laws.ts'
import { WasmExecutor } from './executor.ts'

const lstm = (memory: { id: string; [option: string]: unknown }): Model =>
  buildModel({ controller: { id: 'lstm', units: 20 }, memory }, 3)

function open(model: Model): WasmExecutor {
  const executor = new WasmExecutor(model, { id: 'adam' })
  for (const [name, values] of lively(model, 3))
    executor.write(
      name,
      values.map(value => value * 0.3),
    )
  return executor
}

describe('evaluation', () => {
  it('keeps two steps, not the whole string', () => {
    const short = open(lstm({ id: 'none' })),
      long = open(lstm({ id: 'none' }))
    short.evaluate(randomBatch(10, 100, 3, 1))
    const before = short.memoryBytes
    expect(Number.isFinite(long.evaluate(randomBatch(10, 5_000, 3, 1)).nats[0])).toBe(true)
    expect(long.memoryBytes - before).toBeLessThan(5_000 * 1_000)
  })

  it('of 2,000 steps of a stack equals that of the same string cut out of a batch of others', () => {
    const executor = open(lstm({ id: 'superposition-stack', widths: [2] }))
    const batch = randomBatch(3, 2_000, 3, 5)
    const { nats } = executor.evaluate(batch)
    const alone = executor.evaluate({ size: 1, length: 2_000, symbols: batch.symbols.slice(4_000) })
    expect(relativeError(alone.nats, nats.slice(2))).toBeLessThan(1e-6)
  })

  it('of an empty string costs what the first prediction costs', () => {
    const executor = open(lstm({ id: 'superposition-stack' }))
    const { nats } = executor.evaluate({ size: 2, length: 0, symbols: new Int32Array(0) })
    const bias = executor.read('classifier.output.bias')
    const expected = Math.log([...bias].reduce((sum, value) => sum + Math.exp(value), 0)) - bias[3]!
    expect(nats[0]).toBeCloseTo(expected, 5)
    expect(nats[1]).toBe(nats[0])
  })
})

describe('batches larger than a block', () => {
  it.each([17, 33, 100])('%i strings train as the mean of their parts', size => {
    const executor = open(lstm({ id: 'superposition-stack', widths: [4] }))
    const batch = randomBatch(size, 6, 3, 9)
    const whole = executor.gradients(batch)
    const parts = Array.from({ length: size }, (_, k) =>
      executor.gradients({ size: 1, length: 6, symbols: batch.symbols.slice(k * 6, k * 6 + 6) }),
    )
    expect(whole.loss).toBeCloseTo(parts.reduce((sum, { loss }) => sum + loss, 0) / size, 4)
    for (const [name, values] of whole.gradients) {
      const mean = values.map((_, k) => parts.reduce((sum, { gradients }) => sum + gradients.get(name)![k]!, 0) / size)
      expect(relativeError(values, mean), name).toBeLessThan(1e-4)
    }
  })
})

describe('what is held for pairs of rows', () => {
  const stack = { id: 'nondeterministic-stack', states: 2, alphabet: 2 }

  it('takes the memory of the longest string, and says when that is too much', () => {
    const executor = open(lstm(stack))
    expect(Number.isFinite(executor.evaluate(randomBatch(2, 400, 3, 1)).nats[0])).toBe(true)
    expect(executor.memoryBytes).toBeLessThan(400 * 400 * 16 * 16 * 1.1)
    const before = executor.read('memory.operations.weights')
    expect(() => executor.evaluate(randomBatch(1, 5_000, 3, 1))).toThrow(
      'this model and string length need 6110 MiB; a WebAssembly memory holds at most 4096',
    )
    expect(executor.read('memory.operations.weights')).toEqual(before)
    expect(executor.evaluate(randomBatch(1, 0, 3, 1)).nats[0]).toBeGreaterThan(0)
  })

  it('takes memory as long as the string with a window', () => {
    const executor = open(lstm({ ...stack, window: 10 }))
    expect(Number.isFinite(executor.evaluate(randomBatch(1, 5_000, 3, 1)).nats[0])).toBe(true)
    expect(executor.memoryBytes).toBeLessThan(5_000 * 10 * 16 * 16 * 1.5)
  })
})

describe('freezing', () => {
  it('the memory of a model without one changes nothing, to the bit', () => {
    const model = lstm({ id: 'none' })
    const [full, frozen] = [open(model), open(model)]
    frozen.setTrainable(
      new Set(model.parameters.filter(({ component }) => component !== 'memory').map(({ name }) => name)),
    )
    for (let step = 0; step < 20; step++) {
      const batch = randomBatch(10, 10 + step, 3, step)
      expect(frozen.step(batch, { learningRate: 0.01, clipNorm: 5 })).toEqual(
        full.step(batch, { learningRate: 0.01, clipNorm: 5 }),
      )
    }
    for (const tensor of full.tensors) expect(frozen.read(tensor), tensor).toEqual(full.read(tensor))
  })

  it('everything leaves everything as it was', () => {
    const executor = open(lstm({ id: 'superposition-stack' }))
    const before = executor.tensors.map(tensor => executor.read(tensor))
    executor.setTrainable(new Set())
    const { loss, gradientNorm, componentNorms } = executor.step(randomBatch(4, 9, 3, 1), {
      learningRate: 0.01,
      clipNorm: 5,
    })
    expect(loss).toBeGreaterThan(0)
    expect([gradientNorm, componentNorms]).toEqual([0, {}])
    expect(executor.tensors.map(tensor => executor.read(tensor))).toEqual(before)
  })

  it('all but the classifier, only the classifier has a gradient', () => {
    const executor = open(lstm({ id: 'superposition-stack' }))
    executor.setTrainable(new Set(['classifier.output.weights', 'classifier.output.bias']))
    const { gradients, loss } = executor.gradients(randomBatch(4, 20, 3, 1))
    expect([...gradients.keys()]).toEqual(['classifier.output.weights', 'classifier.output.bias'])
    expect(loss).toBeGreaterThan(0)
    const { componentNorms } = executor.step(randomBatch(4, 20, 3, 1), { learningRate: 0.01, clipNorm: 5 })
    expect(Object.keys(componentNorms)).toEqual(['classifier'])
  })
})

it('names a tensor that is not there, and values that do not fit', () => {
  const executor = open(lstm({ id: 'none' }))
  expect(() => executor.read('memory.push.bias')).toThrow('there is no tensor memory.push.bias')
  expect(() => executor.read('velocity:classifier.output.bias')).toThrow(
    'there is no tensor velocity:classifier.output.bias',
  )
  expect(() => executor.write('classifier.output.bias', new Float32Array(3))).toThrow(
    'classifier.output.bias has 4 values; 3 were given',
  )
})
