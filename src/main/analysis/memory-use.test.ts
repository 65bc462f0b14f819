import { describe, expect, it } from 'vitest'
import { wasmDevice } from '../../engine/devices/wasm/device.ts'
import { heldReading } from '../../engine/probes/held-reading.ts'
import { buildModel } from '../../engine/model.ts'
import { initialWeights } from '../../engine/train/initialise.ts'
import { identify, weightsIn, writeSnapshot } from '../../engine/train/checkpoint.ts'
import { sha256 } from '../../engine/train/sha256.ts'
import { readWeights, writeWeights, type Weights } from '../../engine/train/weights.ts'
import { testBatches } from '../../engine/train/data.ts'
import { contract } from '../../shared/contract/index.ts'
import { parseStudy, type StudySpec } from '../../shared/study.ts'
import { alphabetOf } from '../services/languages.ts'
import type { Trained } from './executors.ts'
import { languageFor } from './languages.ts'
import { memoryUse } from './memory-use.ts'

const studyOf = (memory: string, more: object = {}): StudySpec =>
  parseStudy({
    name: 'Small',
    task: { id: 'marked-reversal' },
    model: { controller: { id: 'lstm', units: 4 }, memory: { id: memory } },
    plans: ['full'],
    seeds: 1,
    data: { train: { strings: 100, lengths: [5, 15] }, validation: { strings: 20, lengths: [5, 15] } },
    evaluation: {
      bins: [
        { name: 'short', lengths: [5, 15], perLength: 3 },
        { name: 'long', lengths: [41, 61], perLength: 500, stride: 5 },
      ],
    },
    training: { epochs: 1 },
    ...more,
  })

function trained(
  study: StudySpec,
  change: (weights: Weights) => Weights = weights => weights,
): Trained & { weights: Weights } {
  const language = languageFor(study.task)
  const { parameters } = buildModel(study.model, alphabetOf(language))
  const weights = change(initialWeights(parameters, 1))
  const checkpoint = writeSnapshot(
    identify({ study, plan: study.plans[0]!, seed: 1, corpus: language.corpus }, parameters),
    weights,
    1,
  )
  return { study, checkpoint, sha256: sha256([checkpoint]), weights: weightsIn(checkpoint, parameters) }
}
const never = new AbortController().signal

describe('what a run loses without its memory', () => {
  it('is nothing where the controller does not listen to it', async () => {
    const deaf = trained(studyOf('superposition-stack'), weights =>
      new Map(weights).set(
        'controller.reading.weights',
        new Float32Array(weights.get('controller.reading.weights')!.length),
      ),
    )
    const found = await memoryUse(deaf, never)
    expect(found!.bins.map(({ name, lengths }) => [name, lengths])).toEqual([
      ['short', [5, 15]],
      ['long', [41, 61]],
    ])
    for (const { whole, held } of found!.bins) expect(held).toEqual(whole)
  })

  it('is the difference between its scores and those with the reading held at its mean over the bin', async () => {
    const study = studyOf('superposition-stack')
    const run = trained(study, weights =>
      new Map(weights).set(
        'controller.reading.weights',
        weights.get('controller.reading.weights')!.map(value => 6 * value),
      ),
    )
    const [short] = (await memoryUse(run, never))!.bins
    const language = languageFor(study.task)
    const executor = await wasmDevice.open(buildModel(study.model, alphabetOf(language)), {
      optimizer: study.training.optimizer,
    })
    writeWeights(executor, run.weights)
    const batches = [
      ...testBatches({ study: { ...study, evaluation: { bins: [study.evaluation.bins[0]!] } }, language }),
    ]
    const width =
      run.weights.get('controller.reading.weights')!.length / run.weights.get('controller.input.bias')!.length
    const sums = new Array<number>(width).fill(0)
    let steps = 0
    for (const { size, symbols, length } of batches) {
      for (let row = 0; row < size; row++) {
        const { data } = executor.trace(symbols.slice(row * length, (row + 1) * length), 1)['memory.reading']!
        for (let t = 1; t <= length; t++, steps++)
          for (let unit = 0; unit < width; unit++) sums[unit]! += data[t * width + unit]!
      }
    }
    const score = (): number => {
      let [nats, predictions] = [0, 0]
      for (const batch of batches) {
        nats += executor.evaluate(batch).nats.reduce((a, b) => a + b, 0)
        predictions += batch.size * (batch.length + 1)
      }
      return nats / predictions
    }
    expect(short!.whole.loss).toBeCloseTo(score(), 12)
    writeWeights(
      executor,
      heldReading(
        readWeights(executor),
        sums.map(sum => sum / steps),
      ),
    )
    expect(short!.held.loss).toBeCloseTo(score(), 6)
    expect(Math.abs(short!.held.loss - short!.whole.loss)).toBeGreaterThan(1e-3)
    expect(short!.strings).toBe(batches.reduce((sum, { size }) => sum + size, 0))
  })

  it('is taken on some of many strings, and null without a memory', async () => {
    expect((await memoryUse(trained(studyOf('stratification-stack')), never))!.bins[1]!.strings).toBeLessThanOrEqual(
      220,
    )
    expect(await memoryUse(trained(studyOf('none')), never)).toBeNull()
  })

  it('of a text is over pieces of its test part', async () => {
    const study = parseStudy({
      name: 'Text',
      task: { id: 'text' },
      model: { controller: { id: 'lstm', units: 4 }, memory: { id: 'superposition-stack', widths: [2], depth: 20 } },
      plans: ['full'],
      seeds: 1,
    })
    const { bins } = (await memoryUse(trained(study), never))!
    expect(bins.map(({ name, lengths }) => [name, lengths])).toEqual([['test', null]])
    expect(bins[0]!.whole.loss).toBeGreaterThan(1)
  })

  it('is said also of a model that has diverged', async () => {
    const run = trained(studyOf('superposition-stack'), weights =>
      new Map(weights).set(
        'classifier.output.bias',
        weights.get('classifier.output.bias')!.map(() => NaN),
      ),
    )
    const found = await memoryUse(run, never)
    expect(found!.bins[0]!.whole.loss).toBe(Infinity)
    expect(contract.traces.memoryUse.output.safeParse(found).success).toBe(true)
  })

  it('is given up when nobody waits', async () => {
    await expect(
      memoryUse(trained(studyOf('superposition-stack')), AbortSignal.abort(new Error('gone'))),
    ).rejects.toThrow('gone')
  })
})
