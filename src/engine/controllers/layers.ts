import { int } from '../../shared/options.ts'
import { add, matvec, type Tensor } from '../algebra/index.ts'
import { uniform, type Declared, type DeclaredGroups } from '../parameters.ts'
import type { ControllerSizes } from './controller.ts'

export const layerOptions = {
  units: int({ default: 20, min: 1, max: 8192, doc: 'units in each layer' }),
  layers: int({ default: 1, min: 1, max: 8, doc: 'layers, one above the other; the memory is read by the first' }),
}

export const layerExamples = [{ units: 5 }, { units: 3, layers: 2 }]

const suffix = (layer: number): string => (layer === 0 ? '' : String(layer + 1))

/**
 * Weights of stacked recurrent layers in PyTorch's convention, two bias vectors in each: groups `input`, `reading` and `hidden`
 * for the first layer, `input2`, `hidden2` … for those above it. `gates` rows for each unit.
 */
export function layerParams(
  { inputs, reading }: ControllerSizes,
  { units, layers }: { units: number; layers: number },
  gates: number,
): DeclaredGroups {
  const rows = gates * units
  const weights = (columns: number): Declared => uniform([rows, columns])
  return Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [
      [`input${suffix(layer)}`, { weights: weights(layer === 0 ? inputs : units), bias: uniform([rows]) }],
      ...(layer === 0 && reading > 0 ? [['reading', { weights: weights(reading) }]] : []),
      [`hidden${suffix(layer)}`, { weights: weights(units), bias: uniform([rows]) }],
    ]).flat() as [string, Record<string, Declared>][],
  )
}

type Groups = Readonly<Record<string, Readonly<Record<string, Tensor>>>>

/** What a layer adds up from below: weights · input (+ weights · reading) + bias. */
export function fromBelow(layer: number, input: Tensor, reading: Tensor | undefined, p: Groups): Tensor {
  const { weights, bias } = p[`input${suffix(layer)}`]!
  const own = add(matvec(weights!, input), bias!)
  return layer === 0 && reading ? add(matvec(p.reading!.weights!, reading), own) : own
}

/** What a layer adds up from its own hidden vector. */
export function fromHidden(layer: number, hidden: Tensor, p: Groups): Tensor {
  const { weights, bias } = p[`hidden${suffix(layer)}`]!
  return add(matvec(weights!, hidden), bias!)
}

export const stateOf = (
  name: string,
  { units, layers }: { units: number; layers: number },
): Record<string, readonly number[]> =>
  Object.fromEntries(Array.from({ length: layers }, (_, layer) => [`${name}${suffix(layer)}`, [units]]))

export const at = (name: string, layer: number): string => `${name}${suffix(layer)}`
