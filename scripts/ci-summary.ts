import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** What is used of the report that `vitest --reporter=json` writes. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/**
 * Counts the tests of all reports. A file that broke outside of its tests counts as one failure, so does every step in `brokenSteps`,
 * and so does a report that is missing or has no test in it.
 */
export function count(
  reports: readonly (Report | undefined)[],
  brokenSteps: readonly string[],
): { passed: number; failed: number } {
  const files = reports.flatMap(report => report?.testResults ?? [])
  const counted = (status: string): number =>
    files.reduce((sum, file) => sum + file.assertionResults.filter(test => test.status === status).length, 0)
  const brokenFiles = files.filter(
    file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'),
  ).length
  const empty = reports.filter(
    report =>
      !report?.testResults.some(({ status, assertionResults }) => status === 'failed' || assertionResults.length > 0),
  ).length
  return { passed: counted('passed'), failed: counted('failed') + brokenFiles + empty + brokenSteps.length }
}

function readReport(file: string): Report | undefined {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return text === '' ? undefined : (JSON.parse(text) as Report)
}

if (import.meta.main) {
  const {
    values: { report: files },
    positionals: brokenSteps,
  } = parseArgs({ allowPositionals: true, options: { report: { type: 'string', multiple: true, default: [] } } })
  const { passed, failed } = count(files.map(readReport), brokenSteps)
  for (const step of brokenSteps) console.log(`failed: ${step}`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
