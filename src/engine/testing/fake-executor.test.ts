import { expect, it } from 'vitest'
import { chance } from '../chance.ts'
import type { Batch } from '../devices/device.ts'
import { initialWeights } from '../train/initialise.ts'
import { writeWeights } from '../train/weights.ts'
import { FAKE_OPTIMIZERS, fakeExecutor, fakeParameters, type FakeExecutor } from './fake-executor.ts'
import { markedCopy } from './fake-language.ts'

const batch: Batch = {
  size: 2,
  length: 5,
  symbols: Int32Array.from([...markedCopy.sample(chance(1), 5), ...markedCopy.sample(chance(2), 5)]),
}

function opened(optimizer: keyof typeof FAKE_OPTIMIZERS = 'adam'): FakeExecutor {
  const executor = fakeExecutor({ optimizer })
  writeWeights(executor, initialWeights(fakeParameters(), 3))
  return executor
}

const lossOf = (executor: FakeExecutor): number =>
  executor.evaluate(batch).nats.reduce((sum, nats) => sum + nats, 0) / batch.size

it('has the gradients that finite differences give', () => {
  const executor = opened()
  const { loss, gradients } = executor.gradients(batch)
  expect(loss).toBeCloseTo(lossOf(executor), 12)
  for (const [name, gradient] of gradients) {
    const values = executor.read(name)
    gradient.forEach((derivative, i) => {
      const at = (offset: number): number => {
        executor.write(
          name,
          values.map((value, k) => (k === i ? value + offset : value)),
        )
        return lossOf(executor)
      }
      const step = 2 ** -10
      expect(derivative).toBeCloseTo((at(step) - at(-step)) / (2 * step), 4)
    })
    executor.write(name, values)
  }
})

it.each(Object.keys(FAKE_OPTIMIZERS) as (keyof typeof FAKE_OPTIMIZERS)[])('learns with %s', optimizer => {
  const executor = opened(optimizer)
  const before = lossOf(executor)
  for (let i = 0; i < 100; i++) executor.step(batch, { learningRate: 0.02, clipNorm: 5 })
  expect(lossOf(executor)).toBeLessThan(before * 0.7)
})
