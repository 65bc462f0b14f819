import { describe, expect, it } from 'vitest'
import { crashEverywhere } from './testing/crash-checkpoints.ts'

describe('checkpoints', () => {
  it('are whole, old or new, after a kill before any operation on the disk', async () => {
    const { crashes, unacknowledgedKept } = await crashEverywhere(disk => disk.afterKill())
    expect(crashes).toBeGreaterThan(80)
    expect(unacknowledgedKept).toBeGreaterThan(0)
  }, 60_000)

  it('are whole, old or new, after a loss of power before any operation that undid all that was not synced', async () => {
    const { crashes } = await crashEverywhere(disk => disk.afterPowerLoss(() => false))
    expect(crashes).toBeGreaterThan(80)
  }, 60_000)
})
