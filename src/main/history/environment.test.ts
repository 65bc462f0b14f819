import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appIn, captureEnvironment } from './environment.ts'
import { withHome } from './testing/fixtures.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'

/** An app's folder: version 1.2.3, the lock file `abc`, and the given files under .git. */
function appFolder(home: string, git: Record<string, string>): string {
  writeFileSync(join(home, 'package.json'), '{"version":"1.2.3"}')
  writeFileSync(join(home, 'package-lock.json'), 'abc')
  mkdirSync(join(home, '.git', 'refs', 'heads'), { recursive: true })
  for (const [name, content] of Object.entries(git)) writeFileSync(join(home, '.git', name), content)
  return home
}

describe('the app', () => {
  it('is known by its version, lock file and commit, wherever that is written', () =>
    withHome(home => {
      // SHA-256 of `abc`, FIPS 180-2 appendix B.1.
      const expected = {
        version: '1.2.3',
        commit: COMMIT,
        lockHash: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      }
      expect(appIn(appFolder(home, { HEAD: `${COMMIT}\n` }))).toEqual(expected)
      expect(
        appIn(
          appFolder(home, {
            HEAD: 'ref: refs/heads/main\n',
            'packed-refs': `# pack-refs\n${COMMIT} refs/heads/main\n`,
          }),
        ),
      ).toEqual(expected)
      expect(
        appIn(appFolder(home, { HEAD: 'ref: refs/heads/main\n', 'refs/heads/main': `${COMMIT}\n`, 'packed-refs': '' })),
      ).toEqual(expected)
    }))

  it('is known in a package by what was written down when it was made', () =>
    withHome(home => {
      writeFileSync(
        join(home, 'package.json'),
        JSON.stringify({ version: '1.2.3', permafrost: { commit: COMMIT, lockHash: 'ba78' } }),
      )
      expect(appIn(home)).toEqual({ version: '1.2.3', commit: COMMIT, lockHash: 'ba78' })
    }))

  it('says what it does not know', () =>
    withHome(home => {
      expect(appIn(home)).toEqual({ version: 'unknown', commit: null, lockHash: null })
    }))
})

describe('the environment', () => {
  it('names runtime, system and processor', () => {
    const environment = captureEnvironment({ version: '1', commit: null, lockHash: null }, { id: 'wasm', note: '' })
    expect(environment).toMatchObject({
      versions: { node: process.versions.node, v8: process.versions.v8, electron: null },
      os: { platform: process.platform, arch: process.arch },
      device: { id: 'wasm' },
    })
    expect([environment.cpu.cores > 0, environment.memoryBytes > 1e6, environment.os.release !== '']).toEqual([
      true,
      true,
      true,
    ])
  })
})
