import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lockedNode } from './locked-node.ts'

it('finds the Node of the lock file, and none where there is no node_modules', () => {
  const found = lockedNode()
  if (found !== undefined) expect(execFileSync(found, ['--version'], { encoding: 'utf8' })).toMatch(/^v22\./)
  const folder = mkdtempSync(join(tmpdir(), 'permafrost-node-'))
  expect(lockedNode(join(folder, 'any.js'))).toBeUndefined()
  rmSync(folder, { recursive: true })
})
