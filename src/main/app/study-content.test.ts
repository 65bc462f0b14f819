import { describe, expect, it } from 'vitest'
import { studyContent } from './study-content.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('a file that somebody imports', () => {
  it('is a study where it says a task, with whatever mistakes', () => {
    const content = { name: 1, task: { id: 'dyck' } }
    expect(studyContent('a.json', bytes(JSON.stringify(content)))).toEqual(content)
    expect(studyContent('a.json', bytes('{"tasks": [], "models": []}'))).toEqual({ tasks: [], models: [] })
  })

  it.each([
    ['no study', 'a.json', bytes('{"name":1}'), /^a\.json is no study file: it names no task, such as /],
    ['a list', 'a.json', bytes('[]'), /^a\.json is no study file: a study is a record/],
    ['half a file', 'a.json', bytes('{\n "name":'), /^a\.json is no study file: it is not JSON: it ends too early\.$/],
    [
      'a slip',
      'a.json',
      bytes('{\n "name": x\n}'),
      /^a\.json is no study file: it is not JSON: “x” stands where it may not\.$/,
    ],
    ['a comma', 'a.json', bytes('{\n "name": 1,\n}'), /^a\.json is no study file: it is not JSON, from line 3 on\.$/],
    [
      'a picture',
      'a.png',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13),
      /^a\.png is no study file: it is a picture \(PNG\)\.$/,
    ],
    [
      'bytes',
      'a.bin',
      Uint8Array.of(0xfe, 0xff, 0),
      /^a\.bin is no study file: it holds no text in UTF-8: this is UTF-16/,
    ],
    ['nothing', 'a.json', bytes(' '), /^a\.json is no study file: it is empty\.$/],
    [
      'a broken bundle',
      'a.permafrost',
      Uint8Array.of(0, 1, 2),
      /^a\.permafrost cannot be taken in: it is damaged, or no bundle\.$/,
    ],
  ])('is refused for what it is: %s', (_, name, content, message) => {
    expect(() => studyContent(name, content)).toThrow(message)
  })
})
