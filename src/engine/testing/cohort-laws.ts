import { afterAll, describe, expect, it } from 'vitest'
import type { Picked } from '../../shared/study.ts'
import { settle, type AnyExecutor, type Cohort, type StepResult } from '../devices/device.ts'
import { WasmExecutor } from '../devices/wasm/executor.ts'
import { buildModel, type Model } from '../model.ts'
import { optimizers } from '../optimizers/index.ts'
import { INPUTS, lively, randomBatch, relativeError } from './model-laws.ts'

export interface OpenCohort {
  (model: Model, options: { optimizer: Picked; runs: number }): Promise<Cohort>
}

/** A cohort of runs of different plans, seeds, rates and lengths against the same runs alone on wasm. */
export function cohortLaws(name: string, model: Model, open: OpenCohort): void {
  const names = model.parameters.map(({ name: parameter }) => parameter)
  const without = (...components: string[]): Set<string> =>
    new Set(
      model.parameters
        .filter(({ component }) => !components.includes(component))
        .map(({ name: parameter }) => parameter),
    )
  const plans = [without(), without('memory'), without('controller'), without('memory', 'controller')]
  const runs = plans.flatMap((trained, plan) =>
    [1, 2].map(seed => ({
      trained,
      seed,
      rate: 0.01 * (plan + 1),
      clipNorm: plan === 2 ? null : plan === 1 ? 0.3 : 1,
    })),
  )
  /** Lengths and sizes differ between seeds, and between the steps of a run. */
  const batchAt = (seed: number, step: number) =>
    randomBatch(2 + ((seed + step) % 3), 4 + ((3 * seed + step) % 5), INPUTS, 100 * seed + step)
  const begin = <E extends AnyExecutor>(executor: E, seed: number): E => {
    for (const [parameter, values] of lively(executor.model, seed)) executor.write(parameter, values)
    return executor
  }
  const alone = (optimizer: Picked, seed: number): WasmExecutor => begin(new WasmExecutor(model, optimizer), seed)

  describe(`a cohort of ${name}`, () => {
    // One for most of the laws, so that what is compiled for it serves all.
    let opened: Promise<Cohort> | undefined
    const shared = (): Promise<Cohort> => (opened ??= open(model, { optimizer: { id: 'adam' }, runs: runs.length }))
    afterAll(async () => {
      ;(await opened)?.dispose()
    })

    it('trains all plans and seeds together as each of them alone, frozen parts to the bit', async () => {
      const cohort = await shared()
      const steps = 8
      const found = await Promise.all(
        runs.map(async ({ trained, seed, rate, clipNorm }) => {
          const executor = begin(cohort.join(), seed)
          const before = new Map(executor.tensors.map(tensor => [tensor, executor.read(tensor)]))
          executor.setTrainable(trained)
          const results = []
          for (let step = 0; step < steps; step++)
            results.push(await executor.step(batchAt(seed, step), { learningRate: rate, clipNorm }))
          await executor.settle()
          for (const tensor of executor.tensors) {
            if (!trained.has(tensor.slice(tensor.indexOf(':') + 1)))
              expect(executor.read(tensor)).toEqual(before.get(tensor))
          }
          return { results, executor }
        }),
      )
      expect(cohort.size).toBe(runs.length)
      for (const [k, { trained, seed, rate, clipNorm }] of runs.entries()) {
        const reference = alone({ id: 'adam' }, seed)
        reference.setTrainable(trained)
        const { results, executor } = found[k]!
        for (let step = 0; step < steps; step++) {
          const expected = reference.step(batchAt(seed, step), { learningRate: rate, clipNorm })
          expect(
            relativeError([results[step]!.loss, results[step]!.gradientNorm], [expected.loss, expected.gradientNorm]),
            `step ${step}`,
          ).toBeLessThan(1e-4)
          expect(Object.keys(results[step]!.componentNorms)).toEqual(Object.keys(expected.componentNorms))
        }
        expect(executor.counts()).toEqual(reference.counts())
        for (const tensor of executor.tensors)
          expect(relativeError(executor.read(tensor), reference.read(tensor)), tensor).toBeLessThan(1e-3)
        executor.dispose()
      }
      expect(cohort.size).toBe(0)
    })

    it('scores the runs that ask together, each with its own weights', async () => {
      const cohort = await shared()
      const batches = [randomBatch(3, 5, INPUTS, 1), randomBatch(1, 40, INPUTS, 2), randomBatch(4, 6, INPUTS, 3)]
      const members = [1, 2, 3].map(seed => begin(cohort.join(), seed))
      const scores = await Promise.all(members.map((member, k) => member.evaluate(batches[k]!)))
      for (const [k, { nats, correct }] of scores.entries()) {
        const reference = alone({ id: 'adam' }, k + 1).evaluate(batches[k]!)
        expect(relativeError(nats, reference.nats)).toBeLessThan(1e-5)
        expect([...correct]).toEqual([...reference.correct])
      }
      for (const member of members) member.dispose()
    })

    it('gives each run the gradients of its own batch, and moves nothing', async () => {
      const cohort = await shared()
      const members = [1, 2].map(seed => begin(cohort.join(), seed))
      members[1]!.setTrainable(plans[1]!)
      const found = await Promise.all(members.map((member, k) => member.gradients(batchAt(k, 3))))
      for (const [k, { loss, gradients }] of found.entries()) {
        const reference = alone({ id: 'adam' }, k + 1)
        if (k === 1) reference.setTrainable(plans[1]!)
        const expected = reference.gradients(batchAt(k, 3))
        expect(relativeError([loss], [expected.loss])).toBeLessThan(1e-5)
        expect([...gradients.keys()]).toEqual([...expected.gradients.keys()])
        for (const [parameter, values] of expected.gradients)
          expect(relativeError(gradients.get(parameter)!, values), parameter).toBeLessThan(1e-4)
        await members[k]!.settle()
        for (const parameter of names) expect(members[k]!.read(parameter)).toEqual(reference.read(parameter))
        members[k]!.dispose()
      }
    })

    it('takes waiting runs in when others leave, and no more than there is room for', async () => {
      const cohort = await open(model, { optimizer: { id: 'sgd' }, runs: 2 })
      const [first, second] = [begin(cohort.join(), 1), begin(cohort.join(), 2)]
      expect(cohort.capacity).toBe(2)
      expect(() => cohort.join()).toThrow('the cohort has room for 2 runs')
      const step = (member: AnyExecutor, seed: number, k: number) =>
        member.step(batchAt(seed, k), { learningRate: 0.1, clipNorm: null })
      await Promise.all([step(first, 1, 0), step(second, 2, 0)])
      first.dispose()
      first.dispose()
      expect(cohort.size).toBe(1)
      const waiting = begin(cohort.join(), 5)
      await Promise.all([step(waiting, 5, 0), step(second, 2, 1)])
      for (const [member, seed, steps] of [
        [second, 2, 2],
        [waiting, 5, 1],
      ] as const) {
        const reference = alone({ id: 'sgd' }, seed)
        for (let k = 0; k < steps; k++) await step(reference, seed, k)
        await member.settle()
        for (const parameter of names)
          expect(relativeError(member.read(parameter), reference.read(parameter)), parameter).toBeLessThan(1e-4)
      }
      await expect(step(first, 1, 1)).rejects.toThrow('this run has left its cohort')
      cohort.dispose()
    })

    it('will not read what has not been settled', async () => {
      const executor = begin((await shared()).join(), 1)
      await executor.step(batchAt(1, 0), { learningRate: 0.01, clipNorm: null })
      expect(() => executor.read(names[0]!)).toThrow(`${names[0]} was changed by a step; \`settle\` brings it here`)
      await executor.settle()
      expect(executor.read(names[0]!)).toHaveLength(model.parameters[0]!.shape.reduce((a, b) => a * b, 1))
      expect(() => executor.read('memory.push.nothing')).toThrow('there is no tensor memory.push.nothing')
      executor.dispose()
    })
  })
}

/** Every optimizer on a device, parts frozen now and then, against the same on wasm. */
export function optimizerLaws(open: (model: Model, options: { optimizer: Picked }) => Promise<AnyExecutor>): void {
  const model = buildModel(
    { controller: { id: 'elman', units: 3 }, memory: { id: 'superposition-stack', widths: [2] } },
    INPUTS,
  )
  const names = model.parameters.map(({ name }) => name)
  it.each(Object.keys(optimizers))(
    '%s moves every weight as it does on wasm, slots by name, and holds what is frozen',
    async id => {
      const executor = await open(model, { optimizer: { id } }),
        reference = new WasmExecutor(model, { id })
      for (const one of [executor, reference]) for (const [name, values] of lively(model, 3)) one.write(name, values)
      const frozenAt = (step: number): string[] =>
        names.filter(name =>
          name.startsWith(['memory', 'controller.input', 'classifier', 'nothing'][Math.floor(step / 2) % 4]!),
        )
      for (let step = 0; step < 10; step++) {
        const batch = randomBatch(4, 6, INPUTS, step),
          frozen = frozenAt(step)
        const before = frozen.map(name => executor.read(name))
        const [found, expected] = (await Promise.all(
          [executor, reference].map(async one => {
            one.setTrainable(new Set(names.filter(name => !frozen.includes(name))))
            return one.step(batch, { learningRate: 0.01, clipNorm: step % 2 ? 0.5 : null })
          }),
        )) as [StepResult, StepResult]
        expect(
          relativeError([found.loss, found.gradientNorm], [expected.loss, expected.gradientNorm]),
          `step ${step}`,
        ).toBeLessThan(1e-4)
        await settle(executor)
        expect(frozen.map(name => executor.read(name))).toEqual(before)
      }
      expect(executor.tensors).toEqual(reference.tensors)
      expect(executor.counts()).toEqual(reference.counts())
      for (const tensor of reference.tensors)
        expect(relativeError(executor.read(tensor), reference.read(tensor)), tensor).toBeLessThan(1e-3)
      executor.dispose()
    },
  )
}
