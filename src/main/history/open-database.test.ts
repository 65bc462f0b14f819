import { copyFileSync, existsSync, readFileSync, readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LabError } from '../../shared/errors.ts'
import { sqliteBinding } from './binding.ts'
import { connect } from './database.ts'
import type { Database } from './database.ts'
import { openHistory } from './history.ts'
import type { HistoryOptions } from './history.ts'
import { APPLICATION_ID } from './migrate.ts'
import type { Migration } from './migrate.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { openDatabase } from './open-database.ts'
import { countRuns } from './runs.ts'
import { addStudy, listStudies } from './studies.ts'
import { ENVIRONMENT, snapshot } from './testing/events.ts'
import { codeOf, study, withHome } from './testing/fixtures.ts'

const file = (home: string): string => join(home, 'history.sqlite')

const opened = (home: string): Database =>
  openDatabase({ place: { file: file(home), backups: join(home, 'backups') }, migrations: MIGRATIONS, now: () => 0 })

/** A history with one study, closed. */
function made(home: string, options: Partial<HistoryOptions> = {}): string {
  const history = openHistory({ home, ...options })
  history.studies.add(study())
  history.close()
  return file(home)
}

/** Opening fails with `code`, saying `words`; the file is what it was, and there is nothing new beside it that holds anything. */
function expectRefused(home: string, code: string, words: RegExp, options: Partial<HistoryOptions> = {}): void {
  const before = readFileSync(file(home))
  let caught: unknown
  try {
    openHistory({ home, ...options }).close()
  } catch (error) {
    caught = error
  }
  expect(caught).toBeInstanceOf(LabError)
  expect(caught).toMatchObject({ code, message: expect.stringMatching(words) })
  expect((caught as LabError).message).toContain(file(home))
  expect(readFileSync(file(home)).equals(before)).toBe(true)
}

const notes: Migration = {
  id: '0002-notes',
  why: 'runs have colours',
  sql: "ALTER TABLE runs ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'",
}
const broken: Migration = {
  id: '0002-broken',
  why: 'never works',
  sql: 'ALTER TABLE runs ADD COLUMN colour TEXT; INSERT INTO missing VALUES (1)',
}

describe('a new history', () => {
  it('is marked as ours, with its version, and writes ahead', () =>
    withHome(home => {
      const raw = connect(made(home))
      expect([
        raw.pragma('application_id', { simple: true }),
        raw.pragma('user_version', { simple: true }),
        raw.pragma('journal_mode', { simple: true }),
      ]).toEqual([APPLICATION_ID, MIGRATIONS.length, 'wal'])
      raw.close()
      expect(readFileSync(file(home)).subarray(68, 72).toString('latin1')).toBe('PfrH')
      expect(readdirSync(home).sort()).toEqual(['backups', 'checkpoints', 'history.sqlite', 'logs'])
    }))

  it('has every migration of its folder', () => {
    const files = readdirSync(new URL('./migrations', import.meta.url))
      .filter(name => /^\d{4}-/.test(name))
      .sort()
    expect(MIGRATIONS.map(({ id }) => `${id}.ts`)).toEqual(files)
    expect(files.map(name => Number(name.slice(0, 4)))).toEqual(files.map((_, i) => i + 1))
  })

  it('syncs every commit to the disk, and holds references to be true', () =>
    withHome(home => {
      const { raw } = opened(home)
      expect([
        raw.pragma('synchronous', { simple: true }),
        raw.pragma('foreign_keys', { simple: true }),
        raw.pragma('journal_mode', { simple: true }),
      ]).toEqual([2, 1, 'wal'])
      raw.close()
    }))

  it('cannot be where a file is', () =>
    withHome(home => {
      writeFileSync(join(home, 'taken'), '')
      expect(codeOf(() => openHistory({ home: join(home, 'taken') }))).toBe('history-unwritable')
    }))
})

describe('migration', () => {
  const both = [...MIGRATIONS, notes]

  it('backs the old file up, then brings it to the new version with what it holds', () =>
    withHome(home => {
      made(home)
      const history = openHistory({ home, migrations: both })
      expect(history.runs.count()).toBe(4)
      const [backup, ...others] = history.backups.list()
      history.close()
      expect(others).toEqual([])
      expect(backup).toMatch(new RegExp(String.raw`history-\d{8}T\d{9}Z-v${MIGRATIONS.length}\.sqlite$`))
      const version = (path: string): unknown => {
        const raw = connect(path, { readonly: true })
        try {
          return [
            raw.pragma('user_version', { simple: true }),
            raw.prepare('SELECT count(*) FROM runs').pluck().get(),
            raw.prepare("SELECT count(*) FROM pragma_table_info('runs') WHERE name = 'colour'").pluck().get(),
          ]
        } finally {
          raw.close()
        }
      }
      expect(version(backup!)).toEqual([MIGRATIONS.length, 4, 0])
      expect(version(file(home))).toEqual([both.length, 4, 1])
    }))

  it('gives a history of version 1 room for snapshots', () =>
    withHome(home => {
      made(home, { migrations: MIGRATIONS.slice(0, 1) })
      const history = openHistory({ home })
      const { id } = history.runs.list()[0]!
      expect([history.runs.count(), history.snapshots.list(id)]).toEqual([4, []])
      history.runs.claim(id, { environment: ENVIRONMENT })
      history.record(id, snapshot(0))
      expect(Buffer.from(history.snapshots.read(id, 0)!.content).toString()).toBe('snapshot 0')
      history.runs.release(id, 'paused')
      history.runs.remove(id)
      expect(readdirSync(history.paths.checkpoints)).toEqual([])
      history.close()
    }))

  it('that fails leaves the old file as it was, still usable by the old version', () =>
    withHome(home => {
      made(home)
      const content = (): unknown => {
        const raw = connect(file(home), { readonly: true })
        try {
          return [
            raw.pragma('user_version', { simple: true }),
            raw.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all(),
            raw.prepare('SELECT * FROM runs').all(),
            raw.prepare('SELECT * FROM migrations').all(),
          ]
        } finally {
          raw.close()
        }
      }
      const before = content()
      expect(() => openHistory({ home, migrations: [...MIGRATIONS, broken] })).toThrow('no such table: missing')
      expect(content()).toEqual(before)
      const history = openHistory({ home })
      expect([history.runs.count(), history.backups.list().length]).toEqual([4, 1])
      history.close()
    }))

  it('does not run on a file that another build of the app made', () =>
    withHome(home => {
      made(home, {
        migrations: [{ ...MIGRATIONS[0]!, sql: `${MIGRATIONS[0]!.sql}\nCREATE TABLE other (x INTEGER) STRICT;` }],
      })
      expectRefused(home, 'history-foreign', /another build of the app: its step 1 is 0001-history/)
      expectRefused(home, 'history-foreign', /another build/, { migrations: both })
    }))

  it('ends writing by programs that still run with the old version', () =>
    withHome(home => {
      made(home)
      const old = openHistory({ home })
      const young = openHistory({ home, migrations: both })
      expect(codeOf(() => old.studies.add(study()))).toBe('history-newer')
      expect(young.studies.add(study()).runs).toEqual({ queued: 4 })
      expect(codeOf(() => old.close())).toBe('history-newer')
      young.close()
    }))
})

describe('a file that cannot be used is left as it is:', () => {
  it('of a newer version', () =>
    withHome(home => {
      made(home, { migrations: [...MIGRATIONS, notes] })
      expectRefused(
        home,
        'history-newer',
        new RegExp(
          String.raw`its version is ${MIGRATIONS.length + 1}; this app knows up to ${MIGRATIONS.length}\)\. It was left as it is\. Update the app`,
        ),
      )
    }))

  it('of another program', () =>
    withHome(home => {
      const raw = connect(file(home))
      raw.exec('CREATE TABLE bookmarks (url TEXT)')
      raw.close()
      expectRefused(home, 'history-foreign', /a database, but not a history/)
    }))

  it('no database at all', () =>
    withHome(home => {
      writeFileSync(file(home), 'my diary, which is longer than a header of one hundred bytes. '.repeat(100))
      expectRefused(
        home,
        'history-damaged',
        /is damaged \(file is not a database\)\. It was left as it is\. There is no backup/,
      )
    }))

  it('empty', () =>
    withHome(home => {
      truncateSync(made(home), 0)
      expectRefused(home, 'history-damaged', /it is empty/)
    }))

  it.each([1, 50, 100, 4095, 4096, 8192, 20_000])(
    'cut off after %i bytes; the message names the newest backup',
    bytes =>
      withHome(home => {
        made(home)
        const history = openHistory({ home })
        const [, newest] = [history.backups.make(), history.backups.make()]
        history.close()
        truncateSync(file(home), bytes)
        expectRefused(home, 'history-damaged', new RegExp(`The newest backup is ${newest}`))
        renameSync(file(home), `${file(home)}.damaged`)
        copyFileSync(newest, file(home))
        const restored = openHistory({ home })
        expect(restored.runs.count()).toBe(4)
        restored.close()
      }),
  )

  it('with tables that are not as they were made', () =>
    withHome(home => {
      const raw = connect(made(home))
      raw.exec('CREATE TABLE guest (x INTEGER)')
      raw.close()
      expectRefused(home, 'history-damaged', /its tables are not as they were made/)
    }))

  it('with a page overwritten, also one that opening does not need', () =>
    withHome(home => {
      const raw = connect(made(home))
      const page = Number(raw.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'tallies'").pluck().get())
      raw.close()
      const bytes = readFileSync(file(home))
      bytes.fill(0xff, 4096 * (page - 1), 4096 * page)
      writeFileSync(file(home), bytes)
      expectRefused(home, 'history-damaged', /is damaged/)
    }))
})

describe('damage found later', () => {
  it('is told with the file and the newest backup', () =>
    withHome(home => {
      made(home)
      const raw = connect(file(home))
      raw.exec("UPDATE studies SET spec = '{'")
      raw.close()
      const history = openHistory({ home })
      expect(() => history.studies.list()).toThrow(/history\.sqlite is damaged \(a stored record cannot be read\)/)
      expect(codeOf(() => history.studies.list())).toBe('history-damaged')
      history.close()
    }))
})

describe('the SQLite binding', () => {
  const versions = (napi: string): NodeJS.ProcessVersions =>
    ({ ...process.versions, node: '20.1.0', napi }) as NodeJS.ProcessVersions

  it('of better-sqlite3 needs Node-API 10', () => {
    expect(sqliteBinding({}, versions('10'))).toEqual({})
    expect(() => sqliteBinding({}, versions('9'))).toThrow(
      'The history needs a runtime with Node-API 10 or newer; Node 20.1.0 has 9.',
    )
    expect(codeOf(() => sqliteBinding({}, { ...versions('8'), electron: '25.1.1' } as NodeJS.ProcessVersions))).toBe(
      'runtime-too-old',
    )
  })

  it('may be another one that the environment names', () => {
    expect(sqliteBinding({ PERMAFROST_SQLITE_BINDING: '/x/y.node' }, versions('8'))).toEqual({
      nativeBinding: '/x/y.node',
    })
  })

  it('that cannot be loaded is named', () =>
    withHome(home => {
      process.env.PERMAFROST_SQLITE_BINDING = join(home, 'none.node')
      try {
        expect(() => openHistory({ home })).toThrow(`The SQLite binding ${join(home, 'none.node')} could not be loaded`)
      } finally {
        delete process.env.PERMAFROST_SQLITE_BINDING
      }
      expect(existsSync(file(home))).toBe(false)
    }))
})

describe('a full disk', () => {
  it('is told as such; what was stored stays, and work goes on when there is room', () =>
    withHome(home => {
      const db = opened(home)
      const add = (): unknown => addStudy(db, study({ description: 'x'.repeat(9000) }), 0)
      add()
      db.raw.pragma(`max_page_count = ${Number(db.raw.pragma('page_count', { simple: true })) + 10}`)
      let added = 1
      expect(
        codeOf(() => {
          for (; ; added++) add()
        }),
      ).toBe('disk-full')
      expect([listStudies(db).length, countRuns(db)]).toEqual([added, 4 * added])
      db.raw.pragma('max_page_count = 1000000')
      add()
      expect(db.raw.pragma('integrity_check', { simple: true })).toBe('ok')
      db.close()
    }))
})
