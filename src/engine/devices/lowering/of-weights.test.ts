import { describe, expect, it } from 'vitest'
import { controllers } from '../../controllers/index.ts'
import { buildModel, type Model } from '../../model.ts'
import { INPUTS, lively, randomBatch } from '../../testing/drawn.ts'
import { float64 } from '../../testing/float64.ts'
import { relativeError } from '../../testing/model-laws.ts'
import { stateSpace } from '../../testing/state-space.ts'
import { InterpretedExecutor } from '../interpreter/executor.ts'
import { WasmExecutor } from '../wasm/executor.ts'
import { madeOfWeights } from './of-weights.ts'

const modelOf = (channels: number, order: number): Model =>
  buildModel({ controller: { id: 'elman', units: 5 }, memory: { id: 'state-space' } }, INPUTS, 'model', {
    controllers,
    memories: { 'state-space': stateSpace(channels, order) },
  })

const made = ({ graph }: Model): string[] =>
  [...madeOfWeights([...graph.next.values(), graph.nats])].map(
    ({ op, shape }) => `${'f' in op ? op.f : op.kind} [${shape.join()}]`,
  )

describe('what is made of parameters alone', () => {
  it('is found, small or beside large products', () => {
    expect(made(modelOf(3, 4)).toSorted()).toEqual(['exp [3,4]', 'multiply [3,4]'])
    expect(made(modelOf(64, 32))).toHaveLength(2)
  })

  it('is nothing in a model whose cells use their weights as they are', () => {
    const model = buildModel({ controller: { id: 'lstm', units: 20 }, memory: { id: 'superposition-stack' } }, INPUTS)
    expect(made(model)).toEqual([])
  })

  it.each([
    [3, 4],
    [40, 32],
  ])('gives what the float64 interpretation gives, computed once: %i × %i', (channels, order) => {
    const model = modelOf(channels, order)
    const device = new WasmExecutor(model, { id: 'sgd' }),
      judge = new InterpretedExecutor(model, { id: 'sgd' }, float64)
    for (let change = 0; change < 2; change++) {
      for (const [name, values] of lively(model, 7 + change))
        for (const executor of [device, judge]) executor.write(name, values)
      const batch = randomBatch(5, 4, INPUTS, 3)
      const [found, expected] = [device.gradients(batch), judge.gradients(batch)]
      expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-5)
      for (const [name, values] of expected.gradients)
        expect(relativeError(found.gradients.get(name)!, values), name).toBeLessThan(1e-4)
      expect(relativeError(device.evaluate(batch).nats, judge.evaluate(batch).nats)).toBeLessThan(1e-5)
    }
  })

  it('is not kept for every step', () => {
    const bytes = (length: number): number => {
      const device = new WasmExecutor(modelOf(64, 32), { id: 'sgd' })
      device.gradients(randomBatch(16, length, INPUTS, 1))
      return device.memoryBytes
    }
    // Of each step the 64 × 32 cells of 16 examples, and little else.
    expect((bytes(101) - bytes(1)) / 100).toBeLessThan(1.5 * 64 * 32 * 16 * 4 * 2)
  })
})
