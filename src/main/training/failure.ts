import { LabError } from '../../shared/errors.ts'
import type { Failure } from './protocol.ts'

/** What is told of an error across threads and processes. */
export function failureOf(error: unknown): Failure {
  if (error instanceof LabError) return { code: error.code, message: error.message }
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) }
}

/** Whether the run is no longer here to be given up: another process has it by now, has ended it, or it was removed. */
export const isGone = ({ code }: Failure): boolean =>
  ['run-taken', 'run-over', 'run-not-claimed', 'unknown-run'].includes(code)
