import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LabError } from '../../../shared/errors.ts'
import { parseStudy } from '../../../shared/study.ts'
import type { StudySpec } from '../../../shared/study.ts'

export function study(overrides: Record<string, unknown> = {}): StudySpec {
  return parseStudy({
    name: 'Copying',
    task: { id: 'marked-copy' },
    plans: ['full', 'frozen-memory'],
    seeds: [1, 2],
    ...overrides,
  })
}

/** Linux keeps this folder in memory, where syncing costs nothing. */
const MEMORY = '/dev/shm'

/** A folder that is gone after `use`. */
export async function withHome<T>(use: (home: string) => T | Promise<T>): Promise<T> {
  const home = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'permafrost-history-'))
  try {
    return await use(home)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** The code of the LabError that `work` throws. */
export function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof LabError) return error.code
    throw error
  }
  return 'none'
}
