import { afterAll, describe, expect, it } from 'vitest'
import { controllers } from '../../engine/controllers/index.ts'
import type { AnyExecutor } from '../../engine/devices/device.ts'
import { InterpretedExecutor } from '../../engine/devices/interpreter/executor.ts'
import { arithmeticOn } from '../../engine/devices/tfjs/arithmetic.ts'
import { wasmDevice } from '../../engine/devices/wasm/device.ts'
import { memories } from '../../engine/memories/index.ts'
import { buildModel, type Model } from '../../engine/model.ts'
import { tasks } from '../../engine/tasks/index.ts'
import { openLanguage } from '../../engine/tasks/task.ts'
import { cohortLaws, optimizerLaws } from '../../engine/testing/cohort-laws.ts'
import { deviceLaws, INPUTS } from '../../engine/testing/model-laws.ts'
import { resumeLaws } from '../../engine/testing/resume-laws.ts'
import { textDeviceLaws, WORDS } from '../../engine/testing/text-laws.ts'
import { parseStudy, type Picked } from '../../shared/study.ts'
import { loadTensorflow, tensorflowEnvironment } from './tensorflow-load.ts'
import { findTensorflow } from './tensorflow-place.ts'
import { stateOf, tensorflowDevice } from './tensorflow.ts'

const found = findTensorflow()
const { available, note } = stateOf(found)
Object.assign(process.env, tensorflowEnvironment())

const modelOf = (controller: Picked, memory: Picked): Model => buildModel({ controller, memory }, INPUTS)
/** The same library on its backend in plain JavaScript. */
const plainly = async (model: Model) =>
  new InterpretedExecutor(model, { id: 'adam' }, arithmeticOn(loadTensorflow(found!.path).tf, 'cpu'))
const [lstm] = Object.values(controllers)
/** Every memory under the first controller, and every other controller alone. */
const models: [string, Model][] = [
  ...Object.values(memories).map((memory): [string, Model] => [
    memory.id,
    modelOf({ id: lstm!.id, ...lstm!.examples[0] }, { id: memory.id, ...memory.examples[0] }),
  ]),
  ...Object.values(controllers)
    .slice(1)
    .map((controller): [string, Model] => [
      controller.id,
      modelOf({ id: controller.id, ...controller.examples[0] }, { id: 'none' }),
    ]),
]

describe.skipIf(!available)(available ? 'native TensorFlow' : `native TensorFlow (skipped: the device ${note})`, () => {
  const opened: AnyExecutor[] = []
  const open = async (model: Model, options: { optimizer: Picked }): Promise<AnyExecutor> => {
    const executor = await tensorflowDevice.open(model, options)
    opened.push(executor)
    return executor
  }
  afterAll(() => {
    for (const executor of opened) executor.dispose()
    const { tf } = loadTensorflow(found!.path)
    expect(tf.memory().numTensors, 'tensors left behind').toBe(0)
  })

  it('computes on its own backend', () => {
    const { tf, tensorflow } = loadTensorflow(found!.path)
    expect(tf.getBackend()).toBe('tensorflow')
    expect(note).toContain(tensorflow)
  })

  for (const [name, model] of models) {
    deviceLaws(name, model, each => open(each, { optimizer: { id: 'adam' } }), plainly)
  }

  optimizerLaws(open)

  for (const memory of [
    { id: 'superposition-stack', widths: [2] },
    { id: 'nondeterministic-stack', states: 2, alphabet: 2 },
  ]) {
    cohortLaws(memory.id, modelOf({ id: 'lstm', units: 4 }, memory), (model, options) =>
      tensorflowDevice.cohort!(model, options),
    )
  }

  for (const [name, spec] of [
    [
      'a superposition stack with dropout',
      { memory: { id: 'superposition-stack', widths: [2], depth: 5 }, dropout: 0.3 },
    ],
    ['an LSTM tied to its embedding', { memory: { id: 'none' }, embedding: { tied: true } }],
  ] as const) {
    textDeviceLaws(
      name,
      buildModel({ controller: { id: 'lstm', units: 4 }, ...spec }, { words: WORDS }),
      model => open(model, { optimizer: { id: 'sgd' } }),
      model => wasmDevice.open(model, { optimizer: { id: 'sgd' } }),
    )
  }
})

const study = parseStudy({
  name: 'resume',
  task: { id: 'marked-reversal' },
  seeds: [1],
  model: { controller: { id: 'lstm', units: 4 }, memory: { id: 'superposition-stack', widths: [2] } },
  plans: [
    {
      id: 'spans',
      freeze: [
        { what: 'memory', from: { epoch: 1 }, until: { epochs: 1 } },
        { what: 'controller', from: { epoch: 2 } },
      ],
    },
  ],
  data: { train: { strings: 80, lengths: [3, 5] }, validation: { strings: 4, lengths: [3, 5] } },
  evaluation: { bins: [{ name: 'long', lengths: [7, 7], perLength: 2 }] },
  training: { batch: 5, epochs: 3, learningRate: 0.02 },
})
const { id, ...options } = study.task
const language = openLanguage(tasks[id]!, options)

describe.skipIf(!available)(available ? 'native TensorFlow' : `native TensorFlow (skipped: the device ${note})`, () => {
  const model = buildModel({ controller: study.model.controller, memory: study.model.memory }, language.symbols.length)
  resumeLaws('tensorflow', {
    study,
    language,
    open: () => tensorflowDevice.open(model, { optimizer: { id: 'adam' } }),
    cuts: 6,
  })
})
