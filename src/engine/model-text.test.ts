import { describe, expect, it } from 'vitest'
import { controllers } from './controllers/index.ts'
import { tfjsDevice } from './devices/tfjs/device.ts'
import { wasmDevice } from './devices/wasm/device.ts'
import { memories } from './memories/index.ts'
import { buildModel, parameterCounts, type ModelSpec } from './model.ts'
import { concerns } from './testing/parts.ts'
import { textLaws, WORDS } from './testing/text-laws.ts'

const lstm = { id: 'lstm', units: 5 }
const chosen: [string, ModelSpec][] = [
  ['an LSTM', { controller: lstm, memory: { id: 'none' } }],
  [
    'two layers of a GRU over one-hot words',
    { controller: { id: 'gru', units: 3, layers: 2 }, memory: { id: 'none' }, embedding: null },
  ],
  ['an LSTM tied to its embedding', { controller: lstm, memory: { id: 'none' }, embedding: { tied: true } }],
  [
    'an LSTM with dropout over a narrow embedding',
    { controller: lstm, memory: { id: 'none' }, embedding: { size: 3 }, dropout: 0.4 },
  ],
  ['a superposition stack', { controller: lstm, memory: { id: 'superposition-stack', widths: [2, 1], depth: 3 } }],
  [
    'a superposition stack with dropout',
    { controller: lstm, memory: { id: 'superposition-stack', push: 'hidden', depth: 7 }, dropout: 0.3 },
  ],
  ['a stratification stack', { controller: lstm, memory: { id: 'stratification-stack', width: 2, depth: 6 } }],
  [
    'a nondeterministic stack',
    { controller: lstm, memory: { id: 'nondeterministic-stack', states: 2, alphabet: 2, window: 3 } },
  ],
  [
    'a nondeterministic stack with a long window',
    { controller: lstm, memory: { id: 'nondeterministic-stack', states: 1, alphabet: 2, window: 20 } },
  ],
  [
    'a normalised nondeterministic stack',
    { controller: lstm, memory: { id: 'normalised-nondeterministic-stack', states: 2, alphabet: 2, window: 4 } },
  ],
  [
    'a nondeterministic stack of vectors',
    { controller: lstm, memory: { id: 'vector-nondeterministic-stack', states: 2, alphabet: 2, width: 2, window: 4 } },
  ],
]

/** Controllers and memories that are not above: their first example, a memory that grows limited to so many rows. */
const LIMIT = 6
const otherControllers = Object.values(controllers)
  .filter(({ id }) => !chosen.some(([, { controller }]) => controller.id === id))
  .map(({ id, examples }): [string, ModelSpec] => [id, { controller: { id, ...examples[0] }, memory: { id: 'none' } }])
const otherMemories = Object.values(memories)
  .filter(({ id }) => !chosen.some(([, { memory }]) => memory.id === id))
  .map(({ id, examples }): [string, ModelSpec] => {
    const memory = { id, ...examples[0] }
    const { rows } = buildModel({ controller: lstm, memory }, WORDS).graph
    return [id, { controller: lstm, memory: rows ? { ...memory, [rows.option]: Math.min(rows.limit, LIMIT) } : memory }]
  })

for (const [name, spec] of [...chosen, ...otherControllers, ...otherMemories]) {
  if (!concerns(`controllers/${spec.controller.id}`, `memories/${spec.memory.id}`, 'devices/wasm')) continue
  textLaws(
    name,
    buildModel(spec, { words: WORDS }),
    model => wasmDevice.open(model, { optimizer: { id: 'sgd' } }),
    model => tfjsDevice.open(model, { optimizer: { id: 'sgd' } }),
  )
}

describe('parameters over the 10,000 words of the Penn Treebank', () => {
  const rns = (states: number, alphabet: number) => ({ id: 'nondeterministic-stack', states, alphabet, window: 35 })
  const vrns = (states: number, alphabet: number, width: number) => ({
    id: 'vector-nondeterministic-stack',
    states,
    alphabet,
    width,
    window: 35,
  })
  it.each([
    ['lstm-256', { id: 'none' }, 256, 5_656_336],
    ['jm-hidden-247', { id: 'superposition-stack', push: 'hidden', depth: 10 }, 247, 5_684_828],
    ['jm-learned-22', { id: 'superposition-stack', widths: [22], depth: 10 }, 256, 5_685_289],
    ['rns-1-29', rns(1, 29), 256, 6_125_759],
    ['rns-2-13', rns(2, 13), 256, 6_043_788],
    ['rns-4-5', rns(4, 5), 256, 5_902_976],
    ['vrns-1-1-256', vrns(1, 1, 256), 256, 5_985_299],
    ['vrns-1-1-32', vrns(1, 1, 32), 256, 5_698_131],
    ['vrns-1-5-20', vrns(1, 5, 20), 256, 5_778_031],
    ['vrns-2-3-10', vrns(2, 3, 10), 256, 5_741_944],
    ['vrns-3-3-5', vrns(3, 3, 5), 256, 5_752_279],
  ])('%s has as many as in the study', (_, memory, units, total) => {
    const counts = parameterCounts(
      buildModel({ controller: { id: 'lstm', units }, memory, initial: 0.05 }, { words: 10_000 }),
    )
    expect(Object.values(counts).reduce((a, b) => a + b, 0)).toBe(total)
    expect(counts.embedding).toBe(units * 10_000)
    expect(counts.classifier).toBe(units * 10_000 + 10_000)
  })
})

it('begins every weight and bias in the range given', () => {
  const { parameters } = buildModel(
    { controller: lstm, memory: { id: 'superposition-stack', depth: 10 }, initial: 0.05 },
    { words: 7 },
  )
  for (const { initial } of parameters) expect(initial).toEqual({ kind: 'uniform', bound: 0.05 })
})

it('gives strings an embedding where asked, with a row for the end of sequence where the classifier shares it', () => {
  const counts = (embedding: ModelSpec['embedding']) =>
    parameterCounts(buildModel({ controller: lstm, memory: { id: 'none' }, embedding }, 3))
  expect(counts(undefined)).toEqual({ controller: 4 * 5 * (3 + 5) + 40, classifier: 24 })
  expect(counts({ size: 2 })).toEqual({ embedding: 6, controller: 4 * 5 * (2 + 5) + 40, classifier: 24 })
  expect(counts({ tied: true })).toEqual({ embedding: 20, controller: 4 * 5 * (5 + 5) + 40, classifier: 4 })
})

it.each([
  [
    { controller: lstm, memory: { id: 'superposition-stack' } },
    'study.model.memory.depth is 1000000; allowed: at most 1000 for text, through which the memory is carried on',
  ],
  [
    { controller: lstm, memory: { id: 'nondeterministic-stack' } },
    'study.model.memory.window is 1000000; allowed: at most 1000 for text, through which the memory is carried on',
  ],
  [
    { controller: lstm, memory: { id: 'none' }, embedding: { size: 6, tied: true } },
    "study.model.embedding.size is 6; allowed: 5, the controller's units, for an embedding that the classifier shares",
  ],
])('%j is refused in one line', (spec, message) => {
  expect(() => buildModel(spec, { words: 4 })).toThrow(message)
})
