import { chance } from '../src/engine/chance.ts'

export const MODELS = ['lstm', 'superposition-stack', 'stratification-stack', 'nondeterministic-stack'] as const
export type ModelId = (typeof MODELS)[number]
/** Those of the study that is trained on a GPU. */
export const STUDIED = [
  'lstm',
  'superposition-stack',
  'superposition-stack-hidden',
  'stratification-stack',
  'nondeterministic-stack',
] as const
export type StudiedId = (typeof STUDIED)[number]

/** Sizes of all models here: those of the formal tasks in Das & Mali 2024 (arXiv:2410.03154). */
export const HIDDEN = 20,
  INPUTS = 3,
  OUTPUTS = INPUTS + 1,
  WIDTH = 10
/** Of the nondeterministic stack: states, and stack symbols. */
export const STATES = 3,
  SYMBOLS = 3
export const LEARNING_RATE = 0.005,
  CLIP_NORM = 5

export interface Weights {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** One batch and initial weights: everyone who is timed trains on the same. */
export interface Problem {
  readonly model: StudiedId
  readonly batch: number
  readonly length: number
  /** Input symbols, [batch][length]; the end of sequence is not among them. */
  readonly strings: readonly (readonly number[])[]
  /** In PyTorch's shapes; in the order in which the C kernels store them. */
  readonly weights: ReadonlyMap<string, Weights>
}

export interface Sizes {
  readonly batch: number
  readonly length: number
}
export const USUAL: Sizes = { batch: 10, length: 60 }

/** Weights uniform in ±0.5, as in the golden files: gates and stack actions then are far from both saturation and indifference. */
export function problem(model: StudiedId, { batch, length }: Sizes = USUAL, seed = 1): Problem {
  const random = chance(seed)
  const symbols = random.fork('symbols'),
    initial = random.fork('weights')
  const draw = (shape: readonly number[]): Weights => ({
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => initial.uniform() - 0.5),
  })
  return {
    model,
    batch,
    length,
    strings: Array.from({ length: batch }, () => Array.from({ length }, () => symbols.integer(INPUTS))),
    weights: new Map(shapes(model).map(([name, shape]) => [name, draw(shape)])),
  }
}

function shapes(model: StudiedId): [name: string, shape: readonly number[]][] {
  const { reading, layers } = MEMORY[model]
  return [
    ['controller.weight_ih', [4 * HIDDEN, INPUTS + reading]],
    ['controller.weight_hh', [4 * HIDDEN, HIDDEN]],
    ['controller.bias_ih', [4 * HIDDEN]],
    ['controller.bias_hh', [4 * HIDDEN]],
    ...Object.entries(layers).flatMap(([name, rows]): [string, number[]][] => [
      [`memory.${name}.weight`, [rows, HIDDEN]],
      [`memory.${name}.bias`, [rows]],
    ]),
    ['classifier.weight', [OUTPUTS, HIDDEN]],
    ['classifier.bias', [OUTPUTS]],
  ]
}

const PAIRS = STATES * SYMBOLS
/** Units of the reading, and rows of the linear layers that drive the memory. */
const MEMORY: Readonly<
  Record<StudiedId, { readonly reading: number; readonly layers: Readonly<Record<string, number>> }>
> = {
  lstm: { reading: 0, layers: {} },
  'superposition-stack': { reading: WIDTH, layers: { actions: 3, push: WIDTH } },
  'superposition-stack-hidden': { reading: HIDDEN, layers: { actions: 3 } },
  'stratification-stack': { reading: WIDTH, layers: { actions: 2, push: WIDTH } },
  'nondeterministic-stack': { reading: PAIRS, layers: { operations: PAIRS * (2 * PAIRS + STATES) } },
}
