import { LabError } from '../../../shared/errors.ts'
import { signalExit, STOP_SIGNALS } from '../../stop-signals.ts'

/** What a command's exit code says; scripts rely on it. */
export const EXIT = { ok: 0, failed: 1, badInput: 2 } as const

export const EXIT_CODES_HELP = `Exit codes:
  0    done
  1    something failed: a run, the history, the machine; the message says what
  2    bad input: an option, a study file, a name that the history does not have, a damaged checkpoint; nothing was changed
  ${STOP_SIGNALS.map(signal => `${signalExit(signal)} ${signal}`).join(', ')}: stopped by that signal; what trained has a checkpoint`

/** Errors about what was asked for, not about what happened while it was done. */
const BAD_INPUT = [
  'bad-input',
  'unknown-study',
  'unknown-run',
  'no-device',
  'checkpoint-damaged',
  'bad-checkpoint',
  'bad-safetensors',
  'foreign-checkpoint',
]

export const exitCodeOf = (error: unknown): number =>
  error instanceof LabError && BAD_INPUT.includes(error.code) ? EXIT.badInput : EXIT.failed

/** One line for a person. */
export function errorLine(error: unknown): string {
  const message =
    error instanceof LabError
      ? error.message
      : error instanceof Error
        ? `${error.name}: ${error.message}`
        : String(error)
  return `permafrost: ${message.replace(/\s+/g, ' ').trim()}`
}
