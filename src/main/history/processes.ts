import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Database } from './database.ts'
import { has } from './disk.ts'

/** A process that has the history open, told apart from every other one, also from a later one with the same number. */
export interface Identity {
  readonly token: string
  readonly pid: number
  /** Machine and process-number space: process numbers mean the same thing only where this is equal. */
  readonly place: string
  /** The machine's start-up, and the process's own start counted from it; empty where the system does not tell. */
  readonly boot: string
  readonly birth: string
}

export interface Beat extends Identity {
  readonly beat_at: number
}

/** A process that cannot be looked up counts as dead when it has not been heard of for so long. */
const SILENCE_MS = 60_000

export function identify(): Identity {
  const space = told(() => readlinkSync('/proc/self/ns/pid'))
  return {
    token: randomUUID(),
    pid: process.pid,
    place: [hostname(), space].filter(Boolean).join(' '),
    boot: told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    birth: birthOf(process.pid),
  }
}

/** @param here this process */
export function isAlive(other: Beat, here: Identity, now: number): boolean {
  const heard = now - other.beat_at < SILENCE_MS
  if (other.place !== here.place) return heard
  if (other.boot !== here.boot) return other.boot === '' || here.boot === '' ? heard : false
  if (!exists(other.pid)) return false
  return other.birth ? birthOf(other.pid) === other.birth : heard
}

export function enrol(db: Database, { token, pid, place, boot, birth }: Identity, now: number): void {
  db.statement<[string, number, string, string, string, number]>(
    'INSERT INTO processes (token, pid, place, boot, birth, beat_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (token) DO UPDATE SET beat_at = excluded.beat_at',
  ).run(token, pid, place, boot, birth, now)
}

export function withdraw(db: Database, token: string): void {
  db.statement<[string]>('DELETE FROM processes WHERE token = ?').run(token)
}

export function find(db: Database, token: string): Beat | undefined {
  return db.statement<[string], Beat>('SELECT * FROM processes WHERE token = ?').get(token)
}

/** Removes processes that have ended. @returns their tokens */
export function buryDead(db: Database, here: Identity, now: number): string[] {
  const dead = db
    .statement<[string], Beat>('SELECT * FROM processes WHERE token <> ?')
    .all(here.token)
    .filter(other => !isAlive(other, here, now))
    .map(({ token }) => token)
  for (const token of dead) withdraw(db, token)
  return dead
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !has(error, 'ESRCH')
  }
}

/** Field 22 of /proc/PID/stat, clock ticks from the machine's start; a zombie has ended. */
function birthOf(pid: number): string {
  const stat = told(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] ?? '')
}

/** What the system tells, or nothing where it has no such file. */
function told(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
