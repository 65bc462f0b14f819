import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, describe, expect, it } from 'vitest'
import { goWhereThePersonIs } from './person-folder.ts'
import { exitCodeOf } from './exit-codes.ts'
import { studyBytes } from './study-input.ts'

const folder = mkdtempSync(join(tmpdir(), 'permafrost-input-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a study file comes', () => {
  it('from a file', async () => {
    writeFileSync(join(folder, 'a.json'), '{"a": 1}')
    expect(Buffer.from(await studyBytes(join(folder, 'a.json'))).toString()).toBe('{"a": 1}')
  })
  it('from the standard input', async () => {
    expect(
      Buffer.from(await studyBytes('-', Readable.from([Buffer.from('{"a"'), Buffer.from(': 1}')]))).toString(),
    ).toBe('{"a": 1}')
  })
  it.skipIf(process.platform === 'win32')('from a pipe that has a path', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    spawn('sh', ['-c', `printf '{"a": 2}' > ${pipe}`])
    expect(Buffer.from(await studyBytes(pipe)).toString()).toBe('{"a": 2}')
  })
})

describe('what cannot be read is told in a sentence, as bad input', () => {
  const long = `/${'x'.repeat(5_000)}`
  it.each([
    ['what is not there', () => join(folder, 'b.json'), `there is no such file; looked for ${join(folder, 'b.json')}`],
    ['a folder', () => (mkdirSync(join(folder, 'c')), join(folder, 'c')), 'it is a folder'],
    ['a name that is too long', () => long, 'the name is too long'],
    ['a NUL character', () => 'a\0b', 'the path has a NUL character'],
  ])('%s', async (_, path, message) => {
    const error: unknown = await studyBytes(path()).catch((error: unknown) => error)
    expect(String(error)).toContain(message)
    expect(exitCodeOf(error)).toBe(2)
  })
  it('what never ends', async () => {
    const piece = Buffer.alloc(2 ** 20)
    let asked = 0
    const endless = (async function* () {
      for (;;) {
        asked++
        yield piece
        await Promise.resolve()
      }
    })()
    await expect(studyBytes('-', endless)).rejects.toThrow('a study file of at most 64 MiB')
    expect(asked).toBe(65)
  })
})

it('paths count from where the person is, as npm tells it, for the commands of the lab alone', () => {
  const gone: string[] = []
  const go = (folder: string): number => gone.push(folder)
  goWhereThePersonIs({ INIT_CWD: '/there', npm_lifecycle_event: 'study' }, go)
  goWhereThePersonIs({ INIT_CWD: '/here', npm_lifecycle_event: 'test' }, go)
  goWhereThePersonIs({ INIT_CWD: '/here' }, go)
  goWhereThePersonIs({ npm_lifecycle_event: 'permafrost' }, go)
  expect(gone).toEqual(['/there'])
  expect(() =>
    goWhereThePersonIs({ INIT_CWD: '/gone', npm_lifecycle_event: 'study' }, () => {
      throw new Error('ENOENT')
    }),
  ).not.toThrow()
})
