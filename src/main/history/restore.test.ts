import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeSafetensors } from '../../engine/train/safetensors.ts'
import { listBackups } from './backup-names.ts'
import { connect } from './database.ts'
import { openHistory } from './history.ts'
import { restoreHistory } from './restore.ts'
import { checkpoint, ENVIRONMENT, epoch, progress, start } from './testing/events.ts'
import { codeOf, study, withHome } from './testing/fixtures.ts'

const file = (home: string): string => join(home, 'history.sqlite')

/** As training writes it, without weights. */
function real(which: 'last' | 'best', number: number): string {
  const run = JSON.stringify({ plan: { id: 'full' }, seed: 1 })
  const state = JSON.stringify(which === 'last' ? { epoch: number, position: 0 } : { epoch: number, loss: 1 })
  return Buffer.from(writeSafetensors({ metadata: { which, run, state }, tensors: new Map() })).toString('latin1')
}

/** Trains a run two epochs, makes a backup, trains two more, and leaves the process without closing: the last pages are in the -wal. */
function trainOn(home: string, { pinned = true } = {}): { run: string; backup: string } {
  const history = openHistory({ home })
  history.studies.add(study())
  const run = history.runs.list()[0]!.id
  history.runs.claim(run, { environment: ENVIRONMENT })
  const say = (number: number): void => {
    for (let step = 1; step <= 10; step++) history.record(run, progress(10 * number + step))
    history.record(run, epoch(number))
    for (const [which, at] of [
      ['best', number],
      ['last', number + 1],
    ] as const)
      history.record(run, {
        kind: 'checkpoint',
        which,
        epoch: at,
        step: 10 * (number + 1),
        bytes: Buffer.from(real(which, at), 'latin1'),
      })
  }
  history.record(run, start())
  say(0)
  say(1)
  const backup = history.backups.make()
  if (!pinned) rmSync(join(home, 'backups', 'pins'), { recursive: true })
  say(2)
  say(3)
  history.studies.add(study({ name: 'Later', seeds: [7] }))
  const later = history.runs.list().at(-1)!.id
  history.runs.claim(later, { environment: ENVIRONMENT })
  history.record(later, start())
  history.record(later, checkpoint('last', 10))
  // As a process that was killed leaves it: it lives no more.
  const raw = connect(file(home))
  raw.exec('DELETE FROM processes')
  raw.close()
  const wal = readFileSync(`${file(home)}-wal`)
  const main = readFileSync(file(home))
  history.close()
  writeFileSync(`${file(home)}-wal`, wal)
  const damaged = Buffer.from(main)
  damaged.fill(0x5a, 4096, 12_288)
  writeFileSync(file(home), damaged)
  return { run, backup }
}

const versions = (home: string, run: string, folder = 'versions'): string[] =>
  readdirSync(join(home, 'checkpoints', run, folder)).sort()

describe('restoring a backup', () => {
  it('moves all files aside together; the run goes on from the backup’s checkpoint, which was pinned', () =>
    withHome(home => {
      const { run, backup } = trainOn(home)
      expect(codeOf(() => openHistory({ home }))).toBe('history-damaged')
      const before = readFileSync(file(home))
      const newer = versions(home, run)
      const restored = restoreHistory({ home })
      expect(restored).toMatchObject({ backup, studies: 1, runs: 4, whole: [run], found: [], anew: [], unusable: [] })
      expect(restored.unknown).toHaveLength(1)
      expect(readFileSync(join(restored.aside!, 'history.sqlite')).equals(before)).toBe(true)
      expect(existsSync(join(restored.aside!, 'history.sqlite-wal'))).toBe(true)
      const history = openHistory({ home })
      history.check()
      const { resume } = history.runs.claim(run, { environment: ENVIRONMENT })
      expect([resume!.step, Buffer.from(resume!.last).toString('latin1')]).toEqual([20, real('last', 2)])
      expect(history.metrics.series(run).loss!.steps.length).toBe(20)
      history.close()
      // What opening has removed from among the versions is kept.
      expect(versions(home, run, 'kept')).toEqual(expect.arrayContaining(newer))
      expect(versions(home, restored.unknown[0]!)).toHaveLength(1)
    }))

  it('finds the newest checkpoints where the backup’s own are gone', () =>
    withHome(home => {
      const { run } = trainOn(home, { pinned: false })
      const restored = restoreHistory({ home })
      expect(restored).toMatchObject({ whole: [], found: [{ run, from: 20, to: 40 }], anew: [] })
      const history = openHistory({ home })
      const { resume } = history.runs.claim(run, { environment: ENVIRONMENT })
      expect(Buffer.from(resume!.last).toString('latin1')).toBe(real('last', 4))
      expect(Buffer.from(resume!.best!).toString('latin1')).toBe(real('best', 3))
      history.close()
    }))

  it('says which runs begin anew where no weights are left', () =>
    withHome(home => {
      const { run } = trainOn(home, { pinned: false })
      rmSync(join(home, 'checkpoints'), { recursive: true })
      expect(restoreHistory({ home })).toMatchObject({ whole: [], found: [], anew: [run] })
      const history = openHistory({ home })
      expect(history.runs.claim(run, { environment: ENVIRONMENT }).resume).toBeNull()
      history.close()
    }))

  it('takes the newest that can be used, by name or path too, and leaves all as it is where there is none', () =>
    withHome(home => {
      const { backup } = trainOn(home)
      writeFileSync(join(home, 'backups', 'history-20200101T000000000Z-v3.sqlite'), 'nothing')
      const broken = join(home, 'backups', `history-${new Date().toISOString().replace(/[-:.]/g, '')}-v3.sqlite`)
      writeFileSync(broken, 'nothing')
      expect(restoreHistory({ home })).toMatchObject({ backup, unusable: [broken] })
      const name = backup.slice(backup.lastIndexOf('/') + 1)
      expect(restoreHistory({ home, backup: name }).backup).toBe(backup)
      expect(codeOf(() => restoreHistory({ home, backup: 'none.sqlite' }))).toBe('bad-input')
      rmSync(backup)
      const before = readdirSync(home)
      expect(codeOf(() => restoreHistory({ home }))).toBe('no-backup')
      expect(readdirSync(home)).toEqual(before)
    }))

  it('is refused while another program has the history open', () =>
    withHome(home => {
      const history = openHistory({ home })
      history.backups.make()
      expect(codeOf(() => restoreHistory({ home }))).toBe('home-in-use')
      history.close()
      expect(restoreHistory({ home }).unknown).toEqual([])
    }))

  it('goes on after it was broken off between two files', () =>
    withHome(home => {
      trainOn(home)
      rmSync(file(home))
      expect(codeOf(() => openHistory({ home }))).toBe('history-damaged')
      restoreHistory({ home })
      openHistory({ home }).close()
    }))
})

describe('backups', () => {
  it('from the future are the oldest ones: never the newest, and the first to go', () =>
    withHome(home => {
      const history = openHistory({ home })
      const future = 'history-29991231T000000000Z-v3.sqlite'
      writeFileSync(join(home, 'backups', future), '')
      const made = Array.from({ length: 9 }, () => history.backups.make())
      expect(history.backups.list().map(path => path.slice(-future.length))[0]).toBe(future)
      expect(history.backups.list().slice(1)).toEqual(made)
      made.push(history.backups.make())
      expect(listBackups(join(home, 'backups'))).toEqual(made)
      history.close()
    }))

  it('hold the weights that they name, until the last that does is gone', () =>
    withHome(home => {
      const history = openHistory({ home })
      history.studies.add(study())
      const run = history.runs.list()[0]!.id
      history.runs.claim(run, { environment: ENVIRONMENT })
      history.record(run, start())
      history.record(run, checkpoint('last', 10))
      const hash = history.checkpoints.list(run)[0]!.sha256
      history.backups.make()
      history.record(run, checkpoint('last', 20))
      const pins = (): string[] => versions(home, join('..', 'backups', 'pins', run), '')
      expect(versions(home, run)).not.toContain(`${hash}.safetensors`)
      expect(pins()).toContain(`${hash}.safetensors`)
      for (let n = 0; n < 10; n++) history.backups.make()
      expect(pins()).not.toContain(`${hash}.safetensors`)
      history.close()
    }))
})
