import Sqlite from 'better-sqlite3'
import type { CompiledQuery } from 'kysely'
import { LabError } from '../../shared/errors.ts'
import { sqliteBinding } from './binding.ts'
import { explain, isBusy } from './sqlite-errors.ts'
import type { Place } from './sqlite-errors.ts'

/** How long SQLite itself waits for another program's lock, and for how long we go on asking after that. */
const BUSY_TIMEOUT_MS = 5_000
const PATIENCE_MS = 30_000
const KEPT_STATEMENTS = 300

export interface Query<Row> {
  compile(): CompiledQuery<Row>
}
type Value = number | string | null | Uint8Array

/**
 * One connection. Errors of SQLite come out as LabErrors: `history-damaged`, `disk-full`, `history-busy`, `history-unwritable`,
 * `history-io`, `history-newer`.
 */
export interface Database {
  readonly place: Place
  /**
   * Runs `work` in one transaction that holds the write lock from its beginning; it is stored, synced to the disk, when this returns.
   * When `work` throws, nothing of it is stored. Inside another `write` it is stored with that one, and undone alone.
   */
  write<T>(work: () => T): T
  /** Runs `work` on one unchanging state of the history. */
  read<T>(work: () => T): T
  all<Row>(query: Query<Row>): Row[]
  first<Row>(query: Query<Row>): Row | undefined
  /** Runs a query inside `write`. @returns the number of rows it changed */
  change(query: Query<unknown>): number
  /** A statement kept ready, for what is done often; use it inside `write` or `read`. */
  statement<Parameters extends unknown[], Row = unknown>(sql: string): Sqlite.Statement<Parameters, Row>
  readonly raw: Sqlite.Database
  close(): void
}

export interface Opening {
  readonly?: boolean
  busyTimeout?: number
}

/** A bare connection. Its errors are SQLite's own. */
export function connect(
  file: string,
  { readonly = false, busyTimeout = BUSY_TIMEOUT_MS }: Opening = {},
): Sqlite.Database {
  const binding = sqliteBinding()
  try {
    const raw = new Sqlite(file, { ...binding, readonly, timeout: busyTimeout })
    // What a file says its views and triggers do is not done.
    raw.pragma('trusted_schema = OFF')
    return raw
  } catch (error) {
    if (error instanceof Sqlite.SqliteError) throw error
    throw new LabError(
      'no-sqlite',
      `The SQLite binding${binding.nativeBinding ? ` ${binding.nativeBinding}` : ' of better-sqlite3'} could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}

/** For what changes files beside the tables: they must not change before the tables have. @throws Error inside `write` */
export function refuseInside({ raw }: Database): void {
  if (raw.inTransaction) throw new Error('What changes checkpoint files cannot be a part of a greater change.')
}

/** @param version the file's version; when another program changes it, writing ends with `history-newer` */
export function wrap(raw: Sqlite.Database, place: Place, version: number): Database {
  const statements = new Map<string, Sqlite.Statement>()
  const statement = (sql: string): Sqlite.Statement => {
    const known = statements.get(sql)
    if (known) return known
    if (statements.size >= KEPT_STATEMENTS) statements.clear()
    const made = raw.prepare(sql)
    statements.set(sql, made)
    return made
  }
  const run = <Row, T>(query: Query<Row>, use: (statement: Sqlite.Statement, values: Value[]) => T): T =>
    patiently(place, () => {
      const { sql, parameters } = query.compile()
      return use(statement(sql), parameters.map(bindable))
    })
  const transaction = <T>(mode: 'immediate' | 'deferred', work: () => T): T =>
    raw.inTransaction ? work() : patiently(place, () => raw.transaction(work)[mode]())
  const sameVersion = (): void => {
    const found = Number(statement('PRAGMA user_version').pluck().get())
    if (found !== version) throw newer(place, found, version)
  }
  return {
    place,
    raw,
    write: work =>
      raw.inTransaction
        ? raw.transaction(work)()
        : transaction('immediate', () => {
            sameVersion()
            return work()
          }),
    read: work => transaction('deferred', work),
    all: <Row>(query: Query<Row>) => run(query, (made, values) => made.all(...values) as Row[]),
    first: <Row>(query: Query<Row>) => run(query, (made, values) => made.get(...values) as Row | undefined),
    change: query => run(query, (made, values) => made.run(...values).changes),
    statement: <P extends unknown[], Row>(sql: string) => statement(sql) as unknown as Sqlite.Statement<P, Row>,
    close: () => {
      raw.close()
    },
  }
}

export const newer = ({ file }: Place, found: number, known: number): LabError =>
  new LabError(
    'history-newer',
    `The history ${file} was written by a newer version of the app (its version is ${found}; this app knows up to ${known}). It was left as it is. Update the app, or choose another folder.`,
  )

/** Runs `work`, again and again with growing pauses while another program holds a lock, up to a limit; explains errors. */
export function patiently<T>(place: Place, work: () => T, patience = PATIENCE_MS): T {
  const deadline = performance.now() + patience
  for (let pause = 1; ; pause = Math.min(2 * pause, 100)) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw explain(error, place)
      sleep(pause * (0.5 + Math.random() / 2))
    }
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

function bindable(value: unknown): Value {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === null || typeof value === 'number' || typeof value === 'string' || value instanceof Uint8Array)
    return value
  throw new TypeError(`not a database value: ${typeof value}`)
}
