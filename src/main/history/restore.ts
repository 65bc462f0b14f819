import type Sqlite from 'better-sqlite3'
import { randomBytes } from 'node:crypto'
import { closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { basename, isAbsolute, join, resolve } from 'node:path'
import { InputError, LabError } from '../../shared/errors.ts'
import type { RunStatus, Weights } from '../../shared/records.ts'
import { checkpointPosition } from '../../engine/train/checkpoint-position.ts'
import { listBackups, madeAt } from './backup-names.ts'
import { connect } from './database.ts'
import { realDisk } from './disk.ts'
import { checkWhole, refuseStrange, refuseUnusable } from './inspect.ts'
import { sha256 } from './json.ts'
import { MIGRATIONS } from './migrations/index.ts'
import { identify, isAlive, type Beat } from './processes.ts'
import { pinsIn, versionName } from './pins.ts'
import { explained, type Place } from './sqlite-errors.ts'

/*
 * [Note: restoring] All files of the damaged history go aside together: what SQLite finds beside a file, it replays over it. A checkpoint
 * that the backup's rows do not name would be removed when its run is next touched, so it gets a second name in `RUN/kept` first.
 * Killed anywhere, this can be run again: until the last step there is either the damaged history or none that opens.
 */

export interface Restored {
  readonly backup: string
  /** When it was made; null where its name does not say. */
  readonly madeAt: number | null
  /** Holds the files that were there; null when there were none. */
  readonly aside: string | null
  readonly studies: number
  readonly runs: number
  /** Backups that are newer and cannot be used. */
  readonly unusable: readonly string[]
  /** Runs that go on from the backup's own checkpoint. */
  readonly whole: readonly string[]
  /** Runs that go on from the newest checkpoint that was found; the record lacks what lies between. */
  readonly found: readonly { readonly run: string; readonly from: number; readonly to: number }[]
  /** Runs whose checkpoint is nowhere: they begin anew. */
  readonly anew: readonly string[]
  /** Runs with weights that the backup does not know. */
  readonly unknown: readonly string[]
}

export interface RestoreOptions {
  readonly home: string
  /** A file, or the name of one of the backups; default: the newest that can be used. */
  readonly backup?: string | undefined
  readonly now?: () => number
}

interface RunRow {
  seq: number
  id: string
  plan_id: string
  seed: number
  status: RunStatus
  steps_per_epoch: number | null
}
interface CheckpointRow {
  which: Weights
  epoch: number
  step: number
  sha256: string
}

const PARTS = ['', '-wal', '-shm', '-journal']
const ENDED: readonly RunStatus[] = ['finished', 'stopped-early', 'diverged']

/**
 * Puts a backup in the place of a history, whatever state that is in.
 * @throws LabError `home-in-use`, `no-backup`, `history-damaged` and the others of `openHistory`, InputError
 */
export function restoreHistory({ home: folder, backup, now = Date.now }: RestoreOptions): Restored {
  const home = resolve(folder)
  const place: Place = { file: join(home, 'history.sqlite'), backups: join(home, 'backups') }
  return explained(place, () => {
    refuseUsed(place, now())
    const chosen = backup === undefined ? newestUsable(place, now()) : { path: named(place, backup), unusable: [] }
    const fresh = `${place.file}.${randomBytes(6).toString('hex')}.new`
    try {
      copyFileSync(chosen.path, fresh)
      const weights = new KeptWeights(join(home, 'checkpoints'), pinsIn(place.backups))
      const content = prepare(fresh, weights)
      sync(fresh)
      const aside = moveAside(home, place.file, now())
      renameSync(fresh, place.file)
      realDisk.syncFolder(home)
      const time = madeAt(basename(chosen.path))
      return {
        backup: chosen.path,
        madeAt: Number.isNaN(time) ? null : time,
        aside,
        unusable: chosen.unusable,
        ...content,
      }
    } finally {
      for (const part of PARTS) rmSync(fresh + part, { force: true })
    }
  })
}

function named({ backups }: Place, backup: string): string {
  const path = [join(backups, backup), resolve(backup)].find(one => existsSync(one))
  if (path === undefined || (isAbsolute(backup) && !existsSync(backup)))
    throw new InputError('BACKUP', backup, `a file, or the name of one in ${backups}`)
  check(path, backups)
  return path
}

/** Leaves nothing beside the file: where it writes ahead, SQLite makes files there. */
function check(path: string, backups: string): void {
  const before = PARTS.filter(part => existsSync(path + part))
  try {
    refuseUnusable({ file: path, backups }, MIGRATIONS, { whole: true })
  } finally {
    for (const part of PARTS) if (!before.includes(part)) rmSync(path + part, { force: true })
  }
}

function newestUsable(place: Place, now: number): { path: string; unusable: string[] } {
  const unusable: string[] = []
  for (const path of listBackups(place.backups, now).reverse()) {
    try {
      check(path, place.backups)
      return { path, unusable }
    } catch {
      unusable.push(path)
    }
  }
  throw new LabError(
    'no-backup',
    `There is no backup in ${place.backups} that could be restored${unusable.length > 0 ? `: ${unusable.length} are damaged, or of a newer version of the app` : ''}.`,
  )
}

/** As far as the damaged history still tells who has it open. @throws LabError `home-in-use` */
function refuseUsed({ file }: Place, now: number): void {
  const me = identify()
  const user = processesIn(file).find(other => isAlive(other, me, now))
  if (user)
    throw new LabError(
      'home-in-use',
      `The history ${file} is open in another program (process ${user.pid}). Close it there first.`,
    )
}

function processesIn(file: string): Beat[] {
  if (!existsSync(file)) return []
  try {
    const raw = connect(file, { readonly: true })
    try {
      return raw.prepare<[], Beat>('SELECT * FROM processes').all()
    } finally {
      raw.close()
    }
  } catch {
    return []
  }
}

/** The weights of runs, wherever they lie. */
class KeptWeights {
  readonly #folder: string
  readonly #pins: string

  constructor(folder: string, pins: string) {
    this.#folder = folder
    this.#pins = pins
  }

  runs = (): string[] => realDisk.list(this.#folder)

  has = (run: string, hash: string): boolean => existsSync(join(this.#versions(run), versionName(hash)))

  /** Makes a version be where rows look for it. @returns whether it is */
  bring(run: string, hash: string): boolean {
    if (this.has(run, hash)) return true
    const source = this.#places(run).find(path => {
      const content = realDisk.read(path)
      return content !== undefined && sha256(content) === hash
    })
    if (source === undefined) return false
    realDisk.makeFolder(this.#versions(run))
    realDisk.link(source, join(this.#versions(run), versionName(hash)))
    realDisk.syncFolder(this.#versions(run))
    return true
  }

  /** All that there are of a run, each once, by hash. */
  all(run: string): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>()
    for (const path of this.#places(run)) {
      const content = realDisk.read(path)
      if (content) found.set(sha256(content), content)
    }
    return found
  }

  /** Gives a version a name that nobody takes away. */
  keep(run: string, hash: string): void {
    const kept = join(this.#folder, run, 'kept')
    const name = join(kept, versionName(hash))
    if (existsSync(name) || !this.bring(run, hash)) return
    realDisk.makeFolder(kept)
    realDisk.link(join(this.#versions(run), versionName(hash)), name)
    realDisk.syncFolder(kept)
  }

  #versions = (run: string): string => join(this.#folder, run, 'versions')

  #places(run: string): string[] {
    const own = join(this.#folder, run)
    const folders = [this.#versions(run), join(own, 'kept'), own, join(this.#pins, run)]
    return folders.flatMap(folder =>
      realDisk
        .list(folder)
        .filter(name => name.endsWith('.safetensors'))
        .map(name => join(folder, name)),
    )
  }
}

type Content = Pick<Restored, 'studies' | 'runs' | 'whole' | 'found' | 'anew' | 'unknown'>

/** Makes the copy of a backup fit the weights that are there. */
function prepare(copy: string, weights: KeptWeights): Content {
  const raw = connect(copy)
  try {
    const place: Place = { file: copy, backups: '' }
    refuseStrange(raw, place, MIGRATIONS)
    checkWhole(raw, place)
    return raw.transaction(() => adjust(raw, weights)).immediate()
  } finally {
    raw.close()
  }
}

function adjust(raw: Sqlite.Database, weights: KeptWeights): Content {
  const runs = raw
    .prepare<[], RunRow>('SELECT seq, id, plan_id, seed, status, steps_per_epoch FROM runs ORDER BY seq')
    .all()
  // Those of the moment of the backup: none of them has this file open.
  raw.exec('DELETE FROM processes')
  const known = new Set(runs.map(({ id }) => id))
  const content = {
    studies: raw.prepare<[], number>('SELECT count(*) FROM studies').pluck().get()!,
    runs: runs.length,
    whole: [] as string[],
    found: [] as { run: string; from: number; to: number }[],
    anew: [] as string[],
    unknown: weights.runs().filter(id => !known.has(id)),
  }
  for (const run of runs) {
    const rows = raw
      .prepare<[number], CheckpointRow>(
        'SELECT which, epoch, step, sha256 FROM checkpoints WHERE run = ? ORDER BY step',
      )
      .all(run.seq)
    if (ENDED.includes(run.status)) {
      for (const row of rows) weights.bring(run.id, row.sha256)
      continue
    }
    const all = weights.all(run.id)
    for (const hash of all.keys()) if (!rows.some(row => row.sha256 === hash)) weights.keep(run.id, hash)
    if (rows.length === 0) continue
    const brought = rows.map(row => weights.bring(run.id, row.sha256))
    if (brought.every(Boolean)) {
      content.whole.push(run.id)
      continue
    }
    const from = Math.max(...rows.map(({ step }) => step))
    const to = adopt(raw, run, all, weights)
    if (to === undefined) content.anew.push(run.id)
    else content.found.push({ run: run.id, from, to })
  }
  return content
}

/** Enters the newest checkpoints that were found of a run in place of its rows. @returns the step it goes on from, if there is one */
function adopt(
  raw: Sqlite.Database,
  run: RunRow,
  all: ReadonlyMap<string, Uint8Array>,
  weights: KeptWeights,
): number | undefined {
  const perEpoch = run.steps_per_epoch
  const found = [...all].flatMap(([hash, bytes]) => {
    const at = checkpointPosition(bytes)
    if (!at || perEpoch === null || at.planId !== run.plan_id || at.seed !== run.seed) return []
    const step = (at.which === 'best' ? at.epoch + 1 : at.epoch) * perEpoch + at.position
    return [{ ...at, hash, step, bytes: bytes.length }]
  })
  const newest = (which: Weights, most: number) =>
    found
      .filter(one => one.which === which && one.step <= most)
      .reduce<(typeof found)[number] | undefined>(
        (best, one) => (best && best.step >= one.step ? best : one),
        undefined,
      )
  const last = newest('last', Infinity)
  const best = last && newest('best', last.step)
  raw.prepare('DELETE FROM checkpoints WHERE run = ?').run(run.seq)
  const enter = raw.prepare(
    'INSERT INTO checkpoints (run, which, step, epoch, sha256, bytes, created_at) VALUES (?, ?, ?, ?, ?, ?, coalesce((SELECT seen_at FROM runs WHERE seq = ?), 0))',
  )
  for (const one of [last, best]) {
    if (!one) continue
    weights.bring(run.id, one.hash)
    enter.run(run.seq, one.which, one.step, one.epoch, one.hash, one.bytes, run.seq)
  }
  return last?.step
}

/** @returns the folder that now holds what there was; null when there was nothing */
function moveAside(home: string, file: string, now: number): string | null {
  const parts = PARTS.filter(part => existsSync(file + part))
  if (parts.length === 0) return null
  const stem = join(home, `damaged-${new Date(now).toISOString().replace(/[-:.]/g, '')}`)
  let aside = stem
  for (let n = 2; existsSync(aside); n++) aside = `${stem}-${n}`
  mkdirSync(aside)
  for (const part of parts) renameSync(file + part, join(aside, basename(file) + part))
  realDisk.syncFolder(aside)
  realDisk.syncFolder(home)
  return aside
}

function sync(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
