import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { codeOf, withHome } from '../history/testing/fixtures.ts'
import { writeFiles } from './write-files.ts'

it('an export folder holds one export: nothing that is there is written over, or mixed with, unasked', () =>
  withHome(home => {
    const folder = join(home, 'out')
    writeFiles(folder, { 'runs.csv': 'one', 'study.json': '{}', 'comparison.md': 'one' })
    expect(codeOf(() => writeFiles(folder, { 'runs.csv': 'two', 'study.json': '{}' }))).toBe('bad-input')
    expect(readFileSync(join(folder, 'runs.csv'), 'utf8')).toBe('one')
    writeFileSync(join(folder, 'mine.txt'), 'mine')
    writeFiles(folder, { 'runs.csv': 'two', 'study.json': '{}' }, { force: true })
    expect(readdirSync(folder).sort()).toEqual(['mine.txt', 'runs.csv', 'study.json'])
    expect(readFileSync(join(folder, 'runs.csv'), 'utf8')).toBe('two')
  }))
