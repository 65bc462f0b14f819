import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { InputError } from '../../shared/errors.ts'
import { asReceived } from '../../shared/received-text.ts'
import { gunzipped } from './gunzip.ts'
import { openTask } from './languages.ts'
import { TooLarge } from './regular-file.ts'
import { filesInTar } from './tar.ts'
import { tar } from './testing/archives.ts'
import { stampOf, textFiles } from './text-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'permafrost-hostile-'))
afterAll(() => rmSync(folder, { recursive: true }))
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
function refusal(path: string): string {
  try {
    textFiles.list(path, 'task.path').forEach(file => file.text())
    return 'taken'
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
}

/** Counts what is asked of it. */
function counting<T>(items: Iterable<T>): { items: Iterable<T>; taken: () => number } {
  let taken = 0
  return {
    taken: () => taken,
    items: (function* () {
      for (const item of items) {
        taken++
        yield item
      }
    })(),
  }
}

describe('an archive is read no further than it may', () => {
  it('of a million empty entries, as many as are allowed', () => {
    const entry = tar({ 'x.txt': '' }).subarray(0, 512)
    const million = counting(
      (function* () {
        for (let k = 0; k < 1_000_000; k++) yield entry
      })(),
    )
    expect(() => filesInTar(million.items, { entries: 10_000, keeps: () => true })).toThrow(
      'it has more than 10,000 entries',
    )
    expect(million.taken()).toBe(10_001)
  })
  it('of zeros, as many bytes as are allowed', () => {
    const zeros = gzipSync(new Uint8Array(64 * 2 ** 20))
    let unpacked = 0
    expect(() => {
      for (const piece of gunzipped(zeros, 2 ** 20)) unpacked += piece.length
    }).toThrow(TooLarge)
    expect(unpacked).toBeLessThanOrEqual(2 ** 20)
  })
  it('and only what is a text is kept', () => {
    const all = tar({ 'model.bin': 'x'.repeat(5_000), 'a/train.txt': 'a b', README: 'c' })
    expect(
      filesInTar([all.subarray(0, 700), all.subarray(700)], { entries: 9, keeps: name => /txt$/.test(name) }),
    ).toEqual([{ name: 'a/train.txt', content: Buffer.from('a b') }])
  })
})

describe('gzip', () => {
  const text = 'One two three. '.repeat(20_000)
  it('is unpacked as it was packed, in parts that follow each other too', () => {
    const packed = Buffer.concat([gzipSync(text), gzipSync('more'), gzipSync('')])
    expect(Buffer.concat([...gunzipped(packed, 2 ** 20)]).toString()).toBe(`${text}more`)
  })
  it('is never other data without a word: each single changed byte, and each length', () => {
    const sound = gzipSync('a b c d e f g a b c d')
    for (let at = 0; at < sound.length; at++) {
      // Time, extra flags and system, of which nothing is read.
      if (at >= 4 && at < 10) continue
      const damaged = Uint8Array.from(sound)
      damaged[at]! ^= 0x10
      let found: string | null = null
      try {
        found = Buffer.concat([...gunzipped(damaged, 2 ** 20)]).toString()
      } catch {
        found = null
      }
      expect([at, found]).toEqual([at, found === null ? null : 'a b c d e f g a b c d'])
      expect(() => [...gunzipped(sound.subarray(0, at), 2 ** 20)]).toThrow()
    }
  })
  it('is taken as a text, alone and in a folder', () => {
    mkdirSync(join(folder, 'packed'))
    for (const path of [put('Book.TXT.GZ', gzipSync(text)), join(folder, 'packed')]) {
      put('packed/train.txt.gz', gzipSync(text))
      expect(textFiles.list(path, 'task.path').map(file => file.text())).toEqual([text])
    }
    expect(textFiles.list(join(folder, 'packed'), 'task.path').map(({ name }) => name)).toEqual(['train.txt'])
  })
})

describe.skipIf(process.platform === 'win32')('a path that is no regular file is refused at once', () => {
  it('a pipe', () => {
    const pipe = join(folder, 'pipe.txt')
    execFileSync('mkfifo', [pipe])
    expect(refusal(pipe)).toContain('(it is no regular file, but a pipe, a socket or a device)')
  })
  it('a device without end', () => {
    expect(refusal('/dev/zero')).toContain('(it is no regular file, but a pipe, a socket or a device)')
  })
  it('a name that is too long, a file in place of a folder, a NUL character', () => {
    expect(refusal(`/${'x'.repeat(5_000)}`)).toContain('(the name is too long)')
    expect(refusal(join(put('plain.txt', 'a'), 'train.txt'))).toContain('(a part of the path is a file, not a folder)')
    expect(refusal('a\0b')).toContain('(the path has a NUL character)')
    expect([stampOf('a\0b'), stampOf(`/${'x'.repeat(5_000)}`)]).toEqual(['', ''])
  })
})

describe('what is no UTF-8 is told', () => {
  it.each([
    [
      'Latin-1, and where',
      Buffer.from('one\ncaf\xe9 au lait', 'latin1'),
      '(byte 8, 0xE9 in line 2, belongs to no character',
    ],
    [
      'after a replacement character that is written',
      Buffer.from([0xef, 0xbf, 0xbd, 0x61, 0xff]),
      '(byte 5, 0xFF in line 1',
    ],
    ['UTF-16', Buffer.from('\ufeffone', 'utf16le'), '(this is UTF-16: save it anew as UTF-8)'],
    ['UTF-16 without a mark', Buffer.from('one', 'utf16le'), '(this is UTF-16'],
    ['a NUL character', 'ab\0c', 'a text without NUL characters (the first is character 3)'],
  ])('%s', (_, bytes, message) => {
    expect(refusal(put('strange.txt', bytes))).toContain(message)
  })
  it('a byte order mark is no part of the text', () => {
    expect(textFiles.list(put('bom.txt', '\ufeffone'), 'task.path')[0]!.text()).toBe('one')
  })
  it('other archives are named', () => {
    expect(refusal(put('text.txt.xz', 'x'))).toContain('a text, or one packed as .gz, .zip, .tar or .tgz')
  })
})

describe('a study from elsewhere', () => {
  const received = asReceived(
    {
      name: 'x',
      task: { id: 'text', path: '\\\\server\\share\\text.txt', form: 'tokens' },
      tasks: [{ id: 'text', path: 'opticks' }, { id: 'dyck', path: 'kept' }, { id: 'text', path: '/mine' }, 7],
    },
    path => path === 'opticks' || path === '/mine',
  )
  it('has its paths marked, but for those that are known here', () => {
    expect(received).toEqual({
      name: 'x',
      task: { id: 'text', path: 'received:\\\\server\\share\\text.txt', form: 'tokens' },
      tasks: [{ id: 'text', path: 'opticks' }, { id: 'dyck', path: 'kept' }, { id: 'text', path: '/mine' }, 7],
    })
    expect(asReceived(received, () => false)).toMatchObject({ task: { path: 'received:\\\\server\\share\\text.txt' } })
  })
  it('is not looked at, even where something is there', () => {
    const there = put('there.txt', 'a b\n'.repeat(500))
    expect(stampOf(`received:${there}`)).toBe('')
    expect(() => openTask({ id: 'text', path: `received:${there}`, form: 'tokens' })).toThrow(
      `task.path is ${JSON.stringify(there)}; allowed: a path that you chose`.slice(0, 40),
    )
    expect(() => openTask({ id: 'text', path: there, form: 'tokens' })).not.toThrow()
  })
})
