import { parseStudy } from '../../shared/study.ts'
import { FAKE_OPTIMIZERS, fakeExecutor } from '../testing/fake-executor.ts'
import { markedCopy } from '../testing/fake-language.ts'
import { resumeLaws } from '../testing/resume-laws.ts'

const study = parseStudy({
  name: 'resume',
  task: { id: 'marked-copy' },
  seeds: [1],
  plans: [
    'full',
    'frozen-memory',
    {
      id: 'spans',
      freeze: [
        { what: 'memory', from: { epoch: 1 }, until: { epochs: 2 } },
        { what: ['controller', 'memory.recall.bias'], from: { epoch: 2 }, until: { epoch: 4 } },
        { what: 'memory', from: { epoch: 5 } },
      ],
    },
    {
      id: 'plateaus',
      freeze: [
        { what: 'classifier', from: { plateau: 1 }, until: { plateau: 1 } },
        { what: 'controller', from: { plateau: 2 } },
      ],
    },
  ],
  data: { train: { strings: 31, lengths: [3, 9] }, validation: { strings: 8, lengths: [3, 9] } },
  evaluation: { bins: [{ name: 'long', lengths: [11, 13], perLength: 2 }] },
  training: {
    batch: 4,
    epochs: 9,
    learningRate: 0.05,
    decay: { factor: 0.5, patience: 0 },
    earlyStop: { patience: 4 },
  },
})

for (const optimizer of Object.keys(FAKE_OPTIMIZERS) as (keyof typeof FAKE_OPTIMIZERS)[]) {
  resumeLaws(`fake executor with ${optimizer}`, {
    open: () => fakeExecutor({ optimizer }),
    study,
    language: markedCopy,
    cuts: optimizer === 'adam' ? 200 : 40,
  })
}
