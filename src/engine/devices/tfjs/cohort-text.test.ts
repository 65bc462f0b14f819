import * as tf from '@tensorflow/tfjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chance } from '../../chance.ts'
import { buildModel, type Model, type ModelSpec } from '../../model.ts'
import { lively, relativeError } from '../../testing/model-laws.ts'
import { textDeviceLaws, WORDS } from '../../testing/text-laws.ts'
import type { AnyExecutor, Batch, Carried } from '../device.ts'
import { WasmExecutor } from '../wasm/executor.ts'
import { wasmDevice, wasmTracer } from '../wasm/device.ts'
import type { LockstepCohort } from '../cohort/cohort.ts'
import { tfjsCohort } from './cohort.ts'

beforeAll(async () => {
  tf.enableProdMode()
  await tf.setBackend('cpu')
})

const opened: LockstepCohort[] = []
afterAll(() => {
  for (const cohort of opened) cohort.dispose()
  expect(tf.memory().numTensors, 'tensors left behind').toBe(0)
})
function open(model: Model, runs: number): LockstepCohort {
  const cohort = tfjsCohort(tf, model, {
    optimizer: { id: 'adam' },
    runs,
    tracer: wasmTracer,
    backend: 'cpu',
    mostFloats: 2 ** 26,
    fixedCost: 20,
  })
  opened.push(cohort)
  return cohort
}

const lstm = { id: 'lstm', units: 5 }
const specs: [string, ModelSpec][] = [
  ['an LSTM tied to its embedding', { controller: lstm, memory: { id: 'none' }, embedding: { tied: true } }],
  [
    'two layers of a GRU over one-hot words',
    { controller: { id: 'gru', units: 3, layers: 2 }, memory: { id: 'none' }, embedding: null },
  ],
  [
    'a superposition stack with dropout',
    { controller: lstm, memory: { id: 'superposition-stack', push: 'hidden', depth: 7 }, dropout: 0.3 },
  ],
  ['a stratification stack', { controller: lstm, memory: { id: 'stratification-stack', width: 2, depth: 6 } }],
  [
    'a nondeterministic stack',
    { controller: lstm, memory: { id: 'nondeterministic-stack', states: 2, alphabet: 2, window: 3 } },
  ],
]
for (const [name, spec] of specs) {
  textDeviceLaws(
    name,
    buildModel(spec, { words: WORDS }),
    async model => open(model, 1).join(),
    model => wasmDevice.open(model, { optimizer: { id: 'adam' } }),
  )
}

describe('a cohort that reads text', () => {
  const model = buildModel(
    { controller: lstm, memory: { id: 'superposition-stack', widths: [2], depth: 9 } },
    { words: WORDS },
  )
  /** Runs read streams of their own, in chunks of their own lengths, and so are of different ages. */
  const chunk = (run: number, k: number, carried: Carried | undefined): Batch => {
    const draw = chance(run).fork(`${k}`)
    const [size, length] = [2 + (run % 2), run === 3 ? 4 : 3 + (k % 2)]
    const word = (): number => draw.integer(WORDS)
    return {
      size,
      length,
      symbols: Int32Array.from({ length: size * length }, word),
      next: Int32Array.from({ length: size }, word),
      carried,
    }
  }

  it('trains runs that began at different times and carry their own states on, as each alone', async () => {
    const cohort = open(model, 4)
    const names = model.parameters.map(({ name }) => name)
    const follow = async (executor: AnyExecutor, run: number): Promise<{ losses: number[]; scores: number[] }> => {
      for (const [name, values] of lively(model, run)) executor.write(name, values)
      executor.setTrainable(new Set(run === 1 ? names.filter(name => !name.startsWith('memory')) : names))
      const losses: number[] = [],
        scores: number[] = []
      let carried: Carried | undefined
      for (let k = 0; k < 5; k++) {
        if (run === 2 && k === 2) carried = undefined
        scores.push(...(await executor.evaluate(chunk(run, k, carried))).predictions!.nats)
        const stepped = await executor.step(chunk(run, k, carried), { learningRate: 0.01, clipNorm: 0.25 })
        losses.push(stepped.loss)
        carried = stepped.carried
      }
      return { losses, scores }
    }
    const members = [1, 2, 3, 4].map(() => cohort.join())
    const found = await Promise.all(members.map((member, k) => follow(member, k + 1)))
    for (const [k, member] of members.entries()) {
      const reference = new WasmExecutor(model, { id: 'adam' })
      const expected = await follow(reference, k + 1)
      expect(relativeError(found[k]!.losses, expected.losses)).toBeLessThan(1e-4)
      expect(relativeError(found[k]!.scores, expected.scores)).toBeLessThan(1e-4)
      await member.settle()
      for (const tensor of reference.tensors)
        expect(relativeError(member.read(tensor), reference.read(tensor)), tensor).toBeLessThan(1e-3)
    }
  })
})
