import { describe, expect, it } from 'vitest'
import { trainRun } from '../../engine/train/train.ts'
import { parseStudy, type StudySpec } from '../../shared/study.ts'
import { languageOf, modelOf } from '../services/check-study.ts'
import { devices, findDevice } from './index.ts'
import { tensorflowEnvironment } from './tensorflow-load.ts'
import { figures } from '../../shared/score.ts'

/** Relative difference of losses, each a sum of some hundred float32 logarithms, after as many updates as here. */
const TOLERANCE = 2e-4

const study = parseStudy({
  name: 'agreement',
  task: { id: 'marked-reversal' },
  seeds: [1],
  model: { controller: { id: 'lstm', units: 6 }, memory: { id: 'superposition-stack', widths: [3] } },
  plans: ['full', 'frozen-memory', { id: 'later', freeze: [{ what: 'controller', from: { epoch: 1 } }] }],
  data: { train: { strings: 60, lengths: [3, 7] }, validation: { strings: 10, lengths: [3, 7] } },
  evaluation: { bins: [{ name: 'long', lengths: [9, 11], perLength: 3 }] },
  training: { batch: 10, epochs: 2, learningRate: 0.01, earlyStop: null },
})
Object.assign(process.env, tensorflowEnvironment())

interface Losses {
  readonly epochs: number[]
  readonly tests: number[]
}

async function losses(device: string, plan: StudySpec['plans'][number]): Promise<Losses> {
  const executor = await findDevice(device).open(modelOf(study), { optimizer: study.training.optimizer })
  const found: Losses = { epochs: [], tests: [] }
  try {
    for await (const event of trainRun({ study, plan, seed: 1, language: languageOf(study), executor })) {
      if (event.kind === 'epoch') found.epochs.push(event.trainLoss, figures(event.validation).loss)
      if (event.kind === 'evaluation') found.tests.push(...event.scores.map(score => figures(score).loss))
    }
  } finally {
    executor.dispose()
  }
  return found
}

const states = await Promise.all(devices.slice(1).map(async ({ id, state }) => ({ id, ...(await state()) })))

describe.each(states)('$id', ({ id, available, note }) => {
  it.skipIf(!available).each(study.plans)(
    `${available ? 'trains and scores' : `(skipped: ${note})`} $id as wasm does`,
    async plan => {
      const [own, expected] = [await losses(id, plan), await losses('wasm', plan)]
      expect(own.epochs).toHaveLength(4)
      for (const kind of ['epochs', 'tests'] as const) {
        expect(own[kind].length).toBe(expected[kind].length)
        own[kind].forEach((loss, k) =>
          expect(Math.abs(loss - expected[kind][k]!) / expected[kind][k]!, `${kind} ${k}`).toBeLessThan(TOLERANCE),
        )
      }
    },
  )
})
