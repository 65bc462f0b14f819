import { expect, it } from 'vitest'
import { buildModel } from '../../model.ts'
import { cohortLaws, optimizerLaws } from '../../testing/cohort-laws.ts'
import { INPUTS, lively, randomBatch, relativeError } from '../../testing/model-laws.ts'
import type { AnyExecutor } from '../device.ts'
import { WasmExecutor } from '../wasm/executor.ts'
import { wasmTracer } from '../wasm/device.ts'
import { openCohort } from './device.ts'
import { Gpu } from './gpu.ts'
import { webgpuDevice } from './testing/device.ts'
import { gpuSuite } from './testing/gpu-suite.ts'

const model = buildModel(
  { controller: { id: 'elman', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
  INPUTS,
)
const names = model.parameters.map(({ name }) => name)
const batchAt = (seed: number, step: number) => randomBatch(3, 4 + ((seed + step) % 5), INPUTS, 100 * seed + step)

function begin<E extends AnyExecutor>(executor: E, seed: number): E {
  for (const [name, values] of lively(executor.model, seed)) executor.write(name, values)
  return executor
}

gpuSuite('a cohort on webgpu', () => {
  cohortLaws('a stack network', model, (each, options) => webgpuDevice.cohort!(each, options))

  it.each([
    ["in workgroups as wide as a GPU's", { threads: 64 }],
    ['in several dispatches where memory is short', { mostFloats: 9_000 }],
  ])('computes the same %s', async (_, bounds) => {
    const cohort = await openCohort(await Gpu.open(bounds), model, {
      optimizer: { id: 'sgd' },
      runs: 2,
      tracer: wasmTracer,
    })
    const batches = [randomBatch(9, 14, INPUTS, 1), randomBatch(11, 6, INPUTS, 2)]
    const members = batches.map((__, k) => begin(cohort.join(), k))
    const steps = await Promise.all(
      members.map((member, k) => member.step(batches[k]!, { learningRate: 0.1, clipNorm: 1 })),
    )
    for (const [k, member] of members.entries()) {
      const reference = begin(new WasmExecutor(model, { id: 'sgd' }), k)
      expect(steps[k]!.loss).toBeCloseTo(reference.step(batches[k]!, { learningRate: 0.1, clipNorm: 1 }).loss, 4)
      await member.settle()
      for (const name of names) expect(relativeError(member.read(name), reference.read(name)), name).toBeLessThan(1e-5)
    }
    if ('mostFloats' in bounds)
      await expect(members[0]!.evaluate(randomBatch(1, 20_000, INPUTS, 1))).rejects.toMatchObject({
        code: 'out-of-memory',
      })
    cohort.dispose()
  })

  it('refuses a batch that does not fit, and computes those that were asked for with it', async () => {
    const cohort = await openCohort(await Gpu.open({ mostFloats: 9_000 }), model, {
      optimizer: { id: 'sgd' },
      runs: 3,
      tracer: wasmTracer,
    })
    const members = [1, 2, 3].map(seed => begin(cohort.join(), seed))
    const [first, tooLong, last] = await Promise.allSettled(
      members.map((member, k) =>
        member.step(k === 1 ? randomBatch(1, 20_000, INPUTS, 1) : batchAt(k, 0), { learningRate: 0.1, clipNorm: null }),
      ),
    )
    expect(tooLong).toMatchObject({ status: 'rejected', reason: { code: 'out-of-memory' } })
    for (const [k, result] of [
      [0, first],
      [2, last],
    ] as const) {
      const reference = begin(new WasmExecutor(model, { id: 'sgd' }), k + 1)
      const { loss } = reference.step(batchAt(k, 0), { learningRate: 0.1, clipNorm: null })
      expect(result).toMatchObject({ status: 'fulfilled', value: { loss: expect.closeTo(loss, 4) } })
      await members[k]!.settle()
      for (const name of names)
        expect(relativeError(members[k]!.read(name), reference.read(name)), name).toBeLessThan(1e-5)
    }
    cohort.dispose()
  })

  it('says so when the GPU is lost, to every run that waits and to every one after', async () => {
    const gpu = await Gpu.open()
    const cohort = await openCohort(gpu, model, { optimizer: { id: 'sgd' }, runs: 2, tracer: wasmTracer })
    const members = [begin(cohort.join(), 1), begin(cohort.join(), 2)]
    const step = (k: number) => members[k]!.step(batchAt(k, 0), { learningRate: 0.1, clipNorm: null })
    await Promise.all([step(0), step(1)])
    const waiting = Promise.allSettled([step(0), step(1)])
    gpu.destroy()
    for (const result of await waiting)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'device-lost' } })
    await expect(step(0)).rejects.toMatchObject({ code: 'device-lost' })
    await expect(members[1]!.settle()).rejects.toMatchObject({ code: 'device-lost' })
    members[0]!.dispose()
    expect(() => cohort.join()).toThrow(expect.objectContaining({ code: 'device-lost' }))
  })
})

gpuSuite('every optimizer on webgpu', () => {
  optimizerLaws((each, options) => webgpuDevice.open(each, options))
})
