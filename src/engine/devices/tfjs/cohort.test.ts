import * as tf from '@tensorflow/tfjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memories } from '../../memories/index.ts'
import { buildModel, type Model } from '../../model.ts'
import { cohortLaws, optimizerLaws } from '../../testing/cohort-laws.ts'
import { INPUTS, lively, randomBatch, relativeError } from '../../testing/model-laws.ts'
import { concerns } from '../../testing/parts.ts'
import type { AnyExecutor } from '../device.ts'
import { wasmTracer } from '../wasm/device.ts'
import { WasmExecutor } from '../wasm/executor.ts'
import { tfjsCohort } from './cohort.ts'
import type { TfjsOptions } from './engine.ts'

const LIMITS = { backend: 'cpu', mostFloats: 2 ** 26, fixedCost: 20, tracer: wasmTracer }
const open = async (
  model: Model,
  options: { optimizer: { id: string }; runs: number },
  limits: Partial<TfjsOptions> = {},
) => tfjsCohort(tf, model, { ...LIMITS, ...options, ...limits })

let tensors = 0
beforeAll(async () => {
  tf.enableProdMode()
  await tf.setBackend('cpu')
  tensors = tf.memory().numTensors
})
afterAll(() => {
  expect(tf.memory().numTensors, 'tensors left behind').toBe(tensors)
})

const controllers = [
  { id: 'lstm', units: 3 },
  { id: 'gru', units: 3, layers: 2 },
  { id: 'elman', units: 3 },
]
Object.values(memories).forEach((memory, k) => {
  if (concerns(`memories/${memory.id}`, 'devices/tfjs'))
    cohortLaws(
      memory.id,
      buildModel(
        { controller: controllers[k % controllers.length]!, memory: { id: memory.id, ...memory.examples[0] } },
        INPUTS,
      ),
      open,
    )
})

describe('a cohort on TensorFlow.js', () => {
  const model = buildModel(
    { controller: { id: 'elman', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
    INPUTS,
  )
  const begin = <E extends AnyExecutor>(executor: E, seed: number): E => {
    for (const [name, values] of lively(model, seed)) executor.write(name, values)
    return executor
  }

  it.each([
    ['each length apart', { fixedCost: 0 }],
    ['filled up to the longest', { fixedCost: 1e9 }],
    ['one by one where memory is short', { mostFloats: 600 }],
  ])('computes the same %s', async (_, limits) => {
    const cohort = await open(model, { optimizer: { id: 'sgd' }, runs: 4 }, limits)
    const batches = [4, 9, 4, 14].map((length, k) => randomBatch(3 + k, length, INPUTS, k))
    const members = batches.map((__, k) => begin(cohort.join(), k))
    const steps = await Promise.all(
      members.map((member, k) => member.step(batches[k]!, { learningRate: 0.1, clipNorm: 1 })),
    )
    for (const [k, member] of members.entries()) {
      const reference = begin(new WasmExecutor(model, { id: 'sgd' }), k)
      expect(steps[k]!.loss).toBeCloseTo(reference.step(batches[k]!, { learningRate: 0.1, clipNorm: 1 }).loss, 4)
      await member.settle()
      for (const name of reference.tensors)
        expect(relativeError(member.read(name), reference.read(name)), name).toBeLessThan(1e-5)
    }
    cohort.dispose()
  })

  optimizerLaws(async (each, options) => (await open(each, { ...options, runs: 1 })).alone())
})
