import { describe, expect, it } from 'vitest'
import type { AnyExecutor } from '../devices/device.ts'
import { InterpretedExecutor } from '../devices/interpreter/executor.ts'
import type { Model } from '../model.ts'
import { INPUTS, lively, randomBatch } from './drawn.ts'
import { float64 } from './float64.ts'

export { INPUTS, lively, randomBatch }

/** Largest difference, relative to the largest value of the reference. */
export function relativeError(found: ArrayLike<number>, reference: ArrayLike<number>): number {
  let difference = 0,
    largest = 1e-30
  for (let k = 0; k < reference.length; k++) {
    difference = Math.max(difference, Math.abs(found[k]! - reference[k]!))
    largest = Math.max(largest, Math.abs(reference[k]!))
  }
  return difference / largest
}

/** A device against the oracle on values and gradients, and against itself where batching and freezing must not matter. */
export function deviceLaws(
  name: string,
  model: Model,
  open: (model: Model) => Promise<AnyExecutor>,
  oracle: (model: Model) => Promise<AnyExecutor>,
): void {
  describe(`${name} on the device`, () => {
    const opened = async (how: (model: Model) => Promise<AnyExecutor>): Promise<AnyExecutor> => {
      const executor = await how(model)
      for (const [parameter, values] of lively(model, 7)) executor.write(parameter, values)
      return executor
    }

    it.each([
      [1, 1],
      [3, 2],
      [10, 7],
      [18, 5],
    ])('agrees with the oracle for %i strings of length %i', async (size, length) => {
      const batch = randomBatch(size, length, INPUTS, 13)
      const [device, judge] = [await opened(open), await opened(oracle)]
      const [found, expected] = [await device.gradients(batch), await judge.gradients(batch)]
      expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-5)
      for (const [parameter, values] of expected.gradients)
        expect(relativeError(found.gradients.get(parameter)!, values), parameter).toBeLessThan(1e-4)
      const [scores, judged] = [await device.evaluate(batch), await judge.evaluate(batch)]
      expect(relativeError(scores.nats, judged.nats)).toBeLessThan(1e-5)
      expect([...scores.correct]).toEqual([...judged.correct])
    })

    it('trains each component alone as it trains all together', async () => {
      const batch = randomBatch(4, 9, INPUTS, 17)
      const device = await opened(open)
      const all = (await device.gradients(batch)).gradients
      for (const component of new Set(model.parameters.map(info => info.component))) {
        const own = model.parameters.filter(info => info.component === component).map(info => info.name)
        device.setTrainable(new Set(own))
        const found = (await device.gradients(batch)).gradients
        expect([...found.keys()]).toEqual(own)
        for (const parameter of own)
          expect(relativeError(found.get(parameter)!, all.get(parameter)!), parameter).toBeLessThan(1e-5)
      }
    })

    it('scores a string the same alone and among others, and after strings of other lengths', async () => {
      const batch = randomBatch(7, 11, INPUTS, 19)
      const device = await opened(open)
      const together = await device.evaluate(batch)
      await device.evaluate(randomBatch(2, 40, INPUTS, 23))
      await device.gradients(randomBatch(3, 5, INPUTS, 29))
      for (let k = 0; k < batch.size; k++) {
        const alone = await device.evaluate({
          size: 1,
          length: batch.length,
          symbols: batch.symbols.slice(k * batch.length, (k + 1) * batch.length),
        })
        expect(relativeError(alone.nats, together.nats.subarray(k, k + 1))).toBeLessThan(1e-6)
        expect(alone.correct[0]).toBe(together.correct[k])
      }
    })

    it('gives the same to the bit, whatever it did for strings of other lengths since the last time', async () => {
      const batch = randomBatch(5, 9, INPUTS, 37)
      const device = await opened(open)
      const fresh = { ...(await device.gradients(batch)), ...(await device.evaluate(batch)) }
      const others: (() => unknown)[] = [6, 25].flatMap(length => {
        const other = randomBatch(5, length, INPUTS, 41)
        return [
          () => device.evaluate(other),
          () => device.gradients(other),
          () => device.trace(other.symbols.subarray(0, length)),
        ]
      })
      for (const other of others) {
        await other()
        const gradients = await device.gradients(batch)
        await other()
        expect({ ...gradients, ...(await device.evaluate(batch)) }).toEqual(fresh)
      }
    })

    it('traces what the float64 interpretation traces', async () => {
      const symbols = randomBatch(1, 8, INPUTS, 31).symbols
      const reference = new InterpretedExecutor(model, { id: 'sgd' }, float64)
      for (const [parameter, values] of lively(model, 7)) reference.write(parameter, values)
      const [found, expected] = [await (await opened(open)).trace(symbols), reference.trace(symbols)]
      expect(Object.keys(found)).toEqual(Object.keys(expected))
      for (const [tensor, { shape, data }] of Object.entries(expected)) {
        expect(found[tensor]!.shape, tensor).toEqual(shape)
        expect(relativeError(found[tensor]!.data, data), tensor).toBeLessThan(1e-4)
      }
    })
  })
}
