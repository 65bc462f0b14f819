import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { InputError, LabError } from '../../../shared/errors.ts'
import type { Environment } from '../../../shared/records.ts'
import { composeLab, type Lab } from '../../compose.ts'
import { homeFolder } from '../../home.ts'
import type { StartWorker } from '../../training/thread.ts'
import type { Terminal } from './terminal.ts'

/** What the command line stands on. */
export interface Cli {
  readonly terminal: Terminal
  readonly startWorker: StartWorker
  readonly startIsolated: StartWorker
  readonly app: Environment['app']
  /** The file that was started, for a command that a person can copy. */
  readonly script: string
}

export interface PlaceFlags {
  readonly home?: string
}

/** @throws InputError for what cannot be a folder with a history */
export function placeOf({ terminal }: Pick<Cli, 'terminal'>, { home }: PlaceFlags): string {
  if (home?.trim() === '') throw new InputError('--home', home, 'a folder')
  const folder = homeFolder(home, terminal.env)
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw new InputError(home === undefined ? 'PERMAFROST_HOME' : '--home', folder, 'a folder; this is a file')
  return folder
}

/** Opens the history, making it where there is none, and closes it after `use`. */
export async function withLab<T>(cli: Cli, flags: PlaceFlags, use: (lab: Lab) => Promise<T>): Promise<T> {
  return using(opened(cli, flags), use)
}

function opened(cli: Cli, flags: PlaceFlags, reading = false): Lab {
  const { startWorker, startIsolated, app } = cli
  return composeLab({ home: placeOf(cli, flags), startWorker, startIsolated, app, reading })
}

async function using<T>(lab: Lab, use: (lab: Lab) => Promise<T>): Promise<T> {
  try {
    return await use(lab)
  } finally {
    await lab.close()
  }
}

type Use<T> = (lab: Lab | null, home: string) => Promise<T>

/** The same for commands that make no history where there is none. */
export async function withHistory<T>(cli: Cli, flags: PlaceFlags, use: Use<T>): Promise<T> {
  const home = placeOf(cli, flags)
  return isHistory(home) ? withLab(cli, flags, lab => use(lab, home)) : use(null, home)
}

/** The same for commands that only look: what cannot be written can still be read. */
export async function lookingAt<T>(cli: Cli, flags: PlaceFlags, use: Use<T>): Promise<T> {
  const home = placeOf(cli, flags)
  return isHistory(home) ? using(openedAtLeastForReading(cli, flags), lab => use(lab, home)) : use(null, home)
}

const isHistory = (home: string): boolean =>
  existsSync(join(home, 'history.sqlite')) || existsSync(join(home, 'history.sqlite-wal'))

const UNWRITABLE = ['history-unwritable', 'disk-full', 'history-io']

function openedAtLeastForReading(cli: Cli, flags: PlaceFlags): Lab {
  try {
    return opened(cli, flags)
  } catch (error) {
    if (!(error instanceof LabError) || !UNWRITABLE.includes(error.code)) throw error
    return opened(cli, flags, true)
  }
}
