import { add, multiply, sigmoid, split, subtract, tanh, type Tensor } from '../algebra/index.ts'
import { defineController } from './controller.ts'
import { at, fromBelow, fromHidden, layerExamples, layerOptions, layerParams, stateOf } from './layers.ts'

/** Rows in the order reset, update, new; the reset gate acts on the hidden part of the new value, its bias included, as in PyTorch. */
export default defineController({
  id: 'gru',
  title: 'Gated recurrent unit',
  source: 'Cho et al. 2014, arXiv:1406.1078',
  options: layerOptions,
  examples: layerExamples,
  params: (sizes, options) => layerParams(sizes, options, 3),
  state: options => stateOf('hidden', options),
  output: (state, { layers }) => state[at('hidden', layers - 1)]!,
  step(state, input, reading, p, { layers }) {
    const next: Record<string, Tensor> = {}
    const trace: Record<string, Tensor> = {}
    let below = input
    for (let layer = 0; layer < layers; layer++) {
      const before = state[at('hidden', layer)]!
      const [resetBelow, updateBelow, newBelow] = split(fromBelow(layer, below, reading, p), 3) as [
        Tensor,
        Tensor,
        Tensor,
      ]
      const [resetHidden, updateHidden, newHidden] = split(fromHidden(layer, before, p), 3) as [Tensor, Tensor, Tensor]
      const reset = sigmoid(add(resetBelow, resetHidden))
      const update = sigmoid(add(updateBelow, updateHidden))
      const fresh = tanh(add(newBelow, multiply(reset, newHidden)))
      below = next[at('hidden', layer)] = add(multiply(subtract(1, update), fresh), multiply(update, before))
      Object.assign(trace, { [at('reset', layer)]: reset, [at('update', layer)]: update })
    }
    return { state: next, trace }
  },
})
