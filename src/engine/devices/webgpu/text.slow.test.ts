import { expect, it } from 'vitest'
import { buildModel, type ModelSpec } from '../../model.ts'
import { lively, randomBatch, relativeError } from '../../testing/model-laws.ts'
import { textDeviceLaws, WORDS } from '../../testing/text-laws.ts'
import type { AnyExecutor, Batch } from '../device.ts'
import { tfjsDevice } from '../tfjs/device.ts'
import { WasmExecutor } from '../wasm/executor.ts'
import { gpuSuite, opener } from './testing/gpu-suite.ts'

const lstm = { id: 'lstm', units: 5 }
const models: [string, ModelSpec][] = [
  ['an LSTM tied to its embedding', { controller: lstm, memory: { id: 'none' }, embedding: { tied: true } }],
  ['a GRU over one-hot words', { controller: { id: 'gru', units: 3 }, memory: { id: 'none' }, embedding: null }],
  [
    'a superposition stack with dropout over a narrow embedding',
    {
      controller: lstm,
      memory: { id: 'superposition-stack', widths: [2, 1], depth: 3 },
      embedding: { size: 3 },
      dropout: 0.4,
    },
  ],
  ['a stratification stack', { controller: lstm, memory: { id: 'stratification-stack', width: 2, depth: 6 } }],
  [
    'a nondeterministic stack',
    {
      controller: { id: 'elman', units: 3 },
      memory: { id: 'nondeterministic-stack', states: 2, alphabet: 2, window: 3 },
    },
  ],
  [
    'a normalised nondeterministic stack with a long window',
    {
      controller: { id: 'elman', units: 3 },
      memory: { id: 'normalised-nondeterministic-stack', states: 1, alphabet: 2, window: 20 },
    },
  ],
  [
    'a nondeterministic stack of vectors',
    {
      controller: { id: 'elman', units: 3 },
      memory: { id: 'vector-nondeterministic-stack', states: 1, alphabet: 2, width: 2, window: 4 },
    },
  ],
]

for (const [name, spec] of models) {
  gpuSuite(`webgpu: ${name}`, () => {
    textDeviceLaws(name, buildModel(spec, { words: WORDS }), opener('sgd'), model =>
      tfjsDevice.open(model, { optimizer: { id: 'sgd' } }),
    )
  })
}

gpuSuite('webgpu: runs at different places of their texts', () => {
  const model = buildModel(
    {
      controller: { id: 'elman', units: 3 },
      memory: { id: 'nondeterministic-stack', states: 1, alphabet: 2, window: 3 },
      dropout: 0.3,
    },
    { words: WORDS },
  )
  const join = opener('sgd')
  const chunk = (size: number, length: number, seed: number): Batch => ({
    ...randomBatch(size, length, WORDS, seed),
    next: randomBatch(size, 1, WORDS, seed + 1).symbols,
  })
  const begin = <E extends AnyExecutor>(executor: E, seed: number): E => {
    for (const [name, values] of lively(model, seed)) executor.write(name, values)
    return executor
  }

  it('share dispatches, and compute what each does alone', async () => {
    const runs = [
      { chunks: [5, 2], size: 2 },
      { chunks: [1, 4], size: 3 },
      { chunks: [3, 3], size: 1 },
    ]
    const found = await Promise.all(
      runs.map(async ({ chunks, size }, k) => {
        const executor = begin(await join(model), k)
        const losses: number[] = []
        let carried: Batch['carried']
        for (const [c, length] of chunks.entries()) {
          const step = await executor.step(
            { ...chunk(size, length, 10 * k + c), carried },
            { learningRate: 0.1, clipNorm: 1 },
          )
          losses.push(step.loss)
          carried = step.carried
        }
        await executor.settle()
        return { executor, losses, carried: carried! }
      }),
    )
    for (const [k, { chunks, size }] of runs.entries()) {
      const reference = begin(new WasmExecutor(model, { id: 'sgd' }), k)
      let carried: Batch['carried']
      for (const [c, length] of chunks.entries()) {
        const step = reference.step({ ...chunk(size, length, 10 * k + c), carried }, { learningRate: 0.1, clipNorm: 1 })
        expect(found[k]!.losses[c]).toBeCloseTo(step.loss, 5)
        carried = step.carried
      }
      expect(found[k]!.carried.age).toBe(carried!.age)
      for (const [state, values] of carried!.states)
        expect(relativeError(found[k]!.carried.states.get(state)!, values), state).toBeLessThan(1e-4)
      for (const tensor of reference.tensors)
        expect(relativeError(found[k]!.executor.read(tensor), reference.read(tensor)), tensor).toBeLessThan(1e-4)
    }
  })
})
