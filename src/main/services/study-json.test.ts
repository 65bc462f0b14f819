import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readStudyJson } from './study-json.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string): unknown => readStudyJson(bytes(text), 'a.json')

describe('a study file', () => {
  it('is any JSON in which each field stands once', () => {
    const record = fc.dictionary(fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(record, fc.boolean(), (content, isSpread) => {
        const text = JSON.stringify(content, null, isSpread ? 2 : 0)
        expect(read(text)).toEqual(JSON.parse(text))
      }),
      { numRuns: 300 },
    )
  })
  it('is refused where a field stands twice, however it is written', () => {
    const key = fc.string({ minLength: 1 })
    fc.assert(
      fc.property(key, fc.jsonValue(), fc.nat(3), (name, value, depth) => {
        const written = JSON.stringify(name)
        const escaped = `"${Array.from({ length: name.length }, (_, i) => `\\u${name.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
        const twice = `{${written}: ${JSON.stringify(value)}, "other key": [{}], ${escaped}: 1}`
        const text = `${'{"a": ['.repeat(depth)}${twice}${']}'.repeat(depth)}`
        fc.pre(name !== 'other key')
        expect(() => JSON.parse(text)).not.toThrow()
        expect(() => read(text)).toThrow('each field of a record once')
      }),
      { numRuns: 300 },
    )
    expect(() => read('{\n "seeds": [1],\n "seeds": [2]\n}')).toThrow(
      '"seeds" is there a second time, in line 3; allowed: each field of a record once',
    )
  })
  it('may have fields of one name in different records', () => {
    expect(read('{"a": {"id": 1}, "b": [{"id": 2}, {"id": 3}], "id": "id"}')).toEqual({
      a: { id: 1 },
      b: [{ id: 2 }, { id: 3 }],
      id: 'id',
    })
  })
  it('may begin with a byte order mark', () => {
    expect(readStudyJson(Uint8Array.of(0xef, 0xbb, 0xbf, ...bytes('{"a": 1}')), 'a.json')).toEqual({ a: 1 })
  })
  it.each([
    [
      'Latin-1',
      Buffer.from('{"name":\n"caf\xe9"}', 'latin1'),
      'a.json is not a text in UTF-8: byte 14, 0xE9 in line 2,',
    ],
    ['UTF-16', Buffer.from('\ufeff{"a": 1}', 'utf16le'), 'a.json is not a text in UTF-8: this is UTF-16'],
    ['UTF-16 without a mark', Buffer.from('{"a": 1}', 'utf16le'), 'this is UTF-16'],
    ['UTF-16, the other way round', Buffer.from('{"a": 1}', 'utf16le').swap16(), 'this is UTF-16'],
    ['a comment', Buffer.from('{} // x'), 'a.json is not JSON'],
    ['records inside of records', Buffer.from('['.repeat(50_000) + ']'.repeat(50_000)), 'more than 100 deep'],
  ])('is refused in %s, and why is said', (_, content, message) => {
    expect(() => readStudyJson(content, 'a.json')).toThrow(message)
  })
  it('is what the lab itself brings along', () => {
    const presets = join(import.meta.dirname, '..', '..', '..', 'resources', 'presets')
    for (const name of readdirSync(presets)) {
      const content = readFileSync(join(presets, name))
      expect(readStudyJson(content, name)).toEqual(JSON.parse(content.toString()))
    }
  })
})
