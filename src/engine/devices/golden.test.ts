import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AnyExecutor, Batch } from './device.ts'
import { goldenModel, goldenStrings, toOurs, type Golden } from '../testing/golden.ts'
import { findDevice } from './index.ts'

const readGolden = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/${name}.json`, import.meta.url), 'utf8')) as Golden

async function open(golden: Golden, device: string): Promise<{ executor: AnyExecutor; batch: Batch }> {
  const [beta1, beta2] = golden.adam.betas
  const executor = await findDevice(device).open(goldenModel(golden), {
    optimizer: { id: 'adam', beta1, beta2, epsilon: golden.adam.eps },
  })
  for (const [name, values] of toOurs(golden.weights, golden.vocabulary))
    executor.write(name, Float32Array.from(values))
  const strings = goldenStrings(golden)
  return {
    executor,
    batch: { size: strings.length, length: strings[0]!.length, symbols: Int32Array.from(strings.flat()) },
  }
}

describe.each(['lstm', 'superposition-stack-10'])('reference values of %s', name => {
  const golden = readGolden(name)

  it.each(['wasm', 'tfjs'])('loss and gradients on %s agree to 1e-5', async device => {
    const { executor, batch } = await open(golden, device)
    const { loss, gradients } = await executor.gradients(batch)
    expect(Math.abs(loss - golden.loss_float64) / golden.loss_float64).toBeLessThan(1e-5)
    const reference = toOurs(golden.gradients_float64, golden.vocabulary)
    expect([...gradients.keys()].sort()).toEqual([...reference.keys()].sort())
    for (const [parameter, values] of reference) {
      values.forEach((value, k) =>
        expect(Math.abs(gradients.get(parameter)![k]! - value), `${parameter}[${k}]`).toBeLessThan(1e-5),
      )
    }
  })

  it('20 steps of Adam with clipping follow the reference', async () => {
    const { executor, batch } = await open(golden, 'wasm')
    for (const reference of golden.adam.losses_float32) {
      const { loss } = await executor.step(batch, {
        learningRate: golden.adam.learning_rate,
        clipNorm: golden.adam.clip_norm,
      })
      expect(Math.abs(loss - reference) / reference).toBeLessThan(1e-5)
    }
  })
})
