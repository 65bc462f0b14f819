import { readFileSync } from 'node:fs'

/** What is used of the report that `vitest --reporter=json` writes. */
export interface Report {
  readonly testResults: readonly { readonly name: string, readonly status: string, readonly assertionResults: readonly { readonly status: string }[] }[]
}

/**
 * Counts tests. A file that broke outside of its tests counts as one failure, so does every step in `brokenSteps`, and so does
 * having no report or no test in it.
 */
export function count(report: Report | undefined, brokenSteps: readonly string[]): { passed: number, failed: number } {
  const files = report?.testResults ?? []
  const counted = (status: string): number => files.reduce((sum, file) => sum + file.assertionResults.filter(test => test.status === status).length, 0)
  const brokenFiles = files.filter(file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed')).length
  const passed = counted('passed')
  const failed = counted('failed') + brokenFiles + brokenSteps.length
  return { passed, failed: failed === 0 && passed === 0 ? 1 : failed }
}

function readReport(file: string): Report | undefined {
  const text = readFileSync(file, 'utf8')
  return text === '' ? undefined : JSON.parse(text) as Report
}

if (import.meta.main) {
  const [file, ...brokenSteps] = process.argv.slice(2)
  const { passed, failed } = count(readReport(file!), brokenSteps)
  for (const step of brokenSteps) console.log(`failed: ${step}`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
