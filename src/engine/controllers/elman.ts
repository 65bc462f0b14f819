import { add, tanh, type Tensor } from '../algebra/index.ts'
import { defineController } from './controller.ts'
import { at, fromBelow, fromHidden, layerExamples, layerOptions, layerParams, stateOf } from './layers.ts'

export default defineController({
  id: 'elman',
  title: 'Simple recurrent network',
  source: 'Elman 1990, doi:10.1207/s15516709cog1402_1',
  options: layerOptions,
  examples: layerExamples,
  params: (sizes, options) => layerParams(sizes, options, 1),
  state: options => stateOf('hidden', options),
  output: (state, { layers }) => state[at('hidden', layers - 1)]!,
  step(state, input, reading, p, { layers }) {
    const next: Record<string, Tensor> = {}
    let below = input
    for (let layer = 0; layer < layers; layer++) {
      below = next[at('hidden', layer)] = tanh(
        add(fromBelow(layer, below, reading, p), fromHidden(layer, state[at('hidden', layer)]!, p)),
      )
    }
    return { state: next }
  },
})
