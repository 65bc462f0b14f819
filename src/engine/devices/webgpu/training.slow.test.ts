import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { RunEvent } from '../../../shared/run-events.ts'
import { parseStudy, type FreezePlan, type StudySpec } from '../../../shared/study.ts'
import { buildModel, type Alphabet } from '../../model.ts'
import { textLanguage } from '../../tasks/corpus/text-language.ts'
import { tasks } from '../../tasks/index.ts'
import { openLanguage, type Language } from '../../tasks/task.ts'
import { circleCorpus, circleStudy } from '../../testing/circle-text.ts'
import { goldenModel, goldenStrings, toOurs, type Golden } from '../../testing/golden.ts'
import { relativeError } from '../../testing/model-laws.ts'
import { trainRun, type TrainOptions } from '../../train/train.ts'
import type { AnyExecutor, Cohort } from '../device.ts'
import { WasmExecutor } from '../wasm/executor.ts'
import { webgpuDevice } from './testing/device.ts'
import { gpuSuite } from './testing/gpu-suite.ts'
import { sumsIn } from '../../../shared/score.ts'

gpuSuite('webgpu against PyTorch', () => {
  it.each(['lstm', 'superposition-stack-10'])(
    '%s: gradients agree to 2e-6 of the largest, loss and 20 steps of Adam with clipping to 1e-5',
    async name => {
      const golden = JSON.parse(
        readFileSync(new URL(`../../../../test/golden/${name}.json`, import.meta.url), 'utf8'),
      ) as Golden
      const [beta1, beta2] = golden.adam.betas
      const executor = await webgpuDevice.open(goldenModel(golden), {
        optimizer: { id: 'adam', beta1, beta2, epsilon: golden.adam.eps },
      })
      for (const [parameter, values] of toOurs(golden.weights, golden.vocabulary))
        executor.write(parameter, Float32Array.from(values))
      const strings = goldenStrings(golden)
      const batch = { size: strings.length, length: strings[0]!.length, symbols: Int32Array.from(strings.flat()) }
      const { loss, gradients } = await executor.gradients(batch)
      expect(Math.abs(loss - golden.loss_float64) / golden.loss_float64).toBeLessThan(1e-5)
      for (const [parameter, values] of toOurs(golden.gradients_float64, golden.vocabulary)) {
        expect(relativeError(gradients.get(parameter)!, values), parameter).toBeLessThan(2e-6)
      }
      for (const reference of golden.adam.losses_float32) {
        const step = await executor.step(batch, {
          learningRate: golden.adam.learning_rate,
          clipNorm: golden.adam.clip_norm,
        })
        expect(Math.abs(step.loss - reference) / reference).toBeLessThan(1e-5)
      }
      executor.dispose()
    },
  )
})

const strings = parseStudy({
  name: 'cohort',
  task: { id: 'marked-reversal' },
  seeds: [1, 2],
  model: { controller: { id: 'elman', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
  plans: [
    'full',
    'frozen-memory',
    { id: 'spans', freeze: [{ what: 'memory', from: { epoch: 1 }, until: { epochs: 1 } }] },
  ],
  data: { train: { strings: 40, lengths: [3, 9] }, validation: { strings: 8, lengths: [3, 9] } },
  evaluation: { bins: [{ name: 'long', lengths: [11, 15], perLength: 2 }] },
  training: { batch: 5, epochs: 4, learningRate: 0.02, decay: { factor: 0.5, patience: 1 }, earlyStop: null },
})
const text = circleStudy({
  plans: [
    'full',
    'frozen-memory',
    { id: 'classifier', freeze: [{ what: ['embedding', 'controller', 'memory'] }] },
    { id: 'late', freeze: [{ what: ['embedding', 'memory'], from: { epoch: 1 } }] },
  ],
  seeds: [1],
  training: { batch: 5, steps: 8, epochs: 2, learningRate: 4, clipNorm: 0.5, earlyStop: null },
})
/** So many that the classifier is a large one. */
const WORDS = 180

interface Case {
  readonly study: StudySpec
  readonly language: Language
  readonly alphabet: Alphabet
}
const cases: [string, Case][] = [
  [
    'strings',
    {
      study: strings,
      language: openLanguage(tasks['marked-reversal']!, {}),
      alphabet: openLanguage(tasks['marked-reversal']!, {}).symbols.length,
    },
  ],
  [
    'a text',
    {
      study: text,
      language: textLanguage(
        circleCorpus(WORDS, { train: 405, validation: 61, test: 100 }),
        'study.task.path',
        'circle',
      ),
      alphabet: { words: WORDS },
    },
  ],
]

type Epoch = Extract<RunEvent, { kind: 'epoch' }>
const epochs = (events: readonly RunEvent[]): Epoch[] => events.filter(event => event.kind === 'epoch')
const losses = (events: readonly RunEvent[]): number[] =>
  epochs(events).flatMap(({ trainLoss, validation }) => [trainLoss, sumsIn(validation).nats])

async function train(
  executor: AnyExecutor,
  { study, language }: Case,
  plan: FreezePlan,
  seed: number,
  options: Partial<TrainOptions> = {},
): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of trainRun({ study, plan, seed, language, executor, now: () => 0, ...options }))
    events.push(event)
  executor.dispose()
  return events
}

for (const [name, given] of cases)
  gpuSuite(`a study of ${name} in a cohort on webgpu`, () => {
    const { study } = given
    const model = buildModel(study.model, given.alphabet)
    const jobs = study.plans.flatMap(plan => study.seeds.map(seed => ({ plan, seed })))

    it('has the losses of wasm to 1e-3, though its runs share dispatches, and keeps what is frozen', async () => {
      const cohort: Cohort = await webgpuDevice.cohort!(model, {
        optimizer: study.training.optimizer,
        runs: jobs.length,
      })
      const found = await Promise.all(jobs.map(({ plan, seed }) => train(cohort.join(), given, plan, seed)))
      for (const [k, { plan, seed }] of jobs.entries()) {
        const reference = await train(new WasmExecutor(model, study.training.optimizer), given, plan, seed)
        expect(relativeError(losses(found[k]!), losses(reference))).toBeLessThan(1e-3)
        expect(epochs(found[k]!).every(({ frozenIntact }) => frozenIntact)).toBe(true)
        expect(epochs(found[k]!).map(({ frozen }) => frozen)).toEqual(epochs(reference).map(({ frozen }) => frozen))
        expect(found[k]!.at(-1)).toEqual(reference.at(-1))
      }
      cohort.dispose()
    })

    it('goes on from a checkpoint as if nothing had happened, to 1e-5', async () => {
      const cohort: Cohort = await webgpuDevice.cohort!(model, { optimizer: study.training.optimizer, runs: 2 })
      const plan = study.plans.at(-1)!
      const whole = await train(cohort.join(), given, plan, 1, { checkpointEverySeconds: 0 })
      const checkpoints = whole.filter(event => event.kind === 'checkpoint')
      for (const at of [5, 11, 17]) {
        const last = checkpoints.filter(({ which }) => which === 'last')[at]!
        const best = checkpoints.slice(0, checkpoints.indexOf(last)).findLast(({ which }) => which === 'best')
        const resumed = await train(cohort.join(), given, plan, 1, { resume: { last: last.bytes, best: best?.bytes } })
        const expected = losses(whole)
        expect(relativeError(losses(resumed), expected.slice(-losses(resumed).length))).toBeLessThan(1e-5)
        expect(resumed.at(-1)).toEqual(whole.at(-1))
      }
      cohort.dispose()
    })
  })
