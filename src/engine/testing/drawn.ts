import { chance } from '../chance.ts'
import type { Batch } from '../devices/device.ts'
import type { Model } from '../model.ts'

/** Input symbols of the models that laws are tried on. */
export const INPUTS = 3

/** Weights large enough that every part of the model matters; those that declare a range lie in it. */
export function lively(model: Model, seed: number): Map<string, Float32Array> {
  const draw = chance(seed)
  return new Map(
    model.parameters.map(({ name, shape, range: [low, high] = [-0.7, 0.7] }) => [
      name,
      Float32Array.from(
        { length: shape.reduce((a, b) => a * b, 1) },
        () => (low + high) / 2 + (high - low) * (draw.uniform() - 0.5),
      ),
    ]),
  )
}

export function randomBatch(size: number, length: number, inputs: number, seed: number): Batch {
  const draw = chance(seed)
  return { size, length, symbols: Int32Array.from({ length: size * length }, () => draw.integer(inputs)) }
}

export const stringsOf = ({ size, length, symbols }: Batch): number[][] =>
  Array.from({ length: size }, (_, k) => [...symbols.subarray(k * length, (k + 1) * length)])
