import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { LabError } from '../../shared/errors.ts'

const MOST_BYTES = 1024 * 1024
const TAIL_BYTES = 20_000

/** Lines of JSON in `app.log`, and the megabyte before in `app.1.log`. Nothing is thrown: a log that cannot be written must not stop the app. */
export interface Log {
  readonly folder: string
  info(message: string): void
  problem(error: unknown, where?: string): void
  /** The newest lines, with the names of the person's folders taken out. */
  tail(): string
}

export function openLog(folder: string): Log {
  const file = join(folder, 'app.log')
  const write = (level: 'info' | 'problem', fields: object): void => {
    try {
      mkdirSync(folder, { recursive: true })
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MOST_BYTES)
        renameSync(file, join(folder, 'app.1.log'))
      appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), level, ...fields })}\n`)
    } catch {
      // There is nowhere else to say it.
    }
  }
  return {
    folder,
    info: message => write('info', { message }),
    problem: (error, where) => write('problem', { where, ...told(error) }),
    tail() {
      try {
        return readFileSync(file, 'utf8').slice(-TAIL_BYTES).replaceAll(homedir(), '~').replaceAll(folder, '…')
      } catch {
        return ''
      }
    },
  }
}

function told(error: unknown): object {
  if (error instanceof LabError)
    return {
      code: error.code,
      message: error.message,
      cause: error.cause === undefined ? undefined : String(error.cause),
    }
  return error instanceof Error ? { message: error.message, stack: error.stack } : { message: String(error) }
}
