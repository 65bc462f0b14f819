import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { connect, patiently } from './database.ts'
import { openHistory } from './history.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { ENVIRONMENT } from './testing/events.ts'
import { codeOf, study, withHome } from './testing/fixtures.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** A history, and a second connection to its file that does not wait for locks itself. */
function withLocker<T>(use: (locker: ReturnType<typeof connect>, home: string) => T): Promise<T> {
  return withHome(home => {
    openHistory({ home }).close()
    const locker = connect(join(home, 'history.sqlite'), { busyTimeout: 0 })
    try {
      return use(locker, home)
    } finally {
      locker.close()
    }
  })
}

describe('a lock that another program holds', () => {
  it('is waited for, and the work done when it is free', () =>
    withLocker((locker, home) => {
      const other = connect(join(home, 'history.sqlite'))
      other.exec('BEGIN IMMEDIATE')
      let tries = 0
      patiently({ file: 'f', backups: 'b' }, () => {
        if (++tries === 4) other.exec('COMMIT')
        locker.exec('BEGIN IMMEDIATE; ROLLBACK')
      })
      expect(tries).toBe(4)
      other.close()
    }))

  it('for too long is told', () =>
    withLocker((locker, home) => {
      const other = connect(join(home, 'history.sqlite'))
      other.exec('BEGIN IMMEDIATE')
      expect(codeOf(() => patiently({ file: 'f', backups: 'b' }, () => locker.exec('BEGIN IMMEDIATE'), 30))).toBe(
        'history-busy',
      )
      other.close()
    }))

  it('never hinders reading', () =>
    withLocker((locker, home) => {
      const history = openHistory({ home })
      history.studies.add(study())
      locker.exec("BEGIN IMMEDIATE; UPDATE studies SET note = 'not yet'")
      expect(history.studies.list().map(({ note }) => note)).toEqual([''])
      locker.exec('ROLLBACK')
      history.close()
    }))
})

describe('the heartbeat', () => {
  it('finds runs of processes that died meanwhile, and reports its own errors', () =>
    withLocker((locker, home) => {
      vi.useFakeTimers()
      const [interrupted, problems]: [string[], unknown[]] = [[], []]
      const history = openHistory({
        home,
        onInterrupted: ids => interrupted.push(...ids),
        onProblem: error => problems.push(error),
      })
      const other = openHistory({ home })
      history.studies.add(study())
      const { id } = history.runs.list()[0]!
      other.runs.claim(id, { environment: ENVIRONMENT })
      vi.advanceTimersByTime(20_000)
      expect([interrupted, history.runs.get(id).status]).toEqual([[], 'running'])
      locker.exec(
        "UPDATE processes SET boot = 'another start-up' WHERE token = (SELECT owner FROM runs WHERE owner IS NOT NULL)",
      )
      const before = history.outsideVersion()
      vi.advanceTimersByTime(5_000)
      expect([interrupted, history.runs.get(id).status, problems]).toEqual([[id], 'interrupted', []])
      expect(history.outsideVersion()).not.toBe(before)
      locker.exec('PRAGMA user_version = 99')
      vi.advanceTimersByTime(5_000)
      expect(problems.length).toBeGreaterThan(0)
      expect(
        codeOf(() => {
          throw problems[0]
        }),
      ).toBe('history-newer')
      locker.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
      other.close()
      history.close()
    }))
})
