import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { tasks } from '../../engine/tasks/index.ts'
import { unigramNats } from '../../engine/tasks/corpus/text-language.ts'
import { parseStudy } from '../../shared/study.ts'
import { TEXT_TASKS } from '../../shared/text-study.ts'
import { checkStudy } from './check-study.ts'
import { openTask } from './languages.ts'
import { textFiles } from './text-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'permafrost-text-'))
afterAll(() => rmSync(folder, { recursive: true }))
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const sentences = (...words: string[]): string => Array.from({ length: 100 }, () => words.join(' ')).join('\n')

/** A tar archive of files. */
function tar(files: Readonly<Record<string, string>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const content = new TextEncoder().encode(text)
    const header = new Uint8Array(512)
    const write = (at: number, value: string): void => header.set(new TextEncoder().encode(value), at)
    write(0, name); write(100, '0000644\0'); write(124, `${content.length.toString(8).padStart(11, '0')} `); write(148, '        '); write(156, '0')
    write(148, `${header.reduce((a, b) => a + b, 0).toString(8).padStart(6, '0')}\0 `)
    const padded = new Uint8Array(Math.ceil(content.length / 512) * 512)
    padded.set(content)
    return [header, padded]
  })
  return Uint8Array.from([...blocks, new Uint8Array(1024)].flatMap(block => [...block]))
}

describe('texts on disk', () => {
  it('come from a file, a folder or an archive', () => {
    mkdirSync(join(folder, 'parts'))
    put('parts/train.txt', 'a')
    put('parts/notes.md', 'b')
    const archive = { './data/ptb.train.txt': 'x y', './data/ptb.test.txt': sentences('z') }
    const listed = (path: string) => textFiles.list(path, 'field').map(file => [file.name, file.text()])
    expect(listed(put('one.txt', 'é'))).toEqual([['one.txt', 'é']])
    expect(listed(join(folder, 'parts'))).toEqual([['train.txt', 'a']])
    for (const path of [put('two.tar', tar(archive)), put('two.tgz', gzipSync(tar(archive)))]) expect(listed(path)).toEqual([['ptb.train.txt', 'x y'], ['ptb.test.txt', sentences('z')]])
  })

  it.each([
    ['what is not there', () => join(folder, 'nowhere'), 'a file, folder or archive that is there, or one of opticks'],
    ['a damaged archive', () => put('bad.tgz', gzipSync(tar({ a: 'b' })).subarray(0, 40)), 'an archive that can be unpacked'],
    ['what is no archive', () => put('bad.tar', new Uint8Array(600).fill(65)), 'an archive that can be unpacked (it is no tar archive, or damaged)'],
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

describe('the text of the lab', () => {
  it('is Newton\'s Opticks, the First Book', () => {
    const { corpus } = openTask({ id: 'text' })
    expect(corpus!.words.slice(0, 5)).toEqual(['the', 'first', 'book', 'of', 'opticks'])
    expect([corpus!.words.length, corpus!.train.length, corpus!.validation.length, corpus!.test.length]).toEqual([1467, 38602, 4150, 4121])
    expect(Math.exp(unigramNats(corpus!, corpus!.test))).toBeCloseTo(214.42, 1)
  })
})

it('the tasks that read texts are those that studies give the defaults of text', () => {
  expect(Object.values(tasks).filter(({ reads }) => reads === 'text').map(({ id }) => id)).toEqual([...TEXT_TASKS])
})

describe('a study of a text is checked in full', () => {
  const study = (given: object) => parseStudy({ name: 'Text', task: { id: 'text' }, ...given })
  it.each([
    [{ task: { id: 'text', path: '/nowhere/at/all' } }, 'study.task.path is "/nowhere/at/all"; allowed: a file, folder or archive that is there'],
    [{ task: { id: 'penn-treebank' } }, 'study.task.path is ""'],
    [{ model: { memory: { id: 'nondeterministic-stack', window: 0 } } }, 'study.model.memory.window is 0; allowed: a whole number from 1 to 1000000'],
    [{ model: { memory: { id: 'nondeterministic-stack' } } }, 'study.model.memory.window is 1000000; allowed: at most 1000 for text'],
    [{ task: { id: 'text' }, model: { memory: { id: 'none' }, embedding: { size: 3, tied: true } } }, 'study.model.embedding.size is 3; allowed: 20'],
  ])('%j', (given, message) => {
    expect(() => checkStudy(study(given))).toThrow(message)
  })
})
