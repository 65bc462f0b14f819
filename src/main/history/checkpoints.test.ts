import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CheckpointFiles, publish } from './checkpoints.ts'
import { realDisk } from './disk.ts'
import { openHistory } from './history.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { openDatabase } from './open-database.ts'
import { identify } from './processes.ts'
import { crashEverywhere } from './testing/crash-checkpoints.ts'
import { ENVIRONMENT, checkpoint } from './testing/events.ts'
import { study, withHome } from './testing/fixtures.ts'

describe('checkpoints', () => {
  it('are whole, old or new, after a kill before any operation on the disk', async () => {
    const { crashes, unacknowledgedKept } = await crashEverywhere(disk => disk.afterKill())
    expect(crashes).toBeGreaterThan(80)
    expect(unacknowledgedKept).toBeGreaterThan(0)
  })

  it('are whole, old or new, after a loss of power before any operation that undid all that was not synced', async () => {
    const { crashes } = await crashEverywhere(disk => disk.afterPowerLoss(() => false))
    expect(crashes).toBeGreaterThan(80)
  })

  it('that another process is about to store are left alone', () =>
    withHome(home => {
      const owner = openHistory({ home })
      const runId = (owner.studies.add(study()), owner.runs.list()[0]!.id)
      owner.runs.claim(runId, { environment: ENVIRONMENT })
      owner.record(runId, checkpoint('last', 5))
      const staged = join(owner.paths.checkpoints, runId, 'versions', `${'0'.repeat(64)}.safetensors`)
      writeFileSync(staged, 'not committed yet')
      const db = openDatabase({ place: owner.paths, migrations: MIGRATIONS, now: Date.now })
      const other = { db, files: new CheckpointFiles(owner.paths.checkpoints, realDisk), me: identify() }
      publish(other, runId)
      expect(existsSync(staged)).toBe(true)
      owner.runs.release(runId, 'paused')
      publish(other, runId)
      expect([existsSync(staged), existsSync(owner.checkpoints.read(runId, 'last')!.file)]).toEqual([false, true])
      db.close()
      owner.close()
    }))
})
