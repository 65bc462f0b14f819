import { expect, it } from 'vitest'
import { crashEverywhere } from './testing/crash-checkpoints.ts'

it.each([
  ['all of them', () => true],
  ['every other one', (n: number) => n % 2 === 0],
  ['every third one', (n: number) => n % 3 === 0],
  ['two of three', (n: number) => n % 3 !== 0],
])(
  'checkpoints are whole, old or new, after a loss of power before any operation; of the changes of names not synced yet, %s came through',
  async (_, survives) => {
    let asked = 0
    const { crashes } = await crashEverywhere((disk, operation) =>
      disk.afterPowerLoss(() => survives(operation + asked++)),
    )
    expect(crashes).toBeGreaterThan(80)
  },
)
