import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileOpening, filesNamed, type NamedFiles } from './opened-files.ts'

describe('files that the app is opened with', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'permafrost-opened-'))
    writeFileSync(join(folder, 'one.json'), '{}')
    writeFileSync(join(folder, 'Two.PERMAFROST'), 'xyz')
    writeFileSync(join(folder, 'notes.txt'), '')
    mkdirSync(join(folder, 'folder.json'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  it('are those that a command line names, looked up where it was typed', () => {
    const { files, tooLarge } = filesNamed(
      [
        '--safe-mode',
        'one.json',
        join(folder, 'Two.PERMAFROST'),
        'notes.txt',
        'folder.json',
        'missing.json',
        '--home=x.json',
      ],
      folder,
    )
    expect(files.map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)])).toEqual([
      ['one.json', '{}'],
      ['Two.PERMAFROST', 'xyz'],
    ])
    expect(tooLarge).toEqual([])
  })

  it('are named, not read, where they are too large', () => {
    expect(filesNamed(['one.json', 'Two.PERMAFROST'], folder, 2)).toMatchObject({
      files: [{ name: 'one.json' }],
      tooLarge: ['Two.PERMAFROST'],
    })
  })

  it('wait for the app', () => {
    const opening = fileOpening()
    const taken: NamedFiles[] = []
    opening.open(['one.json'], folder)
    opening.open(['notes.txt'], folder)
    opening.begin(named => {
      taken.push(named)
    })
    opening.open(['Two.PERMAFROST'], folder)
    expect(taken.map(({ files }) => files.map(({ name }) => name))).toEqual([['one.json'], ['Two.PERMAFROST']])
  })
})
