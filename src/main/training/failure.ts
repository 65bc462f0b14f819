import { LabError } from '../../shared/errors.ts'
import type { Failure } from './protocol.ts'

/** What is told of an error across threads and processes. */
export function failureOf(error: unknown): Failure {
  if (error instanceof LabError) return { code: error.code, message: error.message }
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) }
}
