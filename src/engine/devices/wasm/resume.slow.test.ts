import { parseStudy } from '../../../shared/study.ts'
import { buildModel } from '../../model.ts'
import { optimizers } from '../../optimizers/index.ts'
import { tasks } from '../../tasks/index.ts'
import { openLanguage } from '../../tasks/task.ts'
import { testThreads, withHelpers } from '../../testing/helper-threads.ts'
import { resumeLaws } from '../../testing/resume-laws.ts'
import { wasmDevice } from './device.ts'
import { WasmExecutor } from './executor.ts'

const study = parseStudy({
  name: 'resume',
  task: { id: 'marked-reversal' },
  seeds: [1],
  model: { controller: { id: 'lstm', units: 6 }, memory: { id: 'superposition-stack', widths: [3] } },
  plans: [
    'full',
    'frozen-memory',
    'frozen-controller',
    'classifier-only',
    {
      id: 'spans',
      freeze: [
        { what: 'memory', from: { epoch: 1 }, until: { epochs: 2 } },
        { what: ['controller', 'memory.actions.bias'], from: { epoch: 2 }, until: { epoch: 4 } },
      ],
    },
  ],
  data: { train: { strings: 60, lengths: [3, 15] }, validation: { strings: 12, lengths: [3, 15] } },
  evaluation: { bins: [{ name: 'long', lengths: [20, 30], perLength: 2 }] },
  training: {
    batch: 6,
    epochs: 6,
    learningRate: 0.02,
    decay: { factor: 0.5, patience: 1 },
    earlyStop: { patience: 4 },
  },
})
const { id, ...options } = study.task
const language = openLanguage(tasks[id]!, options)
const model = buildModel({ controller: study.model.controller, memory: study.model.memory }, language.symbols.length)

for (const optimizer of Object.keys(optimizers)) {
  resumeLaws(`wasm with ${optimizer}`, {
    study: { ...study, training: { ...study.training, optimizer: { id: optimizer } } },
    language,
    open: () => wasmDevice.open(model, { optimizer: { id: optimizer } }),
    cuts: optimizer === 'adam' ? 110 : 30,
  })
}

const large = buildModel(
  { controller: { id: 'lstm', units: 130 }, memory: study.model.memory },
  language.symbols.length,
)
resumeLaws('wasm with two threads', {
  study,
  language,
  open: async () => {
    const threads = testThreads(2)
    return withHelpers(new WasmExecutor(large, { id: 'adam' }, threads), threads)
  },
  cuts: 10,
})
