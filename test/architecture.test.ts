import { globSync, readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'
import { breach, WALLS } from '../scripts/walls.ts'
import { importsOf } from './imports.ts'

const root = `${import.meta.dirname}/..`
const sources = globSync('src/**/*.{ts,vue}', { cwd: root }).map(file => file.split(sep).join('/'))

const breachesOf = (file: string, text: string): string[] =>
  importsOf(file, text).flatMap(specifier => breach(file, specifier) ?? [])

/** Lines that must not pass, by the file in which they would stand. */
const PLANTED = [
  ['src/shared/planted.ts', `import { chance } from '../engine/chance.ts'`],
  ['src/shared/planted.ts', `import { readFile } from 'node:fs/promises'`],
  ['src/shared/planted.ts', `import { mean } from 'simple-statistics'`],
  ['src/engine/planted.ts', `import { ref } from 'vue'`],
  ['src/engine/planted.ts', `import { app } from 'electron'`],
  ['src/engine/planted.ts', `import Database from 'better-sqlite3'`],
  ['src/engine/tasks/planted.ts', `export { compose } from '../../main/compose.ts'`],
  ['src/engine/tasks/planted.ts', `export * from 'vue'`],
  ['src/engine/tasks/planted.ts', `export const load = () => import('node:fs')`],
  ['src/engine/tasks/planted.ts', `import { taskLaws } from '../testing/task-laws.ts'`],
  ['src/engine/devices/webgpu/planted.ts', `import { WasmExecutor } from '../wasm/executor.ts'`],
  ['src/engine/devices/wasm/planted.ts', `import { lower } from '../webgpu/lower.ts'`],
  ['src/engine/devices/cohort/planted.ts', `import { WasmExecutor } from '../wasm/executor.ts'`],
  ['src/engine/devices/lowering/planted.ts', `import { Code } from '../wasm/assembler.ts'`],
  ['src/engine/devices/new/planted.ts', `export const load = () => import('../tfjs/device.ts')`],
  ['src/main/planted.ts', `import { app } from 'electron'`],
  ['src/main/planted.ts', `import Database from 'better-sqlite3'`],
  ['src/main/planted.ts', `import App from '../renderer/App.vue'`],
  ['src/main/services/planted.ts', `import Database from 'better-sqlite3'`],
  ['src/main/history/planted.ts', `import { app } from 'electron'`],
  ['src/main/shells/electron/planted.ts', `import { train } from '../../../engine/train/train.ts'`],
  ['src/preload/planted.ts', `import { readFile } from 'node:fs/promises'`],
  ['src/renderer/planted.ts', `import { ipcRenderer } from 'electron'`],
  ['src/renderer/planted.ts', `import { tasks } from '../engine/tasks/index.ts'`],
  ['src/renderer/pages/planted.ts', `import { openHistory } from '../../main/history/database.ts'`],
  ['src/renderer/planted.test.ts', `import { tasks } from '../engine/tasks/index.ts'`],
] as const

/** Lines that stand close to the wall, on the right side of it. */
const ALLOWED = [
  ['src/shared/planted.ts', `import { z } from 'zod'`],
  ['src/engine/tasks/planted.ts', `import { InputError } from '../../shared/errors.ts'`],
  ['src/engine/planted.test.ts', `import { readFileSync } from 'node:fs'`],
  ['src/engine/tasks/planted.test.ts', `import { taskLaws } from '../testing/task-laws.ts'`],
  ['src/engine/devices/webgpu/planted.ts', `import { plan } from '../lowering/plan.ts'`],
  ['src/engine/devices/new/planted.ts', `import { Member } from '../cohort/member.ts'`],
  ['src/engine/devices/webgpu/planted.test.ts', `import { WasmExecutor } from '../wasm/executor.ts'`],
  ['src/engine/devices/planted.ts', `import { wasmDevice } from './wasm/device.ts'`],
  ['src/main/index.ts', `import { app } from 'electron'`],
  ['src/main/history/planted.ts', `import Database from 'better-sqlite3'`],
  ['src/main/shells/electron/planted.ts', `import { app } from 'electron'`],
  ['src/preload/index.ts', `import { ipcRenderer } from 'electron'`],
] as const

describe('the walls between the layers', () => {
  it('stand around every source', () => {
    const outside = sources.filter(
      file => !WALLS.some(({ inside }) => file === inside || file.startsWith(`${inside}/`)),
    )
    expect(sources.length).toBeGreaterThan(0)
    expect(outside, 'every folder of src has a line in scripts/walls.ts').toEqual([])
  })

  it('hold in every source', () => {
    const broken = sources.flatMap(file =>
      breachesOf(file, readFileSync(`${root}/${file}`, 'utf8')).map(message => `${file}: ${message}`),
    )
    expect(broken).toEqual([])
  })

  it.each(PLANTED)('stop, in %s, %s', (file, line) => {
    expect(breachesOf(file, line)).toHaveLength(1)
  })

  it('see into the script of a page component', () => {
    const component = `<script setup lang="ts">\nimport { app } from 'electron'\n</script>\n<template><p>import 'vue'</p></template>`
    expect(breachesOf('src/renderer/Planted.vue', component)).toEqual([
      expect.stringContaining('must not import electron'),
    ])
  })

  it.each(ALLOWED)('let pass, in %s, %s', (file, line) => {
    expect(importsOf(file, line)).toHaveLength(1)
    expect(breachesOf(file, line)).toEqual([])
  })
})

describe('the lint rule permafrost/walls', () => {
  const eslint = new ESLint({
    cwd: root,
    ruleFilter: ({ ruleId }) => ruleId === 'permafrost/walls',
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  })
  const findings = async (file: string, line: string) =>
    (await eslint.lintText(line, { filePath: `${root}/${file}` })).flatMap(({ messages }) => messages)

  it.each(PLANTED)('stops, in %s, %s', async (file, line) => {
    expect(await findings(file, line)).toEqual([expect.objectContaining({ ruleId: 'permafrost/walls' })])
  })

  it.each(ALLOWED)('lets pass, in %s, %s', async (file, line) => {
    expect(await findings(file, line)).toEqual([])
  })

  it('stops require() and types taken by import()', async () => {
    expect(
      await findings('src/engine/planted.ts', `const a = require('electron')\nexport type B = import('vue').Ref`),
    ).toHaveLength(2)
  })
})

describe('the lint rules for sums', () => {
  const eslint = new ESLint({
    cwd: root,
    ruleFilter: ({ ruleId }) => ['permafrost/sums', 'no-restricted-imports'].includes(ruleId),
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  })
  const findings = async (file: string, line: string) =>
    (await eslint.lintText(line, { filePath: `${root}/${file}` })).flatMap(({ messages }) => messages)

  it.each([
    ['src/main/app/planted.ts', 'export const loss = nats / symbols'],
    ['src/main/app/planted.ts', 'export const accuracy = score.correct / score.symbols'],
    ['src/main/services/planted.ts', 'export const above = (sum.nats - sum.boundNats) / count'],
    ['src/main/services/planted.ts', 'export const share = right / scores[0]!.symbols'],
    ['src/renderer/pages/planted.ts', "export const loss = sum('nats') / total"],
    ['src/renderer/pages/planted.ts', 'export const loss = total(score => score.nats) / count'],
    ['src/shared/planted.ts', 'export const loss = nats[row]! / predicted'],
    ['src/engine/train/planted.ts', 'loss /= symbols'],
    ['src/main/app/planted.ts', "import { sumsIn } from '../../shared/score.ts'"],
    ['src/renderer/Planted.vue', '<template><p>{{ score.nats / score.symbols }}</p></template>'],
    [
      'src/renderer/Planted.vue',
      '<script setup lang="ts">\nconst loss = nats / symbols\n</script>\n<template><p>{{ loss }}</p></template>',
    ],
  ])('stops, in %s, %s', async (file, line) => {
    expect(await findings(file, line)).toHaveLength(1)
  })

  it.each([
    ['src/shared/score.ts', 'export const loss = nats / symbols'],
    ['src/main/app/planted.test.ts', 'export const loss = nats / symbols'],
    ['src/main/app/planted.ts', 'export const half = total / 2'],
    ['src/main/history/planted.ts', "import { sumsIn } from '../../shared/score.ts'"],
    ['src/main/app/planted.ts', "import { figures } from '../../shared/score.ts'"],
    ['src/main/app/planted.ts', 'export const rate = symbols.length / 2'],
  ])('lets pass, in %s, %s', async (file, line) => {
    expect(await findings(file, line)).toEqual([])
  })
})
