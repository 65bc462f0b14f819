import { add, multiply, sigmoid, split, tanh, type Tensor } from '../algebra/index.ts'
import { defineController } from './controller.ts'
import { at, fromBelow, fromHidden, layerExamples, layerOptions, layerParams, stateOf } from './layers.ts'

/** Rows in the order input, forget, cell, output, as in PyTorch. */
export default defineController({
  id: 'lstm',
  title: 'Long short-term memory',
  source: 'Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735',
  options: layerOptions,
  examples: layerExamples,
  params: (sizes, options) => layerParams(sizes, options, 4),
  state: options => ({ ...stateOf('hidden', options), ...stateOf('cell', options) }),
  output: (state, { layers }) => state[at('hidden', layers - 1)]!,
  step(state, input, reading, p, { layers }) {
    const next: Record<string, Tensor> = {}
    const trace: Record<string, Tensor> = {}
    let below = input
    for (let layer = 0; layer < layers; layer++) {
      const [i, f, g, o] = split(
        add(fromBelow(layer, below, reading, p), fromHidden(layer, state[at('hidden', layer)]!, p)),
        4,
      ) as [Tensor, Tensor, Tensor, Tensor]
      const [inputGate, forgetGate, outputGate] = [sigmoid(i), sigmoid(f), sigmoid(o)]
      const cell = add(multiply(forgetGate, state[at('cell', layer)]!), multiply(inputGate, tanh(g)))
      next[at('cell', layer)] = cell
      below = next[at('hidden', layer)] = multiply(outputGate, tanh(cell))
      Object.assign(trace, {
        [at('inputGate', layer)]: inputGate,
        [at('forgetGate', layer)]: forgetGate,
        [at('outputGate', layer)]: outputGate,
      })
    }
    return { state: next, trace }
  },
})
