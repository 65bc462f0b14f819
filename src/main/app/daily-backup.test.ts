import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { backUpDaily } from './daily-backup.ts'

const DAY = 86_400_000
let folder: string

beforeEach(() => {
  vi.useFakeTimers()
  folder = mkdtempSync(join(tmpdir(), 'permafrost-backups-'))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

/** Backups that are files of the age that the clock gives them. */
function fakeBackups() {
  const made: string[] = []
  return {
    made,
    list: () => made,
    make: () => {
      throw new Error('holds everything up')
    },
    makeSlowly() {
      const path = join(folder, `${made.length}`)
      writeFileSync(path, '')
      utimesSync(path, Date.now() / 1000, Date.now() / 1000)
      made.push(path)
      return Promise.resolve(path)
    },
  }
}

it('makes a copy a while after the start, and then one a day', async () => {
  const backups = fakeBackups()
  const end = backUpDaily({
    backups,
    onProblem: error => {
      throw error
    },
  })
  expect(backups.made).toHaveLength(0)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(backups.made).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(DAY - 120_000)
  expect(backups.made).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(2 * 3_600_000)
  expect(backups.made).toHaveLength(2)
  await end()
  await vi.advanceTimersByTimeAsync(3 * DAY)
  expect(backups.made).toHaveLength(2)
})

it('says what went wrong, and tries again', async () => {
  const problems: unknown[] = []
  const backups = { ...fakeBackups(), makeSlowly: vi.fn(() => Promise.reject(new Error('disk full'))) }
  const end = backUpDaily({ backups, onProblem: error => problems.push(error) })
  await vi.advanceTimersByTimeAsync(2 * 3_600_000)
  expect(problems.map(String)).toEqual(['Error: disk full', 'Error: disk full', 'Error: disk full'])
  await end()
})
