import type { Picked } from '../../../shared/study.ts'
import { buildModel } from '../../model.ts'
import { deviceLaws, INPUTS } from '../../testing/model-laws.ts'
import { tfjsDevice } from '../tfjs/device.ts'
import { gpuSuite, opener } from './testing/gpu-suite.ts'

/** Every kind of memory and of controller; each is compiled for a software GPU, which takes seconds. */
const models: [controller: Picked, memory: Picked][] = [
  [{ id: 'lstm', units: 5 }, { id: 'none' }],
  [
    { id: 'elman', units: 4 },
    { id: 'superposition-stack', widths: [2, 1, 3] },
  ],
  [
    { id: 'gru', units: 4 },
    { id: 'superposition-stack', widths: [2], depth: 2 },
  ],
  [
    { id: 'lstm', units: 4 },
    { id: 'stratification-stack', width: 3 },
  ],
  [
    { id: 'elman', units: 3 },
    { id: 'nondeterministic-stack', states: 2, alphabet: 2, window: 3 },
  ],
  [
    { id: 'elman', units: 3 },
    { id: 'nondeterministic-stack', states: 1, alphabet: 3, reading: 'symbols' },
  ],
  [
    { id: 'elman', units: 3 },
    { id: 'normalised-nondeterministic-stack', states: 1, alphabet: 2 },
  ],
  [
    { id: 'elman', units: 3 },
    { id: 'vector-nondeterministic-stack', states: 1, alphabet: 2, width: 2 },
  ],
]

for (const [controller, memory] of models) {
  gpuSuite(`webgpu: ${JSON.stringify(controller)} × ${JSON.stringify(memory)}`, () => {
    deviceLaws('the model', buildModel({ controller, memory }, INPUTS), opener(), small =>
      tfjsDevice.open(small, { optimizer: { id: 'adam' } }),
    )
  })
}
