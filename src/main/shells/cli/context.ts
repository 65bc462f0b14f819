import { existsSync } from 'node:fs'
import { join } from 'node:path'
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

/** Opens the history, making it where there is none, and closes it after `use`. */
export async function withLab<T>(
  { terminal, startWorker, startIsolated, app }: Cli,
  { home }: PlaceFlags,
  use: (lab: Lab) => Promise<T>,
): Promise<T> {
  const lab = composeLab({ home: homeFolder(home, terminal.env), startWorker, startIsolated, app })
  try {
    return await use(lab)
  } finally {
    await lab.close()
  }
}

/** The same for commands that only look: where there is no history, none is made. */
export async function withHistory<T>(
  cli: Cli,
  flags: PlaceFlags,
  use: (lab: Lab | null, home: string) => Promise<T>,
): Promise<T> {
  const home = homeFolder(flags.home, cli.terminal.env)
  return existsSync(join(home, 'history.sqlite')) ? withLab(cli, flags, lab => use(lab, home)) : use(null, home)
}
