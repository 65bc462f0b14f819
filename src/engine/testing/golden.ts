import { buildModel, type Model } from '../model.ts'

/** A file of reference values: one batch, weights, loss and gradients (float64) and 20 losses under Adam, in PyTorch's layout. */
export interface Golden {
  targets: number[][]
  vocabulary: number
  hidden: number
  weights: Record<string, Nested>
  loss_float64: number
  gradients_float64: Record<string, Nested>
  adam: { learning_rate: number; betas: [number, number]; eps: number; clip_norm: number; losses_float32: number[] }
}
type Nested = number | readonly Nested[]

const flat = (value: Nested): number[] => (typeof value === 'number' ? [value] : value.flatMap(flat))

/** Which of our parameters a reference tensor holds; the input matrix holds two side by side. */
const NAMES: readonly (readonly [theirs: RegExp, ours: string])[] = [
  [/weight_hh_l0$/, 'controller.hidden.weights'],
  [/bias_ih_l0$/, 'controller.input.bias'],
  [/bias_hh_l0$/, 'controller.hidden.bias'],
  [/action_layer.*weight$/, 'memory.actions.weights'],
  [/action_layer.*bias$/, 'memory.actions.bias'],
  [/push_value_layer.*weight$/, 'memory.push.weights'],
  [/push_value_layer.*bias$/, 'memory.push.bias'],
  [/^layer.*weight$/, 'classifier.output.weights'],
  [/^layer.*bias$/, 'classifier.output.bias'],
]

/** Reference tensors under our names, row-major. */
export function toOurs(tensors: Record<string, Nested>, inputs: number): Map<string, number[]> {
  const ours = new Map<string, number[]>()
  for (const [name, value] of Object.entries(tensors)) {
    if (/weight_ih_l0$/.test(name)) {
      const rows = (value as readonly Nested[]).map(flat)
      ours.set(
        'controller.input.weights',
        rows.flatMap(row => row.slice(0, inputs)),
      )
      if (rows[0]!.length > inputs)
        ours.set(
          'controller.reading.weights',
          rows.flatMap(row => row.slice(inputs)),
        )
      continue
    }
    const match = NAMES.find(([theirs]) => theirs.test(name))
    if (!match) throw new Error(`no parameter of ours is ${name}`)
    ours.set(match[1], flat(value))
  }
  return ours
}

export function goldenModel(golden: Golden): Model {
  const memory = Object.keys(golden.weights).some(name => name.includes('action_layer'))
    ? { id: 'superposition-stack', widths: [10] }
    : { id: 'none' }
  return buildModel({ controller: { id: 'lstm', units: golden.hidden }, memory }, golden.vocabulary)
}

/** The reference batch without the end of sequence. */
export const goldenStrings = ({ targets }: Golden): number[][] => targets.map(string => string.slice(0, -1))
