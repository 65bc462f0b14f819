import { chance } from '../src/engine/chance.ts'

export const MODELS = ['lstm', 'superposition-stack', 'stratification-stack'] as const
export type ModelId = typeof MODELS[number]

/** Sizes of all models here: those of the formal tasks in Das & Mali 2024 (arXiv:2410.03154). */
export const HIDDEN = 20, INPUTS = 3, OUTPUTS = INPUTS + 1, WIDTH = 10
export const LEARNING_RATE = 0.005, CLIP_NORM = 5

export interface Weights { readonly shape: readonly number[], readonly values: Float32Array }

/** One batch and initial weights: everyone who is timed trains on the same. */
export interface Problem {
  readonly model: ModelId
  readonly batch: number
  readonly length: number
  /** Input symbols, [batch][length]; the end of sequence is not among them. */
  readonly strings: readonly (readonly number[])[]
  /** In PyTorch's shapes; in the order in which the C kernels store them. */
  readonly weights: ReadonlyMap<string, Weights>
}

export interface Sizes { readonly batch: number, readonly length: number }
export const USUAL: Sizes = { batch: 10, length: 60 }

/** Weights uniform in ±0.5, as in the golden files: gates and stack actions then are far from both saturation and indifference. */
export function problem(model: ModelId, { batch, length }: Sizes = USUAL): Problem {
  const random = chance(1)
  const symbols = random.fork('symbols'), initial = random.fork('weights')
  const draw = (shape: readonly number[]): Weights =>
    ({ shape, values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => initial.uniform() - 0.5) })
  return {
    model, batch, length,
    strings: Array.from({ length: batch }, () => Array.from({ length }, () => symbols.integer(INPUTS))),
    weights: new Map(shapes(model).map(([name, shape]) => [name, draw(shape)])),
  }
}

function shapes(model: ModelId): [name: string, shape: readonly number[]][] {
  const actions = model === 'superposition-stack' ? 3 : 2
  const reading = model === 'lstm' ? 0 : WIDTH
  return [
    ['controller.weight_ih', [4 * HIDDEN, INPUTS + reading]], ['controller.weight_hh', [4 * HIDDEN, HIDDEN]],
    ['controller.bias_ih', [4 * HIDDEN]], ['controller.bias_hh', [4 * HIDDEN]],
    ...(model === 'lstm' ? [] : [
      ['memory.actions.weight', [actions, HIDDEN]], ['memory.actions.bias', [actions]],
      ['memory.push.weight', [WIDTH, HIDDEN]], ['memory.push.bias', [WIDTH]],
    ] as [string, number[]][]),
    ['classifier.weight', [OUTPUTS, HIDDEN]], ['classifier.bias', [OUTPUTS]],
  ]
}
