import { describe, expect, it } from 'vitest'
import { findDevice } from '../devices/index.ts'
import { settle, type AnyExecutor } from '../devices/device.ts'
import { buildModel } from '../model.ts'
import { lively, randomBatch } from '../testing/model-laws.ts'
import { meant } from '../testing/parts.ts'
import { optimizers } from './index.ts'
import { pickOptimizer } from './pick.ts'

const RATE = 0.01,
  STEPS = 6
const batch = randomBatch(3, 6, 3, 5)

/** One element's updates as PyTorch's documentation writes them, in float64. */
const slowRules: Record<string, (weight: number, gradients: readonly number[]) => number> = {
  sgd: (weight, gradients) => gradients.reduce((w, g) => w - RATE * g, weight),
  momentum(weight, gradients) {
    let velocity = 0
    return gradients.reduce((w, g) => {
      velocity = 0.9 * velocity + g
      return w - RATE * velocity
    }, weight)
  },
  rmsprop(weight, gradients) {
    let square = 0
    return gradients.reduce((w, g) => {
      square = 0.99 * square + 0.01 * g * g
      return w - (RATE * g) / (Math.sqrt(square) + 1e-8)
    }, weight)
  },
  adam(weight, gradients) {
    let mean = 0,
      square = 0
    return gradients.reduce((w, g, k) => {
      mean = 0.9 * mean + 0.1 * g
      square = 0.999 * square + 0.001 * g * g
      return w - (RATE * (mean / (1 - 0.9 ** (k + 1)))) / (Math.sqrt(square / (1 - 0.999 ** (k + 1))) + 1e-8)
    }, weight)
  },
}

async function open(id: string, device: string): Promise<AnyExecutor> {
  const model = buildModel(
    { controller: { id: 'lstm', units: 5 }, memory: { id: 'superposition-stack', widths: [3] } },
    3,
  )
  const executor = await findDevice(device).open(model, { optimizer: { id } })
  for (const [name, values] of lively(model, 7)) executor.write(name, values)
  return executor
}

it('has a slow rule for every optimizer', () =>
  expect(Object.keys(slowRules).sort()).toEqual(Object.keys(optimizers).sort()))

describe.each(meant('optimizers', optimizers).flatMap(([id]) => ['wasm', 'tfjs'].map(device => [id, device] as const)))(
  '%s on %s',
  (id, device) => {
    it('moves every weight as its rule says, clipped or not', async () => {
      for (const clipNorm of [null, 0.5]) {
        const executor = await open(id, device)
        const start = new Map(executor.model.parameters.map(({ name }) => [name, executor.read(name)]))
        const history = new Map<string, Float32Array[]>([...start.keys()].map(name => [name, []]))
        for (let step = 0; step < STEPS; step++) {
          const { gradients } = await executor.gradients(batch)
          const norm = Math.sqrt(
            [...gradients.values()].reduce(
              (sum, values) => sum + values.reduce((own, value) => own + value * value, 0),
              0,
            ),
          )
          const scale = clipNorm === null ? 1 : Math.min(1, clipNorm / (norm + 1e-6))
          for (const [name, values] of gradients) history.get(name)!.push(values.map(value => value * scale))
          const result = await executor.step(batch, { learningRate: RATE, clipNorm })
          expect(result.gradientNorm / norm).toBeCloseTo(1, 5)
          expect(Math.hypot(...Object.values(result.componentNorms))).toBeCloseTo(result.gradientNorm, 5)
        }
        await settle(executor)
        for (const [name, weights] of start) {
          const found = executor.read(name)
          weights.forEach((weight, k) =>
            expect(found[k], `${name}[${k}]`).toBeCloseTo(
              slowRules[id]!(
                weight,
                history.get(name)!.map(values => values[k]!),
              ),
              4,
            ),
          )
        }
      }
    })

    it('leaves a frozen parameter, its slots and its count alone, and goes on with them when it is released', async () => {
      const executor = await open(id, device)
      const all = executor.model.parameters.map(({ name }) => name)
      const frozen = all.filter(name => name.startsWith('memory'))
      const step = async (): Promise<void> => {
        await executor.step(batch, { learningRate: RATE, clipNorm: 5 })
        await settle(executor)
      }
      await step()
      executor.setTrainable(new Set(all.filter(name => !frozen.includes(name))))
      const held = executor.tensors.filter(tensor => frozen.some(name => tensor.endsWith(name)))
      const before = held.map(tensor => executor.read(tensor))
      for (let k = 0; k < 3; k++) await step()
      expect(held.map(tensor => executor.read(tensor))).toEqual(before)
      expect(frozen.map(name => executor.counts()[name])).toEqual(frozen.map(() => 1))
      executor.setTrainable(new Set(all))
      await step()
      expect(frozen.map(name => executor.counts()[name])).toEqual(frozen.map(() => 2))
      held.forEach((tensor, k) => expect(executor.read(tensor), tensor).not.toEqual(before[k]))
    })
  },
)

it('names an unknown optimizer and a bad option in one line', () => {
  expect(() => pickOptimizer({ id: 'adan' })).toThrow(
    'study.training.optimizer.id is "adan"; allowed: adam, momentum, rmsprop, sgd',
  )
  expect(() => pickOptimizer({ id: 'adam', beta1: 1 })).toThrow(
    'study.training.optimizer.beta1 is 1; allowed: a number from 0 to 0.999999',
  )
})
