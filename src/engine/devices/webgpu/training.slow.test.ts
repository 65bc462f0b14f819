import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { RunEvent } from '../../../shared/run-events.ts'
import { parseStudy } from '../../../shared/study.ts'
import { buildModel } from '../../model.ts'
import { tasks } from '../../tasks/index.ts'
import { openLanguage } from '../../tasks/task.ts'
import { goldenModel, goldenStrings, toOurs, type Golden } from '../../testing/golden.ts'
import { relativeError } from '../../testing/model-laws.ts'
import { trainRun, type TrainOptions } from '../../train/train.ts'
import type { AnyExecutor, Cohort } from '../device.ts'
import { WasmExecutor } from '../wasm/executor.ts'
import { webgpuDevice } from './device.ts'
import { gpuSuite } from './testing/gpu-suite.ts'

gpuSuite('webgpu against PyTorch', () => {
  it.each(['lstm', 'superposition-stack-10'])('%s: gradients agree to 2e-6 of the largest, loss and 20 steps of Adam with clipping to 1e-5', async name => {
    const golden = JSON.parse(readFileSync(new URL(`../../../../test/golden/${name}.json`, import.meta.url), 'utf8')) as Golden
    const [beta1, beta2] = golden.adam.betas
    const executor = await webgpuDevice.open(goldenModel(golden), { optimizer: { id: 'adam', beta1, beta2, epsilon: golden.adam.eps } })
    for (const [parameter, values] of toOurs(golden.weights, golden.vocabulary)) executor.write(parameter, Float32Array.from(values))
    const strings = goldenStrings(golden)
    const batch = { size: strings.length, length: strings[0]!.length, symbols: Int32Array.from(strings.flat()) }
    const { loss, gradients } = await executor.gradients(batch)
    expect(Math.abs(loss - golden.loss_float64) / golden.loss_float64).toBeLessThan(1e-5)
    for (const [parameter, values] of toOurs(golden.gradients_float64, golden.vocabulary)) {
      expect(relativeError(gradients.get(parameter)!, values), parameter).toBeLessThan(2e-6)
    }
    for (const reference of golden.adam.losses_float32) {
      const step = await executor.step(batch, { learningRate: golden.adam.learning_rate, clipNorm: golden.adam.clip_norm })
      expect(Math.abs(step.loss - reference) / reference).toBeLessThan(1e-5)
    }
    executor.dispose()
  }, 120_000)
})

const study = parseStudy({
  name: 'cohort', task: { id: 'marked-reversal' }, seeds: [1, 2],
  model: { controller: { id: 'elman', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
  plans: ['full', 'frozen-memory', { id: 'spans', freeze: [{ what: 'memory', from: { epoch: 1 }, until: { epochs: 1 } }] }],
  data: { train: { strings: 40, lengths: [3, 9] }, validation: { strings: 8, lengths: [3, 9] } },
  evaluation: { bins: [{ name: 'long', lengths: [11, 15], perLength: 2 }] },
  training: { batch: 5, epochs: 4, learningRate: 0.02, decay: { factor: 0.5, patience: 1 }, earlyStop: null },
})
const language = openLanguage(tasks['marked-reversal']!, {})
const model = buildModel(study.model, language.symbols.length)

type Epoch = Extract<RunEvent, { kind: 'epoch' }>
const epochs = (events: readonly RunEvent[]): Epoch[] => events.filter(event => event.kind === 'epoch')
const losses = (events: readonly RunEvent[]): number[] => epochs(events).flatMap(({ trainLoss, validation }) => [trainLoss, validation.nats])

async function train(executor: AnyExecutor, plan: typeof study.plans[number], seed: number, options: Partial<TrainOptions> = {}): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of trainRun({ study, plan, seed, language, executor, now: () => 0, ...options })) events.push(event)
  executor.dispose()
  return events
}

gpuSuite('a study in a cohort on webgpu', () => {
  const jobs = study.plans.flatMap(plan => study.seeds.map(seed => ({ plan, seed })))

  it('has the losses of wasm to 1e-3, though its runs share dispatches, and keeps what is frozen', async () => {
    const cohort: Cohort = await webgpuDevice.cohort!(model, { optimizer: study.training.optimizer, runs: jobs.length })
    const found = await Promise.all(jobs.map(({ plan, seed }) => train(cohort.join(), plan, seed)))
    for (const [k, { plan, seed }] of jobs.entries()) {
      const reference = await train(new WasmExecutor(model, study.training.optimizer), plan, seed)
      expect(relativeError(losses(found[k]!), losses(reference))).toBeLessThan(1e-3)
      expect(epochs(found[k]!).every(({ frozenIntact }) => frozenIntact)).toBe(true)
      expect(epochs(found[k]!).map(({ frozen }) => frozen)).toEqual(epochs(reference).map(({ frozen }) => frozen))
      expect(found[k]!.at(-1)).toEqual(reference.at(-1))
    }
    cohort.dispose()
  }, 240_000)

  it('goes on from a checkpoint as if nothing had happened, to 1e-5', async () => {
    const cohort: Cohort = await webgpuDevice.cohort!(model, { optimizer: study.training.optimizer, runs: 2 })
    const plan = study.plans[2]!
    const whole = await train(cohort.join(), plan, 1, { checkpointEverySeconds: 0 })
    const checkpoints = whole.filter(event => event.kind === 'checkpoint')
    for (const at of [5, 11, 20]) {
      const last = checkpoints.filter(({ which }) => which === 'last')[at]!
      const best = checkpoints.slice(0, checkpoints.indexOf(last)).findLast(({ which }) => which === 'best')
      const resumed = await train(cohort.join(), plan, 1, { resume: { last: last.bytes, best: best?.bytes } })
      const expected = losses(whole)
      expect(relativeError(losses(resumed), expected.slice(-losses(resumed).length))).toBeLessThan(1e-5)
      expect(resumed.at(-1)).toEqual(whole.at(-1))
    }
    cohort.dispose()
  }, 240_000)
})
