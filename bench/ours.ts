import { wasmDevice } from '../src/engine/devices/wasm/device.ts'
import type { Batch } from '../src/engine/devices/device.ts'
import { buildModel, type Model } from '../src/engine/model.ts'
import {
  CLIP_NORM,
  HIDDEN,
  INPUTS,
  LEARNING_RATE,
  STATES,
  SYMBOLS,
  USUAL,
  WIDTH,
  problem,
  type ModelId,
  type Problem,
  type Sizes,
  type StudiedId,
} from './problem.ts'

export const MEMORIES = {
  lstm: { id: 'none' },
  'superposition-stack': { id: 'superposition-stack', widths: [WIDTH] },
  'superposition-stack-hidden': { id: 'superposition-stack', push: 'hidden' },
  'stratification-stack': { id: 'stratification-stack', width: WIDTH },
  'nondeterministic-stack': { id: 'nondeterministic-stack', states: STATES, alphabet: SYMBOLS },
} as const

export const ourModel = (model: StudiedId): Model =>
  buildModel({ controller: { id: 'lstm', units: HIDDEN }, memory: MEMORIES[model] }, INPUTS)

/** What everyone trains on. */
export const ourBatch = ({ batch, length, strings }: Problem): Batch => ({
  size: batch,
  length,
  symbols: Int32Array.from(strings.flat()),
})

export interface Prepared {
  /** One update. */
  step(): void
  /** One update; returns the loss before it, in nats. */
  check(): number
  dispose(): void
}

export type Frozen = 'memory' | 'controller'

/** The engine's training step on its default device, from the problem's weights; `frozen` names the component that is not trained. */
export async function prepare(
  model: ModelId,
  { frozen, ...sizes }: { frozen?: Frozen | undefined } & Partial<Sizes> = {},
): Promise<Prepared> {
  const given = problem(model, { ...USUAL, ...sizes })
  const built = ourModel(model)
  const executor = await wasmDevice.open(built, { optimizer: { id: 'adam' } })
  for (const [name, values] of weightsByOurNames(given)) executor.write(name, values)
  executor.setTrainable(
    new Set(built.parameters.filter(({ component }) => component !== frozen).map(({ name }) => name)),
  )
  const batch = ourBatch(given)
  const options = { learningRate: LEARNING_RATE, clipNorm: CLIP_NORM }
  return {
    step: () => {
      executor.step(batch, options)
    },
    check: () => executor.step(batch, options).loss,
    dispose: () => executor.dispose(),
  }
}

const NAMES: Readonly<Record<string, string>> = {
  'controller.weight_hh': 'controller.hidden.weights',
  'controller.bias_ih': 'controller.input.bias',
  'controller.bias_hh': 'controller.hidden.bias',
  'memory.actions.weight': 'memory.actions.weights',
  'memory.actions.bias': 'memory.actions.bias',
  'memory.push.weight': 'memory.push.weights',
  'memory.push.bias': 'memory.push.bias',
  'memory.operations.weight': 'memory.operations.weights',
  'memory.operations.bias': 'memory.operations.bias',
  'classifier.weight': 'classifier.output.weights',
  'classifier.bias': 'classifier.output.bias',
}

/** PyTorch's input matrix holds two of ours side by side: the symbol's columns, then the reading's. */
export function weightsByOurNames({ weights }: Problem): [name: string, values: Float32Array][] {
  return [...weights].flatMap(([name, { shape, values }]): [string, Float32Array][] => {
    if (name !== 'controller.weight_ih') return [[NAMES[name]!, values]]
    const columns = shape[1]!
    const part = (from: number, to: number): Float32Array =>
      values.filter((_, i) => i % columns >= from && i % columns < to)
    return [
      ['controller.input.weights', part(0, INPUTS)],
      ...(columns > INPUTS ? [['controller.reading.weights', part(INPUTS, columns)] as [string, Float32Array]] : []),
    ]
  })
}
