import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openHistory } from './history.ts'
import { makeOldHistory } from './testing/old-history.ts'
import { codeOf, study, withHome } from './testing/fixtures.ts'

const copies = (): string[] => readdirSync(tmpdir()).filter(name => name.startsWith('permafrost-read-'))

/** As on a disk that takes nothing: SQLite can make no shared memory beside the file. */
function makeUnwritable(home: string): void {
  mkdirSync(join(home, 'history.sqlite-shm'))
  chmodSync(home, 0o500)
}

it('a history whose folder takes nothing is read, and left as it is', () =>
  withHome(home => {
    const made = openHistory({ home })
    made.studies.add(study())
    made.close()
    makeUnwritable(home)
    const [bytes, before] = [readFileSync(join(home, 'history.sqlite')), copies()]
    expect(codeOf(() => openHistory({ home }).close())).toBe('history-unwritable')
    const history = openHistory({ home, reading: true })
    expect(history.runs.list()).toHaveLength(4)
    expect(history.lengthCosts.due()).toEqual([])
    history.close()
    expect(readFileSync(join(home, 'history.sqlite')).equals(bytes)).toBe(true)
    expect(copies()).toEqual(before)
    chmodSync(home, 0o700)
  }))

it('one that another process writes to is read in its place, and cannot be written to', () =>
  withHome(home => {
    const writer = openHistory({ home })
    const reader = openHistory({ home, reading: true })
    writer.studies.add(study())
    expect(reader.runs.list()).toHaveLength(4)
    expect(codeOf(() => reader.studies.add(study()))).toBe('history-unwritable')
    reader.close()
    writer.close()
  }))

it('one of an older version is read from a copy that was brought to this one', () =>
  withHome(home => {
    makeOldHistory(home)
    const bytes = readFileSync(join(home, 'history.sqlite'))
    const history = openHistory({ home, reading: true })
    expect(history.evaluations.byBin().length).toBeGreaterThan(0)
    history.close()
    expect(readFileSync(join(home, 'history.sqlite')).equals(bytes)).toBe(true)
  }))
