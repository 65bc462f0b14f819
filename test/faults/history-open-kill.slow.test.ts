import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { sqliteBinding } from '../../src/main/history/binding.ts'
import { openHistory } from '../../src/main/history/history.ts'
import { MIGRATIONS } from '../../src/main/history/migrations/index.ts'
import { study, withHome } from '../../src/main/history/testing/fixtures.ts'
import { makeOldHistory, OLD } from '../../src/main/history/testing/old-history.ts'
import { pool, sizeOf } from '../../src/shared/score.ts'
import { NEXT } from './history/next-migration.ts'
import { begin, pause } from './history/process.ts'

/** Kills, spread over the time that opening takes; more of them where that has changed since, as it does on a busy machine. */
const KILLS = 25,
  MOST = 8 * KILLS
const NOW = MIGRATIONS.length
const VERSIONS = MIGRATIONS.map((_, k) => k + 1)

/** The version that is committed, be it in the file or only in the log beside it; read from a copy, so that what is left stays as it is. */
function versionIn(home: string): number {
  const copy = mkdtempSync(join(tmpdir(), 'permafrost-left-'))
  try {
    for (const name of readdirSync(home).filter(name => name.startsWith('history.sqlite')))
      cpSync(join(home, name), join(copy, name))
    const db = new Sqlite(join(copy, 'history.sqlite'), sqliteBinding())
    try {
      return db.pragma('user_version', { simple: true }) as number
    } finally {
      db.close()
    }
  } finally {
    rmSync(copy, { recursive: true })
  }
}

/** Version and number of runs of what a kill left; `none` where there is no file yet. */
function left(home: string): string {
  if (!readdirSync(home).includes('history.sqlite')) return 'none'
  const version = versionIn(home)
  const history = openHistory({ home, migrations: [...MIGRATIONS, NEXT].slice(0, Math.max(1, version)) })
  try {
    history.check()
    return `version ${version}, ${history.runs.count({ archived: 'any' })} runs`
  } finally {
    history.close()
  }
}

/** @returns milliseconds from when it was let go to when it had opened the history */
async function timeOfOpening(version: 'this' | 'next', prepare: (home: string) => void): Promise<number> {
  return withHome(async home => {
    prepare(home)
    const { says, go, ends } = begin('opener.ts', [home, version])
    await says(1)
    const began = performance.now()
    go()
    await says(2)
    const time = performance.now() - began
    await ends
    return time
  })
}

/** Kills processes at moments spread from before they open the history until after they have. @returns what the kills left */
async function killWhileOpening(
  version: 'this' | 'next',
  prepare: (home: string) => void,
  look: (home: string) => void,
  enough: (seen: Set<string>) => boolean,
): Promise<Set<string>> {
  const times = [await timeOfOpening(version, prepare), await timeOfOpening(version, prepare)]
  const seen = new Set<string>()
  for (let kill = 0; kill < KILLS || (kill < MOST && !enough(seen)); kill++) {
    await withHome(async home => {
      prepare(home)
      const { child, says, go, ends } = begin('opener.ts', [home, version])
      await says(1)
      go()
      await pause(((kill % KILLS) / KILLS) * 1.5 * Math.max(...times))
      child.kill('SIGKILL')
      expect((await ends).errors).toBe('')
      seen.add(left(home))
      look(home)
    })
  }
  return seen
}

describe('a process killed while it opens the history', () => {
  it('for the first time leaves none or a whole one', async () => {
    const seen = await killWhileOpening(
      'this',
      () => {
        /* nothing there */
      },
      home => {
        openHistory({ home }).close()
      },
      found => found.has('none') && found.size > 1,
    )
    expect(['none', ...VERSIONS.map(version => `version ${version}, 0 runs`), `version ${NOW}, 4 runs`]).toEqual(
      expect.arrayContaining([...seen]),
    )
    expect(seen).toContain('none')
    expect(seen.size).toBeGreaterThan(1)
  })

  it('to migrate it leaves the old version or the new one, whole', async () => {
    const prepare = (home: string): void => {
      const history = openHistory({ home })
      history.studies.add(study({ seeds: 100 }))
      history.close()
    }
    const seen = await killWhileOpening(
      'next',
      prepare,
      home => {
        const migrated = openHistory({ home, migrations: [...MIGRATIONS, NEXT] })
        expect(migrated.runs.count()).toBeGreaterThanOrEqual(200)
        migrated.close()
      },
      found => found.has(`version ${NOW}, 200 runs`) && found.size > 1,
    )
    expect([`version ${NOW}, 200 runs`, `version ${NOW + 1}, 200 runs`, `version ${NOW + 1}, 204 runs`]).toEqual(
      expect.arrayContaining([...seen]),
    )
    expect(seen).toContain(`version ${NOW}, 200 runs`)
    expect(seen.size).toBeGreaterThan(1)
  })

  it('to move evaluations into tallies leaves the ones or the others, with every sum', async () => {
    const seen = await killWhileOpening(
      'this',
      home => makeOldHistory(home, { seeds: 100, scored: 200 }),
      home => {
        const history = openHistory({ home })
        const scores = history.evaluations.byBin({ which: 'last' })
        expect(scores).toHaveLength(3 * 200)
        expect(sizeOf(pool(scores))).toEqual({ strings: 200 * 28, symbols: 200 * 1325 })
        history.close()
      },
      found => found.has(`version ${OLD.length}, 200 runs`) && found.size > 1,
    )
    expect([`version ${OLD.length}, 200 runs`, `version ${NOW}, 200 runs`, `version ${NOW}, 204 runs`]).toEqual(
      expect.arrayContaining([...seen]),
    )
    expect(seen).toContain(`version ${OLD.length}, 200 runs`)
    expect(seen.size).toBeGreaterThan(1)
  })
})
