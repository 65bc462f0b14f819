import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readArguments } from '../scripts/tensorflow/arguments.ts'
import { cudaOf } from '../scripts/tensorflow/library.ts'

const ROOT = join(import.meta.dirname, '..')

function setUp(folder: string, ...args: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(ROOT, 'scripts', 'setup-tensorflow.ts'), ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, PERMAFROST_TENSORFLOW: join(folder, 'made') },
    },
  )
  return { status, out: stdout.trim(), err: stderr.trim() }
}

function withFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'permafrost-setup-'))
  try {
    use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('what the set-up is asked for', () => {
  it('is a GPU where there is one, unless it says otherwise', () => {
    expect(readArguments([], () => true).gpu).toBe(true)
    expect(readArguments([], () => false).gpu).toBe(false)
    expect(readArguments(['--cpu'], () => true).gpu).toBe(false)
    expect(readArguments(['--gpu'], () => false).gpu).toBe(true)
    expect(() => readArguments(['--gpu', '--cpu'])).toThrow('exclude each other')
    expect(() => readArguments(['--fast'])).toThrow('--fast')
  })

  it('takes the libraries of CUDA that the wheel names', () => {
    expect(
      cudaOf(
        [
          'Requires-Dist: numpy (<2.0.0,>=1.23.5)',
          `Requires-Dist: nvidia-cublas-cu12 (==12.2.5.6) ; extra == 'and-cuda'`,
          `Requires-Dist: nvidia-cudnn-cu12==9.3.0.75; extra == "and-cuda"`,
          `Requires-Dist: nvidia-other (==1.0) ; extra == 'more'`,
        ].join('\n'),
      ),
    ).toEqual(['nvidia-cublas-cu12==12.2.5.6', 'nvidia-cudnn-cu12==9.3.0.75'])
  })
})

describe('npm run setup:tensorflow', () => {
  it('removes what it made, and nothing else', () =>
    withFolder(folder => {
      const made = join(folder, 'made')
      expect(setUp(folder, '--remove')).toMatchObject({ status: 0, out: `There is nothing to remove at ${made}.` })
      mkdirSync(made)
      writeFileSync(join(made, 'thesis.txt'), 'mine')
      expect(setUp(folder, '--remove')).toMatchObject({
        status: 1,
        err: `${made} was not made by this set-up and is left as it is.`,
      })
      expect(existsSync(join(made, 'thesis.txt'))).toBe(true)
      writeFileSync(join(made, 'permafrost-tensorflow.json'), '{}')
      expect(setUp(folder, '--remove')).toMatchObject({ status: 0, out: `Removed ${made}.` })
      expect(existsSync(made)).toBe(false)
    }))

  it('says what it takes, and refuses what it does not know', () =>
    withFolder(folder => {
      expect(setUp(folder, '--help').out).toContain('--library <path>')
      expect(setUp(folder, '--colour')).toMatchObject({ status: 2, err: expect.stringContaining('--colour') })
    }))
})

it('the package is an optional peer, which npm does not fetch', () => {
  const text = (name: string): Record<string, Record<string, never>> =>
    JSON.parse(readFileSync(join(ROOT, name), 'utf8')) as Record<string, Record<string, never>>
  expect(text('package.json').peerDependenciesMeta).toEqual({ '@tensorflow/tfjs-node-gpu': { optional: true } })
  expect(Object.keys(text('package-lock.json').packages!).filter(name => name.includes('tfjs-node'))).toEqual([])
})
