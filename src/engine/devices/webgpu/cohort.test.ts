import { expect, it } from 'vitest'
import { buildModel } from '../../model.ts'
import { optimizers } from '../../optimizers/index.ts'
import { INPUTS, lively, randomBatch, relativeError } from '../../testing/model-laws.ts'
import type { AnyExecutor, Executor } from '../device.ts'
import { WasmExecutor } from '../wasm/executor.ts'
import { openCohort, webgpuDevice } from './device.ts'
import { Gpu } from './gpu.ts'
import { gpuSuite, opener } from './testing/gpu-suite.ts'

const model = buildModel({ controller: { id: 'elman', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } }, INPUTS)
const names = model.parameters.map(({ name }) => name)
const without = (...components: string[]): Set<string> => new Set(model.parameters.filter(({ component }) => !components.includes(component)).map(({ name }) => name))
/** What each run of the cohort trains, and its seed: plans × seeds. */
const RUNS = [without(), without('memory'), without('controller'), without('memory', 'controller')].flatMap((trained, plan) => [1, 2].map(seed => ({ trained, seed, rate: 0.01 * (plan + 1) })))
const batchAt = (seed: number, step: number) => randomBatch(3, 4 + (seed + step) % 5, INPUTS, 100 * seed + step)

function begin<E extends AnyExecutor>(executor: E, seed: number): E {
  for (const [name, values] of lively(executor.model, seed)) executor.write(name, values)
  return executor
}

/** Weights, slots and losses of the same runs one by one on wasm. */
function alone({ trained, seed, rate }: typeof RUNS[number], steps: number): { executor: Executor, losses: number[] } {
  const executor = begin(new WasmExecutor(model, { id: 'adam' }), seed)
  executor.setTrainable(trained)
  return { executor, losses: Array.from({ length: steps }, (_, step) => executor.step(batchAt(seed, step), { learningRate: rate, clipNorm: 1 }).loss) }
}

gpuSuite('a cohort on webgpu', () => {
  const join = opener('adam', RUNS.length)

  it('trains all plans and seeds together as each of them alone, frozen parts to the bit', async () => {
    const steps = 8
    const found = await Promise.all(RUNS.map(async ({ trained, seed, rate }) => {
      const executor = begin(await join(model), seed)
      const before = new Map(executor.tensors.map(tensor => [tensor, executor.read(tensor)]))
      executor.setTrainable(trained)
      const losses: number[] = []
      for (let step = 0; step < steps; step++) losses.push((await executor.step(batchAt(seed, step), { learningRate: rate, clipNorm: 1 })).loss)
      await executor.settle()
      for (const tensor of executor.tensors) {
        const moved = trained.has(tensor.slice(tensor.indexOf(':') + 1))
        if (moved) expect(executor.read(tensor)).not.toEqual(before.get(tensor))
        else expect(executor.read(tensor)).toEqual(before.get(tensor))
      }
      executor.dispose()
      return { losses, counts: executor.counts(), tensors: new Map(executor.tensors.map(tensor => [tensor, executor.read(tensor)])) }
    }))
    for (const [k, run] of RUNS.entries()) {
      const { executor, losses } = alone(run, steps)
      expect(relativeError(found[k]!.losses, losses)).toBeLessThan(1e-5)
      expect(found[k]!.counts).toEqual(executor.counts())
      for (const tensor of executor.tensors) expect(relativeError(found[k]!.tensors.get(tensor)!, executor.read(tensor)), tensor).toBeLessThan(1e-3)
    }
  }, 120_000)

  it('scores the runs that ask together, each with its own weights', async () => {
    const members = await Promise.all([1, 2, 3].map(async seed => begin(await join(model), seed)))
    const scores = await Promise.all(members.map((member, k) => member.evaluate(batchAt(k, 0))))
    for (const [k, { nats, correct }] of scores.entries()) {
      const reference = begin(new WasmExecutor(model, { id: 'adam' }), k + 1).evaluate(batchAt(k, 0))
      expect(relativeError(nats, reference.nats)).toBeLessThan(1e-5)
      expect([...correct]).toEqual([...reference.correct])
    }
    for (const member of members) member.dispose()
  }, 120_000)

  it('takes waiting runs in when others leave, and no more than there is room for', async () => {
    const cohort = await webgpuDevice.cohort!(model, { optimizer: { id: 'sgd' }, runs: 2 })
    const [first] = [cohort.join(), cohort.join()]
    expect(() => cohort.join()).toThrow('the cohort has room for 2 runs')
    begin(first!, 1)
    await first!.step(batchAt(1, 0), { learningRate: 0.1, clipNorm: null })
    first!.dispose()
    first!.dispose()
    expect(cohort.size).toBe(1)
    const waiting = begin(cohort.join(), 5)
    expect((await waiting.evaluate(batchAt(5, 0))).nats[0]).toBeCloseTo(begin(new WasmExecutor(model, { id: 'sgd' }), 5).evaluate(batchAt(5, 0)).nats[0]!, 4)
    await expect(first!.step(batchAt(1, 1), { learningRate: 0.1, clipNorm: null })).rejects.toThrow('this run has left its cohort')
    cohort.dispose()
  }, 120_000)

  it.each([['in workgroups as wide as a GPU\'s', { threads: 64 }], ['in several dispatches where memory is short', { mostFloats: 9_000 }]])('computes the same %s', async (_, bounds) => {
    const cohort = await openCohort(await Gpu.open(bounds), model, { optimizer: { id: 'sgd' }, runs: 2 })
    const batches = [randomBatch(9, 14, INPUTS, 1), randomBatch(11, 6, INPUTS, 2)]
    const members = batches.map((__, k) => begin(cohort.join(), k))
    const steps = await Promise.all(members.map((member, k) => member.step(batches[k]!, { learningRate: 0.1, clipNorm: 1 })))
    for (const [k, member] of members.entries()) {
      const reference = begin(new WasmExecutor(model, { id: 'sgd' }), k)
      expect(steps[k]!.loss).toBeCloseTo(reference.step(batches[k]!, { learningRate: 0.1, clipNorm: 1 }).loss, 4)
      await member.settle()
      for (const name of names) expect(relativeError(member.read(name), reference.read(name)), name).toBeLessThan(1e-5)
    }
    if ('mostFloats' in bounds) await expect(members[0]!.evaluate(randomBatch(1, 20_000, INPUTS, 1))).rejects.toMatchObject({ code: 'out-of-memory' })
    cohort.dispose()
  }, 120_000)

  it('refuses a batch that does not fit, and computes those that were asked for with it', async () => {
    const cohort = await openCohort(await Gpu.open({ mostFloats: 9_000 }), model, { optimizer: { id: 'sgd' }, runs: 3 })
    const members = [1, 2, 3].map(seed => begin(cohort.join(), seed))
    const [first, tooLong, last] = await Promise.allSettled(members.map((member, k) => member.step(k === 1 ? randomBatch(1, 20_000, INPUTS, 1) : batchAt(k, 0), { learningRate: 0.1, clipNorm: null })))
    expect(tooLong).toMatchObject({ status: 'rejected', reason: { code: 'out-of-memory' } })
    for (const [k, result] of [[0, first], [2, last]] as const) {
      const reference = begin(new WasmExecutor(model, { id: 'sgd' }), k + 1)
      const { loss } = reference.step(batchAt(k, 0), { learningRate: 0.1, clipNorm: null })
      expect(result).toMatchObject({ status: 'fulfilled', value: { loss: expect.closeTo(loss, 4) } })
      await members[k]!.settle()
      for (const name of names) expect(relativeError(members[k]!.read(name), reference.read(name)), name).toBeLessThan(1e-5)
    }
    cohort.dispose()
  }, 120_000)

  it('will not read what has not been settled', async () => {
    const executor = begin(await join(model), 1)
    await executor.step(batchAt(1, 0), { learningRate: 0.01, clipNorm: null })
    expect(() => executor.read(names[0]!)).toThrow(`${names[0]} was changed by a step; \`settle\` brings it here`)
    await executor.settle()
    expect(executor.read(names[0]!)).toHaveLength(model.parameters[0]!.shape.reduce((a, b) => a * b, 1))
    expect(() => executor.read('memory.push.nothing')).toThrow('there is no tensor memory.push.nothing')
    executor.dispose()
  })

  it('says so when the GPU is lost, to every run that waits and to every one after', async () => {
    const gpu = await Gpu.open()
    const cohort = await openCohort(gpu, model, { optimizer: { id: 'sgd' }, runs: 2 })
    const members = [begin(cohort.join(), 1), begin(cohort.join(), 2)]
    const step = (k: number) => members[k]!.step(batchAt(k, 0), { learningRate: 0.1, clipNorm: null })
    await Promise.all([step(0), step(1)])
    const waiting = Promise.allSettled([step(0), step(1)])
    gpu.destroy()
    for (const result of await waiting) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'device-lost' } })
    await expect(step(0)).rejects.toMatchObject({ code: 'device-lost' })
    await expect(members[1]!.settle()).rejects.toMatchObject({ code: 'device-lost' })
    members[0]!.dispose()
    expect(() => cohort.join()).toThrow(expect.objectContaining({ code: 'device-lost' }))
  })
})

gpuSuite('every optimizer on webgpu', () => {
  const small = buildModel({ controller: { id: 'elman', units: 3 }, memory: { id: 'none' } }, INPUTS)
  const frozen = new Set(small.parameters.map(({ name }) => name).filter(name => !name.startsWith('controller.input')))
  const all = new Set(small.parameters.map(({ name }) => name))
  it.each(Object.keys(optimizers))('%s moves every weight as it does on wasm, and holds what is frozen', async id => {
    const executor = begin(await webgpuDevice.open(small, { optimizer: { id } }), 3), reference = begin(new WasmExecutor(small, { id }), 3)
    for (let step = 0; step < 6; step++) {
      for (const one of [executor, reference]) {
        one.setTrainable(step % 3 === 1 ? frozen : all)
        await one.step(batchAt(1, step), { learningRate: 0.01, clipNorm: step % 2 ? 0.5 : null })
      }
    }
    if ('settle' in executor) await executor.settle()
    expect(executor.counts()).toEqual(reference.counts())
    for (const tensor of reference.tensors) expect(relativeError(executor.read(tensor), reference.read(tensor)), tensor).toBeLessThan(1e-3)
    executor.dispose()
  }, 120_000)
})
