import { describe, expect, it } from 'vitest'
import { controllers } from './controllers/index.ts'
import { tfjsDevice } from './devices/tfjs/device.ts'
import { wasmDevice } from './devices/wasm/device.ts'
import { memories } from './memories/index.ts'
import { buildModel, parameterCounts, tracedTensors, type Model } from './model.ts'
import { INPUTS } from './testing/drawn.ts'
import { gradientLaws, unusedParameters } from './testing/gradient-laws.ts'
import { deviceLaws } from './testing/model-laws.ts'
import { concerns, meant } from './testing/parts.ts'

const described = (id: string, options: object): string => `${id} ${JSON.stringify(options)}`
const pairs = Object.values(controllers).flatMap((controller, first) =>
  controller.examples.flatMap(controllerOptions =>
    Object.values(memories).flatMap(memory =>
      memory.examples
        // Every kind of memory under every kind of controller; further settings of a memory under the first controller only.
        .filter((_, k) => first === 0 || k === 0)
        .filter(() => concerns(`controllers/${controller.id}`, `memories/${memory.id}`, 'devices/wasm'))
        .map((memoryOptions): [string, Model, boolean] => [
          `${described(controller.id, controllerOptions)} × ${described(memory.id, memoryOptions)}`,
          buildModel(
            { controller: { id: controller.id, ...controllerOptions }, memory: { id: memory.id, ...memoryOptions } },
            INPUTS,
          ),
          concerns(`controllers/${controller.id}`, `memories/${memory.id}`),
        ]),
    ),
  ),
)

for (const [name, small, derived] of pairs) {
  if (derived) gradientLaws(name, small)
  deviceLaws(
    name,
    small,
    model => wasmDevice.open(model, { optimizer: { id: 'adam' } }),
    model => tfjsDevice.open(model, { optimizer: { id: 'adam' } }),
  )
}

describe('every declared parameter is used in some example', () => {
  const built = (controller: object, memory: object): Model =>
    buildModel({ controller: controller as { id: string }, memory: memory as { id: string } }, INPUTS)

  it.each(Object.values(memories))('of the memory $id', ({ id, examples }) => {
    expect(unusedParameters(examples.map(options => built({ id: 'elman', units: 3 }, { id, ...options })))).toEqual([])
  })

  it.each(Object.values(controllers))('of the controller $id', ({ id, examples }) => {
    const memory = { id: 'superposition-stack', widths: [2] }
    expect(unusedParameters(examples.map(options => built({ id, ...options }, memory)))).toEqual([])
  })
})

describe('parameter counts', () => {
  const stack = (options: object) => ({ id: 'superposition-stack', ...options })
  it.each([
    ['lstm', { id: 'none' }, 3, { controller: 2000, classifier: 84 }],
    ['jm-10', stack({ widths: [10] }), 3, { controller: 2800, memory: 273, classifier: 84 }],
    ['jm-3.3.3', stack({ widths: [3, 3, 3] }), 3, { controller: 2720, memory: 378, classifier: 84 }],
    ['jm-hidden', stack({ push: 'hidden' }), 3, { controller: 3600, memory: 63, classifier: 84 }],
    ['gref-20', { id: 'stratification-stack', width: 20 }, 3, { controller: 3600, memory: 462, classifier: 84 }],
    ['lstm over bits', { id: 'none' }, 2, { controller: 80 * 22 + 160, classifier: 63 }],
    [
      'jm-10 over four symbols',
      stack({ widths: [10] }),
      4,
      { controller: 80 * 34 + 160, memory: 273, classifier: 105 },
    ],
    [
      'rns-3-3',
      { id: 'nondeterministic-stack', states: 3, alphabet: 3 },
      3,
      { controller: 2720, memory: 3969, classifier: 84 },
    ],
    [
      'rns-1-3',
      { id: 'nondeterministic-stack', states: 1, alphabet: 3 },
      3,
      { controller: 2240, memory: 441, classifier: 84 },
    ],
    [
      'rns-2-3',
      { id: 'nondeterministic-stack', states: 2, alphabet: 3 },
      3,
      { controller: 2480, memory: 1764, classifier: 84 },
    ],
    [
      'vrns-2-3-3',
      { id: 'vector-nondeterministic-stack', states: 2, alphabet: 3, width: 3 },
      3,
      { controller: 3440, memory: 1830, classifier: 84 },
    ],
  ])('%s has those of the study', (_, memory, inputs, expected) => {
    expect(parameterCounts(buildModel({ controller: { id: 'lstm', units: 20 }, memory }, inputs))).toEqual(expected)
  })
})

describe('parameter counts over a text of 10,000 words', () => {
  const rns = (states: number, alphabet: number) => ({ id: 'nondeterministic-stack', states, alphabet })
  const vrns = (states: number, alphabet: number, width: number) => ({
    id: 'vector-nondeterministic-stack',
    states,
    alphabet,
    width,
  })
  it.each([
    ['rns-1-29', rns(1, 29), 556_032, 439_727],
    ['rns-2-13', rns(2, 13), 552_960, 360_828],
    ['rns-4-5', rns(4, 5), 546_816, 226_160],
    ['vrns-1-1-256', vrns(1, 1, 256), 788_480, 66_819],
    ['vrns-1-1-32', vrns(1, 1, 32), 559_104, 9_027],
    ['vrns-1-5-20', vrns(1, 5, 20), 628_736, 19_295],
    ['vrns-2-3-10', vrns(2, 3, 10), 587_776, 24_168],
    ['vrns-3-3-5', vrns(3, 3, 5), 572_416, 49_863],
  ])('%s has those of the study', (_, memory, controllerCount, memoryCount) => {
    // The controller reads embeddings as long as its hidden vector.
    const { controller, memory: own } = parameterCounts(
      buildModel({ controller: { id: 'lstm', units: 256 }, memory }, 256),
    )
    expect([controller, own]).toEqual([controllerCount, memoryCount])
  })
})

it.each(meant('memories', memories).flatMap(([id, { examples }]) => examples.map(options => ({ id, ...options }))))(
  'labels of %j name every place',
  memory => {
    const { graph } = buildModel({ controller: { id: 'elman', units: 2 }, memory }, 3)
    for (const [name, labels] of graph.labels)
      expect(labels, name).toHaveLength(tracedTensors(graph).get(name)!.shape[0] as number)
  },
)

describe('bad models', () => {
  it.each([
    [
      { controller: { id: 'lstn' }, memory: { id: 'none' } },
      `study.model.controller.id is "lstn"; allowed: ${Object.keys(controllers).join(', ')}`,
    ],
    [
      { controller: { id: 'lstm', units: 0 }, memory: { id: 'none' } },
      'study.model.controller.units is 0; allowed: a whole number from 1 to 8192',
    ],
    [
      { controller: { id: 'lstm' }, memory: { id: 'toString' } },
      `study.model.memory.id is "toString"; allowed: ${Object.keys(memories).join(', ')}`,
    ],
    [
      { controller: { id: 'lstm' }, memory: { id: 'superposition-stack', widths: [0] } },
      'study.model.memory.widths is [0]; allowed: a list of whole numbers, each from 1 to 4096',
    ],
    [
      { controller: { id: 'lstm' }, memory: { id: 'none', width: 3 } },
      'study.model.memory.width is 3; allowed: no options here',
    ],
    [
      { controller: { id: 'lstm' }, memory: { id: 'nondeterministic-stack', window: 0 } },
      'study.model.memory.window is 0; allowed: a whole number from 1 to 1000000',
    ],
  ])('%j is refused in one line', (spec, message) => {
    expect(() => buildModel(spec, 3)).toThrow(message)
  })
})
