import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { described, differences, isSame, probe, type Differences, type Probing } from '../scripts/same/compare.ts'
import type { Probed } from '../scripts/same/probe.ts'

const PROJECT = join(import.meta.dirname, '..')
let folder: string
let probing: Probing
let here: Probed

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'permafrost-same-test-'))
  // One preset stands for all of them.
  const presets = join(folder, 'presets')
  mkdirSync(presets)
  copyFileSync(join(PROJECT, 'resources', 'presets', 'quick-look.json'), join(presets, 'quick-look.json'))
  probing = { presets, text: join(PROJECT, 'test', 'fixtures', '0.1', 'text.txt') }
  here = await probe(PROJECT, probing)
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A copy of this source tree, as it is after `change`, held to this one. */
async function held(change: (tree: string) => void): Promise<Differences> {
  const tree = mkdtempSync(join(folder, 'tree-'))
  for (const part of ['src', 'scripts', 'resources', 'package.json']) {
    cpSync(join(PROJECT, part), join(tree, part), { recursive: true })
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(tree, 'node_modules'), 'junction')
  change(tree)
  return differences(here, await probe(tree, probing))
}

function plant(path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8')
  expect(text).toContain(from)
  writeFileSync(path, text.replace(from, to))
}

const kindsThatDiffer = (found: Differences): string[] =>
  Object.entries(found).flatMap(([kind, one]) => (isSame(one) ? [] : [kind]))

it('finds a changed optimizer and a changed sampler, and names what they change alone', async () => {
  const { strings, programs, losses, weights, checkpoints, identities } = await held(tree => {
    plant(join(tree, 'src/engine/optimizers/adam.ts'), 'default: 1e-8', 'default: 1e-7')
    plant(join(tree, 'src/engine/tasks/padded-reversal.ts'), 'default: 60,', 'default: 20,')
  })
  expect(strings.differ).toEqual(['padded-reversal', 'padded-reversal, their probabilities'])
  expect(programs.differ).toEqual([expect.stringMatching(/^quick-look\.json: Quick look, updates/)])
  for (const { differ } of [losses, weights, checkpoints]) {
    expect(differ.filter(name => name.startsWith('adam, full'))).not.toEqual([])
    expect(differ.filter(name => /^(sgd|momentum|rmsprop|text), /.test(name))).toEqual([])
  }
  expect(identities.differ).toEqual([])
})

it('finds a changed coefficient in the programs, and a changed default in what identifies runs', async () => {
  const { strings, programs, identities } = await held(tree => {
    plant(join(tree, 'src/engine/devices/wasm/vector-math.ts'), '0.49999988079071045', '0.4999999')
    plant(join(tree, 'src/shared/study.ts'), '.default({ factor: 0.9,', '.default({ factor: 0.8,')
  })
  expect(strings.differ).toEqual([])
  // The two that update weights have no exponential.
  expect(programs.differ).toHaveLength(programs.compared - 2)
  expect(identities.differ).toHaveLength(4)
})

it('finds nothing where parts of the engine have only moved, and looks at much', async () => {
  const found = await held(tree => {
    mkdirSync(join(tree, 'src/engine/chances'))
    copyFileSync(join(tree, 'src/engine/chance.ts'), join(tree, 'src/engine/chances/source.ts'))
    writeFileSync(join(tree, 'src/engine/chance.ts'), "export * from './chances/source.ts'\n")
  })
  expect(kindsThatDiffer(found)).toEqual([])
  for (const [kind, one] of Object.entries(found)) expect(one.compared, kind).toBeGreaterThan(3)
})

it('tells in a line what is the same, and by name what is not', () => {
  expect(described('strings', { compared: 3, differ: [], gone: [], fresh: [] })).toBe('strings     same (3)')
  expect(
    described('strings', { compared: 3, differ: ['dyck'], gone: ['count-3'], fresh: ['new'] }).split('\n'),
  ).toEqual([
    'strings     1 of 3 differ',
    '  1 differ:',
    '    dyck',
    '  1 are no longer there:',
    '    count-3',
    '  1 are new:',
    '    new',
  ])
})
