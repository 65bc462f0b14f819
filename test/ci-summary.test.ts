import { expect, it } from 'vitest'
import { count, type Report } from '../scripts/ci-summary.ts'

const file = (status: string, ...tests: string[]): Report['testResults'][number] => ({ name: 'a.test.ts', status, assertionResults: tests.map(test => ({ status: test })) })

it.each<[string, Report | undefined, string[], { passed: number, failed: number }]>([
  ['tests of all files', { testResults: [file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed', 'skipped')] }, [], { passed: 3, failed: 1 }],
  ['a file that does not load', { testResults: [file('passed', 'passed'), file('failed')] }, [], { passed: 1, failed: 1 }],
  ['a file whose clean-up breaks', { testResults: [file('failed', 'passed')] }, [], { passed: 1, failed: 1 }],
  ['a broken step', { testResults: [file('passed', 'passed')] }, ['npm run build'], { passed: 1, failed: 1 }],
  ['no report', undefined, ['npm test'], { passed: 0, failed: 1 }],
  ['no test at all', { testResults: [] }, [], { passed: 0, failed: 1 }],
])('counts %s', (_what, report, brokenSteps, expected) => {
  expect(count(report, brokenSteps)).toEqual(expected)
})
