import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

it('every number is typed into a field of ours: the browser’s own, which drops a comma, is used nowhere', () => {
  const files = readdirSync('src/renderer', { recursive: true, encoding: 'utf8' }).filter(name =>
    /\.(vue|ts)$/.test(name),
  )
  const own = /type=["'`]?number|["']number["'] *: *["']text["']|type: ["']number["']/
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter(name => own.test(readFileSync(join('src/renderer', name), 'utf8')))).toEqual([])
})
