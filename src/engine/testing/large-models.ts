import { chance } from '../chance.ts'
import type { AnyExecutor, Batch } from '../devices/device.ts'
import { buildModel, type Model } from '../model.ts'
import { lively, randomBatch } from './model-laws.ts'

/** A model whose classifier is large, and a batch for it. */
export interface LargeCase {
  readonly symbols: number
  readonly units: number
  readonly size: number
  readonly length: number
  readonly memory?: { id: string }
  readonly layers?: number
  readonly text?: { tied: boolean }
}

export const largeModel = ({ symbols, units, layers = 1, memory = { id: 'none' }, text }: LargeCase): Model =>
  buildModel(
    { controller: { id: 'lstm', units, layers }, memory, ...(text ? { embedding: text, dropout: 0.2 } : {}) },
    text ? { words: symbols } : symbols,
  )

export function largeBatch({ size, length, symbols, text }: LargeCase, seed = 5): Batch {
  const batch = randomBatch(size, length, symbols, seed)
  return text ? { ...batch, next: randomBatch(size, 1, symbols, seed + 1).symbols } : batch
}

/** Gives it weights that are smaller than those of small models, as their sums have more terms. */
export function withLargeWeights<E extends AnyExecutor>(executor: E, seed = 3): E {
  for (const [name, values] of lively(executor.model, seed))
    executor.write(
      name,
      values.map(value => 0.4 * value),
    )
  return executor
}

/** Factors of 0 or 1.25 for every unit. */
export function largeMasks({ masks }: Model, { size, length }: Batch): Map<string, Float32Array> {
  const draw = chance(9)
  return new Map(
    masks.map(({ name, width }) => [
      name,
      Float32Array.from({ length: size * (length + 1) * width }, () => (draw.uniform() < 0.2 ? 0 : 1.25)),
    ]),
  )
}
