import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** The project is copied, because what is made here must not stay. */
const root = join(import.meta.dirname, '..')
const NAMES = { memory: 'echo-chamber', task: 'running-sum', controller: 'plain-recurrence' }
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

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'permafrost-new-'))
  for (const part of [
    'src',
    'scripts',
    'test',
    'resources',
    'package.json',
    'tsconfig.json',
    'tsconfig.base.json',
    'vitest.config.ts',
    'eslint.config.js',
  ])
    await cp(join(root, part), join(copy, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir')
})

afterAll(() => rm(copy, { recursive: true }))

describe('npm run new', () => {
  it.each(Object.entries(NAMES))('writes a %s that passes its laws', async (kind, name) => {
    expect(await node('scripts/new.ts', kind, name)).toMatchObject({
      code: 0,
      output: expect.stringContaining(`${name}.test.ts`),
    })
    expect(
      await readFile(join(copy, 'src/engine', kind === 'memory' ? 'memories' : `${kind}s`, 'index.ts'), 'utf8'),
    ).toContain(`'${name}': `)
  })

  it('leaves a project that type-checks, lints and passes its tests', async () => {
    expect(await node('node_modules/typescript/bin/tsc', '-p', 'src/engine', '--tsBuildInfoFile', 'null')).toEqual({
      code: 0,
      output: '',
    })
    expect(
      await node('node_modules/eslint/bin/eslint.js', ...Object.values(NAMES).map(name => `src/engine/*/${name}*.ts`)),
    ).toEqual({ code: 0, output: '' })
    const suites = [
      'src/engine/model.test.ts',
      'src/engine/tasks/tasks.test.ts',
      'test/catalogues.test.ts',
      ...Object.values(NAMES),
    ]
    const tests = await node('node_modules/vitest/vitest.mjs', 'run', '--project=fast', ...suites)
    expect(tests.code, tests.output).toBe(0)
    for (const name of Object.values(NAMES)) expect(tests.output).toContain(`${name}.test.ts`)
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
