import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { tasks } from '../../engine/tasks/index.ts'
import { treebankOf } from '../../engine/tasks/penn-treebank.ts'
import { openLanguage } from '../../engine/tasks/task.ts'
import { PARTS, type Part } from '../../engine/tasks/corpus/corpus.ts'
import { unigramNats } from '../../engine/tasks/corpus/text-language.ts'
import { InputError } from '../../shared/errors.ts'
import { parseStudy } from '../../shared/study.ts'
import { TEXT_TASKS } from '../../shared/text-study.ts'
import { checkStudy } from './check-study.ts'
import { openTask } from './languages.ts'
import { tar, zip, type Zipped } from './testing/archives.ts'
import { settledPath, stampOf, textFiles } from './text-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'permafrost-text-'))
afterAll(() => rmSync(folder, { recursive: true }))
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const sentences = (...words: string[]): string => Array.from({ length: 100 }, () => words.join(' ')).join('\n')

describe('texts on disk', () => {
  it('come from a file, a folder or an archive', () => {
    mkdirSync(join(folder, 'parts'))
    put('parts/train.txt', 'a')
    put('parts/notes.md', 'b')
    const archive = { './data/ptb.train.txt': 'x y', './data/ptb.test.txt': sentences('z'), './data/README': 'no text' }
    const listed = (path: string) => textFiles.list(path, 'field').map(file => [file.name, file.text()])
    expect(listed(put('one.txt', 'é'))).toEqual([['one.txt', 'é']])
    expect(listed(join(folder, 'parts'))).toEqual([['train.txt', 'a']])
    for (const path of [
      put('two.tar', tar(archive)),
      put('two.tgz', gzipSync(tar(archive))),
      put('two.zip', zip(archive)),
      put('TWO.ZIP', zip({ 'data/': '', ...archive })),
    ])
      expect(listed(path)).toEqual([
        ['ptb.train.txt', 'x y'],
        ['ptb.test.txt', sentences('z')],
      ])
  })

  it("come from where Mikolov's archive has them, and never from files that are hidden", () => {
    const content = {
      'simple-examples/data/ptb.train.txt': 'a',
      '__MACOSX/simple-examples/data/._ptb.train.txt': 'b',
      '..\\..\\up.txt': 'c',
      '../../../down.txt': 'd',
    }
    expect(textFiles.list(put('nested.zip', zip(content)), 'field').map(file => [file.name, file.text()])).toEqual([
      ['ptb.train.txt', 'a'],
      ['up.txt', 'c'],
      ['down.txt', 'd'],
    ])
    const unpacked = join(folder, 'unpacked')
    mkdirSync(join(unpacked, 'simple-examples', 'data'), { recursive: true })
    for (const name of ['ptb.train.txt', '.hidden.txt']) put(`unpacked/simple-examples/data/${name}`, name)
    for (const path of [unpacked, join(unpacked, 'simple-examples'), join(unpacked, 'simple-examples', 'data')])
      expect(textFiles.list(path, 'field').map(({ name }) => name)).toEqual(['ptb.train.txt'])
    expect(stampOf(unpacked)).not.toBe('')
    expect(textFiles.list(mkdtempSync(join(folder, 'empty-')), 'field')).toEqual([])
  })

  it('may have names in a tar archive that are too long for their headers', () => {
    const long = `${'folder/'.repeat(20)}train.txt`
    const [gnu, posix] = [
      { 'L:long': `${long}\0`, folder: 'a' },
      { 'x:pax': `20 mtime=1700000000.5\n${long.length + 10} path=${long}\n`, folder: 'b', 'next.txt': 'c' },
    ]
    expect(
      [gnu, posix].map((files, k) =>
        textFiles.list(put(`long-${k}.tar`, tar(files)), 'field').map(file => [file.name, file.text()]),
      ),
    ).toEqual([
      [['train.txt', 'a']],
      [
        ['train.txt', 'b'],
        ['next.txt', 'c'],
      ],
    ])
  })

  it('have a path that holds wherever the lab is started', () => {
    expect([settledPath('opticks'), settledPath('some/where'), settledPath('/there')]).toEqual([
      'opticks',
      join(process.cwd(), 'some/where'),
      '/there',
    ])
  })

  const one = (file: Zipped, name = 'x.txt'): Uint8Array => zip({ [name]: file })
  it.each([
    ['what is not there', () => join(folder, 'nowhere'), 'a file, folder or archive that is there, or one of opticks'],
    [
      'a damaged archive',
      () => put('bad.tgz', gzipSync(tar({ a: 'b' })).subarray(0, 40)),
      'an archive that can be unpacked',
    ],
    [
      'what is no archive',
      () => put('bad.tar', new Uint8Array(600).fill(65)),
      'an archive that can be unpacked (it is no tar archive, or damaged)',
    ],
    [
      'an archive with a file of less than nothing',
      () => {
        const bytes = tar({ 'x.txt': 'a' }).slice()
        bytes.set(new TextEncoder().encode('-0000001000'), 124)
        const sum = bytes.subarray(0, 512).reduce((total, byte, k) => total + (k >= 148 && k < 156 ? 32 : byte), 0)
        bytes.set(new TextEncoder().encode(sum.toString(8).padStart(6, '0')), 148)
        return put('less.tar', bytes)
      },
      'an archive that can be unpacked (it is no tar archive, or damaged)',
    ],
    [
      'what is no zip archive',
      () => put('bad.zip', new Uint8Array(600).fill(65)),
      'an archive that can be unpacked (it is no zip archive, or cut off)',
    ],
    [
      'a zip archive that was cut off',
      () => put('cut.zip', zip({ 'x.txt': sentences('a') }).subarray(0, -5)),
      'an archive that can be unpacked (it is no zip archive, or cut off)',
    ],
    [
      'a zip archive without its beginning',
      () => put('tail.zip', zip({ 'x.txt': sentences('a') }).subarray(20)),
      'an archive that can be unpacked (it is damaged)',
    ],
    [
      'a zip archive with another text than its checksum',
      () => put('crc.zip', one({ text: 'abc', stored: true, crc: 1 })),
      'an archive that can be unpacked (x.txt is damaged)',
    ],
    [
      'a zip archive that unpacks to more than it says',
      () => put('more.zip', one({ text: 'a'.repeat(1e6), size: 1000 })),
      'an archive that can be unpacked (x.txt is damaged)',
    ],
    [
      'a zip archive that says it unpacks to very much',
      () => put('bomb.zip', one({ text: 'a'.repeat(1e6), size: 3e8 })),
      'a text of at most 256 MiB',
    ],
    [
      'a zip archive in the large form',
      () => put('large.zip', one({ text: 'a', size: 0xffffffff })),
      'a text of at most 256 MiB',
    ],
    [
      'an encrypted zip archive',
      () => put('locked.zip', one({ text: 'a', flags: 1 })),
      'an archive that can be unpacked (x.txt is encrypted)',
    ],
    [
      'a zip archive packed in another way',
      () => put('lzma.zip', one({ text: 'a', method: 14 })),
      'an archive that can be unpacked (x.txt is packed by method 14, not by deflate)',
    ],
    ['what is no text', () => put('bad.txt', Uint8Array.of(0xff, 0xfe, 0)), 'a text in UTF-8'],
  ])('%s is refused', (_, path, allowed) => {
    const at = path()
    expect(() => textFiles.list(at, 'study.task.path').map(file => file.text())).toThrow(`allowed: ${allowed}`)
  })

  it('are read anew when they change', () => {
    const path = put('changing.txt', sentences('a', 'b'))
    const task = { id: 'text', path, form: 'tokens' }
    expect(openTask(task).symbols).toEqual(['a', 'b', '<unk>', '<eos>'])
    expect(openTask(task)).toBe(openTask(task))
    put('changing.txt', sentences('a', 'c'))
    utimesSync(path, 1, 1)
    expect(openTask(task).symbols).toEqual(['a', 'c', '<unk>', '<eos>'])
  })
})

describe('a treebank on disk', () => {
  const words = { train: 4_000, validation: 300, test: 500 }
  const NAMES = { train: 'ptb.train.txt', validation: 'ptb.valid.txt', test: 'ptb.test.txt' }
  /** As many words as asked for, 98 different ones and <unk>, in Mikolov's form: a space before each line and one after. */
  function made(count: number): string {
    const lines = Math.ceil(count / 100)
    let next = 0
    return Array.from({ length: lines }, (_, k) => {
      const size = Math.floor(((k + 1) * (count - lines)) / lines) - Math.floor((k * (count - lines)) / lines)
      return ` ${Array.from({ length: size }, () => (next++ % 99 === 98 ? '<unk>' : `w${(next - 1) % 99}`)).join(' ')} \n`
    }).join('')
  }
  const parts = { train: made(words.train), validation: made(words.validation), test: made(words.test) }
  const known = (part: Part) => ({ words: words[part], md5: textFiles.md5(parts[part]) })
  const treebank = treebankOf({
    vocabulary: 100,
    parts: { train: known('train'), validation: known('validation'), test: known('test') },
  })
  const open = (path: string) => openLanguage(treebank, { path }, 'study.task', textFiles)
  const named = (content: Partial<typeof parts>): Record<string, string> =>
    Object.fromEntries(
      PARTS.flatMap(part =>
        content[part] === undefined ? [] : [[`simple-examples/data/${NAMES[part]}`, content[part]]],
      ),
    )
  /** The same files as a folder, a .tgz and a .zip. */
  function everyForm(name: string, content: Partial<typeof parts>): string[] {
    const place = join(folder, name)
    mkdirSync(join(place, 'simple-examples', 'data'), { recursive: true })
    for (const [file, text] of Object.entries(named(content))) writeFileSync(join(place, file), text)
    return [
      place,
      put(`${name}.tgz`, gzipSync(tar(named(content)), { level: 1 })),
      put(`${name}.zip`, zip(named(content))),
    ]
  }
  const refusal = (path: string): string => {
    try {
      open(path)
    } catch (error) {
      if (error instanceof InputError) return error.message.replace(path, 'PATH')
      throw error
    }
    return 'accepted'
  }

  it('is the same from a folder, a .tgz and a .zip', () => {
    const found = everyForm('sound', parts).map(path => open(path).corpus!)
    for (const { words: vocabulary, train, validation, test } of found)
      expect([vocabulary.length, train.length, validation.length, test.length]).toEqual([100, ...Object.values(words)])
    expect(found[1]!.train).toEqual(found[0]!.train)
    expect(found[2]!.train).toEqual(found[0]!.train)
  })
  it('may have lost spaces and got other ends of lines', () => {
    const trimmed = (text: string): string =>
      text
        .split('\n')
        .map(line => line.trim())
        .join('\r\n')
    expect(
      everyForm('trimmed', {
        train: trimmed(parts.train),
        validation: trimmed(parts.validation),
        test: trimmed(parts.test),
      }).map(refusal),
    ).toEqual(['accepted', 'accepted', 'accepted'])
  })
  it.each([
    [
      'missing',
      { train: parts.train, validation: parts.validation },
      'study.task.path is "PATH"; allowed: a folder or archive with ptb.test.txt',
    ],
    [
      'shorter',
      { ...parts, test: parts.test.slice(0, -20) },
      /^study\.task\.path is "PATH"; allowed: ptb\.test\.txt of 500 words, ends of sentences included \(this one has 49\d: it is not, or no longer, the file/,
    ],
    [
      'altered',
      { ...parts, validation: parts.validation.replace(' w7 ', ' w8 ') },
      /^study\.task\.path is "PATH"; allowed: ptb\.valid\.txt as Mikolov prepared it \(this one has as many words, but not the same ones/,
    ],
    [
      'empty',
      { ...parts, train: '' },
      /^study\.task\.path is "PATH"; allowed: ptb\.train\.txt of 4000 words, ends of sentences included \(this one has 0:/,
    ],
  ])('with a file %s is refused with the same words, whatever its form', (name, content, message) => {
    const found = everyForm(name, content).map(refusal)
    expect(found[0]).toMatch(message)
    expect(found).toEqual([found[0], found[0], found[0]])
  })
  it("that is another one is refused as Mikolov's", () => {
    expect(() => openTask({ id: 'penn-treebank', path: join(folder, 'sound.zip') }, 'study.task')).toThrow(
      'allowed: ptb.train.txt of 929589 words',
    )
  })
  it('with two files of a name is refused', () => {
    const twice = put('twice.zip', zip({ ...named(parts), 'old/ptb.test.txt': parts.test }))
    expect(refusal(twice)).toBe(
      'study.task.path is "PATH"; allowed: a folder or archive with one ptb.test.txt, not several',
    )
  })
})

describe('the text of the lab', () => {
  it("is Newton's Opticks, the First Book", () => {
    const { corpus } = openTask({ id: 'text' })
    expect(corpus!.words.slice(0, 5)).toEqual(['the', 'first', 'book', 'of', 'opticks'])
    expect([corpus!.words.length, corpus!.train.length, corpus!.validation.length, corpus!.test.length]).toEqual([
      1467, 38602, 4150, 4121,
    ])
    expect(Math.exp(unigramNats(corpus!, corpus!.test))).toBeCloseTo(214.42, 1)
    const sum = (content: string | Int32Array): string =>
      createHash('sha256')
        .update(typeof content === 'string' ? content : new Uint8Array(content.buffer))
        .digest('hex')
        .slice(0, 16)
    // Studies that were trained on it stay the same studies.
    expect([corpus!.words.join('\n'), corpus!.train, corpus!.validation, corpus!.test].map(sum)).toEqual([
      '37b28fefd23a19c0',
      'be2301051d40c9fc',
      '07ed455ff1b5208b',
      'a48958fe6173ddd9',
    ])
  })
})

it('the tasks that read texts are those that studies give the defaults of text', () => {
  expect(
    Object.values(tasks)
      .filter(({ reads }) => reads === 'text')
      .map(({ id }) => id),
  ).toEqual([...TEXT_TASKS])
})

describe('a study of a text is checked in full', () => {
  const study = (given: object) => parseStudy({ name: 'Text', task: { id: 'text' }, ...given })
  it.each([
    [
      { task: { id: 'text', path: '/nowhere/at/all' } },
      'study.task.path is "/nowhere/at/all"; allowed: a file, folder or archive that is there',
    ],
    [{ task: { id: 'penn-treebank' } }, 'study.task.path is ""'],
    [
      { model: { memory: { id: 'nondeterministic-stack', window: 0 } } },
      'study.model.memory.window is 0; allowed: a whole number from 1 to 1000000',
    ],
    [
      { model: { memory: { id: 'nondeterministic-stack' } } },
      'study.model.memory.window is 1000000; allowed: at most 1000 for text',
    ],
    [
      { task: { id: 'text' }, model: { memory: { id: 'none' }, embedding: { size: 3, tied: true } } },
      'study.model.embedding.size is 3; allowed: 20',
    ],
  ])('%j', (given, message) => {
    expect(() => checkStudy(study(given))).toThrow(message)
  })
})
