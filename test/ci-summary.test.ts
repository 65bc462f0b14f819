import { expect, it } from 'vitest'
import { count, type Report } from '../scripts/ci-summary.ts'

const file = (status: string, ...tests: string[]): Report['testResults'][number] => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map(test => ({ status: test })),
})
const report = (...testResults: Report['testResults'][number][]): Report => ({ testResults })

it.each<[string, (Report | undefined)[], string[], { passed: number; failed: number }]>([
  [
    'tests of all files',
    [report(file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed', 'skipped'))],
    [],
    { passed: 3, failed: 1 },
  ],
  [
    'tests of all reports',
    [report(file('passed', 'passed', 'passed')), report(file('failed', 'passed', 'failed'))],
    [],
    { passed: 3, failed: 1 },
  ],
  ['a file that does not load', [report(file('passed', 'passed'), file('failed'))], [], { passed: 1, failed: 1 }],
  ['a file whose clean-up breaks', [report(file('failed', 'passed'))], [], { passed: 1, failed: 1 }],
  ['a broken step', [report(file('passed', 'passed'))], ['npm run build'], { passed: 1, failed: 1 }],
  ['no report', [undefined], ['npm test'], { passed: 0, failed: 2 }],
  ['one report of two', [report(file('passed', 'passed')), undefined], [], { passed: 1, failed: 1 }],
  ['no test at all', [report()], [], { passed: 0, failed: 1 }],
])('counts %s', (_what, reports, brokenSteps, expected) => {
  expect(count(reports, brokenSteps)).toEqual(expected)
})
