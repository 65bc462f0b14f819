import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from '../scripts/ci-summary.ts'

/** The project is copied, because what is made here must not stay. */
const root = join(import.meta.dirname, '..')
const NAMES = { memory: 'echo-chamber', task: 'running-sum', controller: 'plain-recurrence' }
const COPIED = [
  'src',
  'scripts',
  'test',
  'package.json',
  'tsconfig.base.json',
  '.prettierrc.json',
  'vitest.config.ts',
  'eslint.config.js',
]
const FOLDERS: Readonly<Record<string, string>> = { memory: 'memories', task: 'tasks', controller: 'controllers' }
const FILES = Object.entries(NAMES).map(([kind, name]) => `src/engine/${FOLDERS[kind]}/${name}`)
const INDEXES = Object.values(FOLDERS).map(folder => `src/engine/${folder}/index.ts`)
let copy: string

const node = async (...args: string[]): Promise<{ code: number; output: string }> => {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: copy, maxBuffer: 1e8 })
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: stdout + stderr }
  }
}

/** As `npm test NAME …` does. @returns the tests that were run, by their full names, and those of them that failed */
async function npmTest(...names: string[]): Promise<{ code: number; ran: string[]; failed: string[] }> {
  const file = join(copy, 'report.json')
  const { code } = await node('scripts/test.ts', ...names, '--reporter=json', `--outputFile=${file}`)
  const { testResults } = JSON.parse(await readFile(file, 'utf8')) as Report
  const tests = testResults.flatMap(
    ({ assertionResults }) => assertionResults as readonly { status: string; fullName: string }[],
  )
  const named = (status?: string): string[] =>
    tests.filter(test => status === undefined || test.status === status).map(({ fullName }) => fullName)
  return { code, ran: named(), failed: named('failed') }
}

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'permafrost-new-'))
  for (const part of COPIED) await cp(join(root, part), join(copy, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir')
  // Instead of that of the whole project: the new files, and what they import.
  const files = FILES.flatMap(file => [`${file}.ts`, `${file}.test.ts`])
  const compilerOptions = { types: ['node'] }
  await writeFile(
    join(copy, 'tsconfig.json'),
    JSON.stringify({ extends: './tsconfig.base.json', compilerOptions, files }),
  )
})

afterAll(() => rm(copy, { recursive: true }))

describe('npm run new', () => {
  it.each(Object.entries(NAMES))('writes a %s and its test, and says how to test it', async (kind, name) => {
    const { code, output } = await node('scripts/new.ts', kind, name)
    expect(code, output).toBe(0)
    expect(output).toContain(`${name}.test.ts\nnext: npm test ${name}\n`)
    expect(await readFile(join(copy, 'src/engine', FOLDERS[kind]!, 'index.ts'), 'utf8')).toContain(`'${name}': `)
  })

  it('writes files that type-check and lint, laid out as all are', async () => {
    expect(await node('node_modules/typescript/bin/tsc', '-p', '.')).toEqual({ code: 0, output: '' })
    const sources = FILES.flatMap(file => [`${file}.ts`, `${file}.test.ts`])
    const layout = await node(
      'node_modules/prettier/bin/prettier.cjs',
      '--log-level',
      'warn',
      '--check',
      ...sources,
      ...INDEXES,
    )
    expect(layout).toEqual({ code: 0, output: '' })
    expect(await node('node_modules/eslint/bin/eslint.js', '--max-warnings', '0', ...sources)).toEqual({
      code: 0,
      output: '',
    })
  })

  it.each([
    ['memory', 'none', 'name is "none"; allowed: a name that src/engine/memories does not have yet'],
    ['memory', 'Echo', 'name is "Echo"; allowed: lower-case words with hyphens'],
    ['memory', 'delete', 'name is "delete"; allowed: lower-case words with hyphens'],
    ['memory', '../echo', 'name is "../echo"; allowed: lower-case words with hyphens'],
    ['optimizer', 'echo', 'kind is "optimizer"; allowed: memory, task, controller'],
  ])('refuses %s %s in one line', async (kind, name, message) => {
    const { code, output } = await node('--disable-warning=ExperimentalWarning', 'scripts/new.ts', kind, name)
    expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 2, lines: 1 })
    expect(output).toContain(message)
  })
})

describe('npm test of new parts', () => {
  it('holds them to the laws of their kinds, and no other part', async () => {
    const { code, ran, failed } = await npmTest(...Object.values(NAMES))
    expect([code, failed]).toEqual([0, []])
    for (const name of Object.values(NAMES))
      expect(ran.filter(test => test.includes(name)).length, name).toBeGreaterThan(5)
    const laws = ran.filter(test =>
      /equal finite differences|agrees with the oracle|costs the same in chunks|sum to 1|all plans and seeds/.test(
        test,
      ),
    )
    expect(laws.filter(test => !Object.values(NAMES).some(name => test.includes(name)))).toEqual([])
    expect(ran).toContain('keeps half of what it had and half of what is written')
  })

  it('fails where they break a law, and says which', async () => {
    const [memory, task] = [NAMES.memory, NAMES.task].map((name, k) =>
      join(copy, `src/engine/${['memories', 'tasks'][k]}/${name}.ts`),
    ) as [string, string]
    // Two labels for a vector of three, and probabilities that do not sum to 1.
    await writeFile(
      memory,
      (await readFile(memory, 'utf8')).replace(
        '  step(',
        "  labels: () => ({ reading: ['first', 'second'] }),\n  step(",
      ),
    )
    await writeFile(
      task,
      (await readFile(task, 'utf8')).replace('accepts(string) ? -entropy', 'accepts(string) ? -1.01 * entropy'),
    )
    const { code, failed } = await npmTest(memory, task, '-t', 'name every place|sum to 1')
    expect(code).not.toBe(0)
    expect(failed).toContain(`labels of {"id":"${NAMES.memory}","width":3} name every place`)
    expect(
      failed.filter(test => test.startsWith(`${NAMES.task} `) && test.includes('probabilities that sum to 1')).length,
    ).toBeGreaterThan(0)
  })

  it('refuses a name that nothing has in one line, which says what was looked for', async () => {
    const { code, output } = await node('--disable-warning=ExperimentalWarning', 'scripts/test.ts', 'neural-queu')
    expect({ code, lines: output.trim().split('\n').length }).toEqual({ code: 2, lines: 1 })
    expect(output).toBe(
      'name is "neural-queu"; allowed: the id or file of a part (task, memory, controller, optimizer, device), or a piece of the path of a test file\n',
    )
  })
})
