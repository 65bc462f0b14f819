import { describe, expect, it } from 'vitest'
import { add, concat, matvec, tanh } from '../../algebra/index.ts'
import { reachable } from '../../algebra/tensor.ts'
import { defineController } from '../../controllers/controller.ts'
import { controllers } from '../../controllers/index.ts'
import { memories } from '../../memories/index.ts'
import type { Memory } from '../../memories/memory.ts'
import { buildModel, reverse, type Model } from '../../model.ts'
import { uniform, zeros } from '../../parameters.ts'
import { conjugateGradients } from '../../testing/conjugate-gradients.ts'
import { float64 } from '../../testing/float64.ts'
import { INPUTS, lively, randomBatch, relativeError } from '../../testing/model-laws.ts'
import { ParameterLayout } from '../cohort/parameter-layout.ts'
import { InterpretedExecutor } from '../interpreter/executor.ts'
import { compile } from '../wasm/compile.ts'
import { WasmExecutor } from '../wasm/executor.ts'
import { FixedLayout } from '../wasm/layout.ts'
import { lower } from '../webgpu/lower.ts'

const withMemory = (memory: Memory): Model =>
  buildModel({ controller: { id: 'elman', units: 5 }, memory: { id: memory.id } }, INPUTS, 'model', {
    controllers,
    memories: { [memory.id]: memory },
  })

/** How often the inputs of any node of the graphs are looked at while `work` goes on. */
function visits(model: Model, work: (reversed: ReturnType<typeof reverse>) => void): number {
  const { graph, parameters } = model
  const reversed = reverse(model, new Set(parameters.map(({ name }) => name)))
  let count = 0
  const roots = [reversed.step, reversed.output].flatMap(part => [...part.states.values(), ...part.parameters.values()])
  for (const tensor of reachable([...graph.next.values(), graph.nats, graph.correct, ...roots])) {
    const { inputs } = tensor
    Object.defineProperty(tensor, 'inputs', {
      get: () => {
        count++
        return inputs
      },
    })
  }
  work(reversed)
  return count
}

describe('a step whose graph is deep', () => {
  const compilers: [string, (model: Model, reversed: ReturnType<typeof reverse>) => void][] = [
    [
      'wasm',
      (model, reversed) => {
        const fixed = new FixedLayout(model.parameters, model.graph.states, 4, 64)
        compile(model, fixed, { vectors: 3, fusedMultiplyAdd: true, reversed })
      },
    ],
    ['webgpu', (model, reversed) => void lower(model, new ParameterLayout(model.parameters), reversed)],
  ]

  // A walk that takes the graph for a tree looks thousands of times as often at a node when the depth doubles.
  it.each(compilers)('is compiled for %s by looks at its nodes that grow about as it does', (_, compiled) => {
    const [ten, twenty, forty] = [10, 20, 40].map(iterations => {
      const model = withMemory(conjugateGradients(iterations))
      return visits(model, reversed => {
        compiled(model, reversed)
      })
    }) as [number, number, number]
    expect(twenty / ten).toBeLessThan(2.5)
    expect(forty / twenty).toBeLessThan(3)
    expect(forty).toBeLessThan(150_000)
  })

  it('computes what the float64 interpretation computes', () => {
    const model = withMemory(conjugateGradients(3, 3))
    const [device, judge] = [
      new WasmExecutor(model, { id: 'sgd' }),
      new InterpretedExecutor(model, { id: 'sgd' }, float64),
    ]
    for (const [name, values] of lively(model, 7)) for (const executor of [device, judge]) executor.write(name, values)
    const batch = randomBatch(5, 7, INPUTS, 3)
    const [found, expected] = [device.gradients(batch), judge.gradients(batch)]
    expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-5)
    for (const [name, values] of expected.gradients)
      expect(relativeError(found.gradients.get(name)!, values), name).toBeLessThan(1e-4)
  })
})

describe('a concatenation', () => {
  const controller = defineController({
    id: 'joined',
    title: 'Joined',
    source: 'made for this test',
    options: {},
    examples: [{}],
    params: ({ inputs, reading }) => ({
      cell: { weights: uniform([3, 3 + inputs + reading]), bias: zeros([3]) },
    }),
    state: () => ({ hidden: [3] }),
    output: ({ hidden }) => hidden,
    step({ hidden }, input, reading, p) {
      const parts = [hidden, input, ...(reading ? [reading] : [])]
      return { state: { hidden: tanh(add(matvec(p.cell.weights, concat(parts)), p.cell.bias)) } }
    },
  })

  it.each(['none', 'superposition-stack'])('of a part of the state as it is compiles, beside %s', id => {
    const model = buildModel({ controller: { id: 'joined' }, memory: { id } }, INPUTS, 'model', {
      controllers: { joined: controller },
      memories,
    })
    const [device, judge] = [
      new WasmExecutor(model, { id: 'sgd' }),
      new InterpretedExecutor(model, { id: 'sgd' }, float64),
    ]
    for (const [name, values] of lively(model, 7)) for (const executor of [device, judge]) executor.write(name, values)
    const batch = randomBatch(5, 7, INPUTS, 3)
    const [found, expected] = [device.gradients(batch), judge.gradients(batch)]
    expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-5)
    for (const [name, values] of expected.gradients)
      expect(relativeError(found.gradients.get(name)!, values), name).toBeLessThan(1e-4)
    lower(model, new ParameterLayout(model.parameters), reverse(model, new Set(model.parameters.map(p => p.name))))
  })
})
