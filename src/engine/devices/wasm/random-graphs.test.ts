import { describe, expect, it } from 'vitest'
import { chance } from '../../chance.ts'
import { controllers } from '../../controllers/index.ts'
import { buildModel, type Model } from '../../model.ts'
import { float64 } from '../../testing/float64.ts'
import { lively, randomBatch, relativeError } from '../../testing/model-laws.ts'
import { randomMemory } from '../../testing/random-memory.ts'
import { InterpretedExecutor } from '../interpreter/executor.ts'
import { WasmExecutor } from './executor.ts'

const MEMORIES = 60

function randomModel(seed: number): Model {
  const draw = chance(seed)
  const id = `random-${seed}`
  const controller = { id: ['elman', 'gru', 'lstm'][draw.integer(3)]!, units: 3 + draw.integer(4) }
  return buildModel({ controller, memory: { id } }, 3, 'model', {
    controllers,
    memories: { [id]: randomMemory(id, draw) },
  })
}

describe('the compiler on memories made at random', () => {
  it.each(Array.from({ length: MEMORIES }, (_, seed) => seed))(
    'agrees with the float64 interpretation, seed %i',
    seed => {
      const model = randomModel(seed)
      const [compiled, reference] = [
        new WasmExecutor(model, { id: 'sgd' }),
        new InterpretedExecutor(model, { id: 'sgd' }, float64),
      ]
      for (const [name, values] of lively(model, seed)) {
        compiled.write(name, values)
        reference.write(name, values)
      }
      for (const [size, length] of [
        [1, 1],
        [5, 4],
        [3, 9],
      ] as const) {
        const batch = randomBatch(size, length, 3, seed + length)
        expect(relativeError(compiled.evaluate(batch).nats, reference.evaluate(batch).nats)).toBeLessThan(1e-5)
        const [found, expected] = [compiled.gradients(batch), reference.gradients(batch)]
        const scale = Math.max(...[...expected.gradients.values()].flatMap(values => [...values].map(Math.abs)))
        for (const [name, values] of expected.gradients) {
          values.forEach((value, k) =>
            expect(
              Math.abs(found.gradients.get(name)![k]! - value) / scale,
              `${name}[${k}] is ${found.gradients.get(name)![k]}, should be ${value}`,
            ).toBeLessThan(1e-4),
          )
        }
      }
      const symbols = randomBatch(1, 7, 3, seed).symbols
      const [seen, judged] = [compiled.trace(symbols), reference.trace(symbols)]
      for (const [name, { data }] of Object.entries(judged))
        expect(relativeError(seen[name]!.data, data), name).toBeLessThan(1e-4)
    },
  )
})
