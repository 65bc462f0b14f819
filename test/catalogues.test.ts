import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { camelCase, CATALOGUES, entriesOf, indexFile, indexText, type Catalogue } from '../scripts/gen.ts'
import { importsOf } from './imports.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Tests that go through a catalogue's index, and so reach every entry, a new one too. */
const suitesOver = ({ folder }: Catalogue): string[] =>
  globSync('src/engine/**/*.test.ts', { cwd: root }).filter(file =>
    importsOf(file, read(file)).some(specifier => posix.join(posix.dirname(file), specifier) === `${folder}/index.ts`),
  )

describe.each(CATALOGUES)('$folder', catalogue => {
  const entries = entriesOf(catalogue)

  it('has an index that says what the folder holds', () => {
    expect(readFileSync(indexFile(catalogue), 'utf8'), 'run `npm run gen`').toBe(indexText(catalogue, entries))
    expect(entries.length).toBeGreaterThan(0)
  })

  it('names every file by the id in it', async () => {
    const module = (await import(indexFile(catalogue))) as Record<string, Record<string, { id: string }>>
    expect(Object.entries(module[catalogue.list]!).map(([name, { id }]) => [name, id])).toEqual(
      entries.map(name => [name, name]),
    )
  })

  it('has a test for every entry: one beside it, or a suite over the index', () => {
    const without =
      suitesOver(catalogue).length > 0
        ? []
        : entries.filter(id => !existsSync(join(root, catalogue.folder, `${id}.test.ts`)))
    expect(without).toEqual([])
  })
})

it('makes an index that a person would write', () => {
  const catalogue = { folder: 'src/engine/memories', list: 'memories', type: 'Memory', contract: 'memory.ts' }
  expect(camelCase('superposition-stack')).toBe('superpositionStack')
  expect(indexText(catalogue, ['none', 'superposition-stack']))
    .toBe(`// Made by \`npm run gen\`. Adding a file to this folder is all that is needed.
import none from './none.ts'
import superpositionStack from './superposition-stack.ts'
import type { Memory } from './memory.ts'

export const memories: Readonly<Record<string, Memory>> = {
  none,
  'superposition-stack': superpositionStack,
}
`)
})
