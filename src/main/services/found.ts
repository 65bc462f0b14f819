import { LabError } from '../../shared/errors.ts'

const MISSING: readonly string[] = ['unknown-run', 'unknown-study']

/** What is looked up in the history, or null where it is no longer there: another process may have removed it at any moment. */
export function found<T>(look: () => T): T | null {
  try {
    return look()
  } catch (error) {
    if (error instanceof LabError && MISSING.includes(error.code)) return null
    throw error
  }
}
