import { createHash, type Hash } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import { LabError } from '../../shared/errors.ts'
import type { Database } from './database.ts'

/*
 * [Note: seals] SQLite checks a file's structure, not what stands in it: a bit that flips on a disk is another number. So a run that has
 * come to its end is sealed: `record_hash` is the SHA-256 of all that was recorded of it, and after a space that of its own row with
 * the first one, which is made anew when a person changes the note or the tags. Reading, comparing and exporting check both; what
 * does not fit is told, and is never sealed again. A study's row has a seal of its own.
 */

type Row = Readonly<Record<string, unknown>>
type Raw = Pick<Sqlite.Database, 'prepare'>

/** What is recorded of a run, beside its own row. */
const RECORDED = [
  ...Object.entries({
    parameters: 'position',
    attempts: 'attempt',
    freezes: 'seq',
    epochs: 'epoch',
    tally_positions: 'at, bin',
    checkpoints: 'which, step',
    snapshots: 'epoch',
    chunks: 'seq',
    points: 'step',
  }).map(([table, order]) => `SELECT '${table}' AS "table", * FROM ${table} WHERE run = ? ORDER BY ${order}`),
  'SELECT tallies.*, names FROM tallies JOIN tally_measures ON id = measures WHERE run = ? ORDER BY at, bin',
]

export function contentHash(raw: Raw, run: number): string {
  const sum = createHash('sha256')
  for (const sql of RECORDED) for (const row of raw.prepare<[number], Row>(sql).iterate(run)) addRow(sum, row)
  return sum.digest('hex')
}

/** Columns without a value are left out, so that later versions may add some. */
function addRow(sum: Hash, row: Row): void {
  for (const [name, value] of Object.entries(row)) {
    if (value === null) continue
    if (value instanceof Uint8Array) sum.update(`${name} ${value.length}\n`).update(value)
    else sum.update(`${name} ${textOf(value)}\n`)
  }
  sum.update('\n')
}

const textOf = (value: unknown): string => (Object.is(value, -0) ? '-0' : JSON.stringify(String(value)))

const rowHash = (row: Row, without: string): string =>
  createHash('sha256')
    .update(
      Object.keys(row)
        .sort()
        .flatMap(name => (name === without || row[name] === null ? [] : [`${name} ${textOf(row[name])}`]))
        .join('\n'),
    )
    .digest('hex')

const RUN = 'SELECT * FROM runs WHERE seq = ?'
/** A file of an older version has no seals yet. */
type RunRow = Row & { readonly seq: number; readonly id: string; readonly record_hash?: string | null }

const runSeal = (row: RunRow, content: string): string => `${content} ${rowHash({ ...row, content }, 'record_hash')}`

/** Seals a run that has come to its end. Inside `write`. */
export function sealRun(raw: Raw, run: number): void {
  const row = raw.prepare<[number], RunRow>(RUN).get(run)!
  raw.prepare('UPDATE runs SET record_hash = ? WHERE seq = ?').run(runSeal(row, contentHash(raw, run)), run)
}

/** Changes a run's own row, which stays sealed where it was, and unfit where it was that. Inside `write`. @returns what the change does */
export function changeRow<T>(raw: Raw, run: number, change: () => T): T {
  const before = raw.prepare<[number], RunRow>(RUN).get(run)
  const fits = before !== undefined && isSealed(before) && isRowIntact(before)
  const changed = change()
  if (fits) {
    const after = raw.prepare<[number], RunRow>(RUN).get(run)!
    raw.prepare('UPDATE runs SET record_hash = ? WHERE seq = ?').run(runSeal(after, contentIn(before)), run)
  }
  return changed
}

/** The same for a change of what is recorded. */
export function changeRecord<T>(raw: Raw, run: number, change: () => T): T {
  const before = raw.prepare<[number], RunRow>(RUN).get(run)
  const fits =
    before !== undefined && isSealed(before) && isRowIntact(before) && contentHash(raw, run) === contentIn(before)
  const changed = change()
  if (fits) sealRun(raw, run)
  return changed
}

const isSealed = ({ record_hash: seal }: RunRow): boolean => typeof seal === 'string'
const contentIn = ({ record_hash: seal }: RunRow): string => seal!.split(' ')[0]!

const isRowIntact = (row: RunRow): boolean => !isSealed(row) || row.record_hash === runSeal(row, contentIn(row))

/** What was found of runs: by row number, the seal that was looked at. */
interface Looked {
  readonly intact: Map<number, string>
  readonly damaged: Map<number, string>
}
const looked = new WeakMap<Database, Looked>()

function lookedOf(db: Database): Looked {
  const known = looked.get(db)
  if (known) return known
  const made = { intact: new Map<number, string>(), damaged: new Map<number, string>() }
  looked.set(db, made)
  return made
}

/** Whether a run's row is as it was sealed, and nothing is known against the rest of its record. @param row all columns */
export function seemsIntact(db: Database, row: RunRow): boolean {
  return !isSealed(row) || (isRowIntact(row) && lookedOf(db).damaged.get(row.seq) !== contentIn(row))
}

function isIntact(db: Database, row: RunRow): boolean {
  if (!isSealed(row)) return true
  if (!isRowIntact(row)) return false
  const { intact, damaged } = lookedOf(db)
  const content = contentIn(row)
  if (intact.get(row.seq) === content) return true
  const fits = contentHash(db.raw, row.seq) === content
  ;(fits ? intact : damaged).set(row.seq, content)
  return fits
}

export const DAMAGED_RECORD = 'record-damaged'

export const damagedRecord = (id: string): LabError =>
  new LabError(
    DAMAGED_RECORD,
    `The record of run ${id} is damaged: it is not what was stored when the run ended. Train it again (\`resume ${id} --from-start\`), restore a backup (\`restore\`), or archive the run to go on without it.`,
  )

/** @throws LabError `record-damaged` when a sealed run is not what it was */
export function checkSeal(db: Database, run: number): void {
  const row = db.statement<[number], RunRow>(RUN).get(run)
  if (row && !isIntact(db, row)) throw damagedRecord(row.id)
}

/** The same for all runs of a study that are not archived. */
export function checkSealsOf(db: Database, studyId: string): void {
  const runs = db
    .statement<[string], RunRow>(
      'SELECT runs.* FROM runs JOIN studies ON studies.seq = study WHERE studies.id = ? AND runs.archived = 0 AND record_hash IS NOT NULL',
    )
    .all(studyId)
  for (const row of runs) if (!isIntact(db, row)) throw damagedRecord(row.id)
}

/** Looks at all sealed runs. @returns those that are not what they were */
export function damagedRuns(db: Database): string[] {
  const hasSeals =
    db.statement("SELECT 1 FROM pragma_table_info('studies') WHERE name = 'row_hash'").get() !== undefined
  if (!hasSeals) return []
  const runs = db.statement<[], number>('SELECT seq FROM runs WHERE record_hash IS NOT NULL').pluck().all()
  return runs.flatMap(seq => {
    const row = db.statement<[number], RunRow>(RUN).get(seq)
    return row && !isIntact(db, row) ? [row.id] : []
  })
}

const STUDY = 'SELECT * FROM studies WHERE id = ?'
const sealOf = (row: Row): string => rowHash(row, 'row_hash')

/** Inside `write`, after each change of a study's row. */
export function sealStudy(raw: Raw, id: string): void {
  const row = raw.prepare<[string], Row>(STUDY).get(id)
  if (row && 'row_hash' in row) raw.prepare('UPDATE studies SET row_hash = ? WHERE id = ?').run(sealOf(row), id)
}

export function changeStudy<T>(raw: Raw, id: string, change: () => T): T {
  const before = raw.prepare<[string], Row & { row_hash?: string | null }>(STUDY).get(id)
  const fits = before !== undefined && isStudyIntact(before)
  const changed = change()
  if (fits) sealStudy(raw, id)
  return changed
}

/** @param row all columns */
export const isStudyIntact = (row: Row & { row_hash?: string | null }): boolean =>
  typeof row.row_hash !== 'string' || row.row_hash === sealOf(row)

export const damagedStudy = (id: string): LabError =>
  new LabError(
    DAMAGED_RECORD,
    `The record of study ${id} is damaged: it is not what was stored. Restore a backup (\`restore\`), or begin the study again from its file.`,
  )
