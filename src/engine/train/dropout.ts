import { chance } from '../chance.ts'
import type { Batch } from '../devices/device.ts'
import type { Trainee } from './weights.ts'

/** Masks of the step at `position` of an epoch, by the run's seed: each unit is left out with the model's probability, and the others are made larger, so that the expected sum stays. Undefined where nothing is dropped. */
export function dropoutMasks(
  { masks = [], dropout = 0 }: Trainee['model'],
  { size, length }: Pick<Batch, 'size' | 'length'>,
  { seed, epoch, position }: { seed: number; epoch: number; position: number },
): Batch['masks'] {
  if (masks.length === 0) return undefined
  const source = chance(seed).fork(`dropout/${epoch}/${position}`)
  return new Map(
    masks.map(({ name, width }) => {
      const own = source.fork(name)
      return [
        name,
        Float32Array.from({ length: size * (length + 1) * width }, () =>
          own.uniform() < dropout ? 0 : 1 / (1 - dropout),
        ),
      ]
    }),
  )
}
