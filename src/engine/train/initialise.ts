import { chance } from '../chance.ts'
import type { Initial, ParameterInfo } from '../parameters.ts'

/**
 * The weights with which every run of `seed` begins. Each parameter draws from a stream of its own name, so that one more parameter
 * moves no other, and models that share a parameter share its first values.
 * @returns by name, row-major
 */
export function initialWeights(parameters: readonly ParameterInfo[], seed: number): Map<string, Float32Array> {
  return new Map(parameters.map(parameter => [parameter.name, drawInitial(parameter, seed)]))
}

function drawInitial({ name, shape, initial }: ParameterInfo, seed: number): Float32Array {
  const values = new Float32Array(shape.reduce((product, side) => product * side, 1))
  if (initial.kind === 'constant') return values.fill(initial.value)
  const bound = boundOf(initial)
  const source = chance(seed).fork(`params/${name}`)
  for (let i = 0; i < values.length; i++) values[i] = (2 * source.uniform() - 1) * bound
  return values
}

function boundOf(initial: Exclude<Initial, { kind: 'constant' }>): number {
  return initial.kind === 'uniform' ? initial.bound : initial.gain * Math.sqrt(6 / (initial.fanIn + initial.fanOut))
}
