import { buildModel, type ModelSpec } from '../../model.ts'
import { textDeviceLaws, WORDS } from '../../testing/text-laws.ts'
import { tfjsDevice } from '../tfjs/device.ts'
import { gpuSuite, opener } from './testing/gpu-suite.ts'

const lstm = { id: 'lstm', units: 5 }
const models: [string, ModelSpec][] = [
  ['an LSTM tied to its embedding', { controller: lstm, memory: { id: 'none' }, embedding: { tied: true } }],
  ['a GRU over one-hot words', { controller: { id: 'gru', units: 3 }, memory: { id: 'none' }, embedding: null }],
  ['a superposition stack with dropout over a narrow embedding', { controller: lstm, memory: { id: 'superposition-stack', widths: [2, 1], depth: 3 }, embedding: { size: 3 }, dropout: 0.4 }],
  ['a stratification stack', { controller: lstm, memory: { id: 'stratification-stack', width: 2, depth: 6 } }],
  ['a nondeterministic stack', { controller: { id: 'elman', units: 3 }, memory: { id: 'nondeterministic-stack', states: 2, alphabet: 2, window: 3 } }],
  ['a normalised nondeterministic stack with a long window', { controller: { id: 'elman', units: 3 }, memory: { id: 'normalised-nondeterministic-stack', states: 1, alphabet: 2, window: 20 } }],
  ['a nondeterministic stack of vectors', { controller: { id: 'elman', units: 3 }, memory: { id: 'vector-nondeterministic-stack', states: 1, alphabet: 2, width: 2, window: 4 } }],
]

for (const [name, spec] of models) {
  gpuSuite(`webgpu: ${name}`, () => {
    textDeviceLaws(name, buildModel(spec, { words: WORDS }), opener('sgd'), model => tfjsDevice.open(model, { optimizer: { id: 'sgd' } }))
  })
}
