import { describe, expect, it } from 'vitest'
import { controllers } from '../controllers/index.ts'
import type { Executor } from '../devices/device.ts'
import { wasmDevice } from '../devices/wasm/device.ts'
import { buildModel } from '../model.ts'
import { meant } from '../testing/parts.ts'
import { initialWeights } from '../train/initialise.ts'
import { readWeights, writeWeights } from '../train/weights.ts'
import { heldReading, meanReading, readsMemory } from './held-reading.ts'

const BATCH = { size: 2, length: 4, symbols: Int32Array.of(0, 1, 2, 1, 2, 2, 0, 1) }

async function opened(memory: string, controller = 'lstm'): Promise<Executor> {
  const executor = await wasmDevice.open(
    buildModel({ controller: { id: controller, units: 4 }, memory: { id: memory } }, 3),
    { optimizer: { id: 'adam' } },
  )
  writeWeights(executor, initialWeights(executor.model.parameters, 3))
  return executor
}

it('is held at the mean of what the steps were given, without the row before the first', () => {
  const readings = [
    { shape: [3, 2], data: Float32Array.of(9, 9, 1, 2, 3, 4) },
    { shape: [2, 2], data: Float32Array.of(9, 9, 5, 0) },
  ]
  expect([...meanReading(readings)]).toEqual([3, 2])
  expect([...meanReading([{ shape: [1, 2], data: Float32Array.of(9, 9) }])]).toEqual([0, 0])
})

describe.each(meant('controllers', controllers).map(([id]) => id))(
  'a reading held constant, for the controller %s',
  controller => {
    it('does what the memory did where the memory gave just that', async () => {
      const executor = await opened('nondeterministic-stack', controller)
      const { 'controller.hidden': hidden, 'memory.reading': reading } = executor.trace(BATCH.symbols.slice(0, 4), 1)
      const given = reading!.data.slice(reading!.data.length / 5, (2 * reading!.data.length) / 5)
      expect(Math.max(...given)).toBeGreaterThan(0.1)
      writeWeights(executor, heldReading(readWeights(executor), given))
      const held = executor.trace(BATCH.symbols.slice(0, 4), 1)['controller.hidden']!
      held.data.slice(4, 8).forEach((value, unit) => {
        expect(value).toBeCloseTo(hidden!.data[4 + unit]!, 6)
      })
    })

    it('makes what the memory is worth nothing, whatever is in it', async () => {
      const executor = await opened('superposition-stack', controller)
      const weights = readWeights(executor)
      const before = executor.evaluate(BATCH)
      const noisy = new Map(
        [...weights].map(([name, values]) => [
          name,
          name.startsWith('memory.') ? values.map((value, i) => value + Math.sin(i)) : values,
        ]),
      )
      const scores = [weights, noisy].map(own => {
        writeWeights(
          executor,
          heldReading(
            own,
            new Float64Array(
              weights.get('controller.reading.weights')!.length / weights.get('controller.input.bias')!.length,
            ).fill(0.3),
          ),
        )
        return executor.evaluate(BATCH)
      })
      expect(scores[1]).toEqual(scores[0])
      expect(scores[0]!.nats).not.toEqual(before.nats)
      expect(readWeights(executor).get('classifier.output.bias')).toEqual(weights.get('classifier.output.bias'))
    })
  },
)

it('knows a controller without a memory', async () => {
  expect(
    await Promise.all(
      ['none', 'stratification-stack'].map(async memory => readsMemory(readWeights(await opened(memory)))),
    ),
  ).toEqual([false, true])
})
