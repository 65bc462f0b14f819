import { existsSync, globSync } from 'node:fs'
import { join, sep } from 'node:path'
import { InputError } from '../src/shared/errors.ts'
import { CATALOGUES, entriesOf, ROOT } from './gen.ts'

/** What `npm test NAME` runs. */
export interface TestPlan {
  /** Test files, from the project's root. */
  readonly files: readonly string[]
  /** Parts to which the suites over whole catalogues are restricted, as `memories/none`; empty: not restricted. */
  readonly parts: readonly string[]
}

/** The suites that hold every part of a kind to its laws, by the folder in src/engine. They ask `concerns` which parts are meant. */
const LAWS: Readonly<Record<string, readonly string[]>> = {
  memories: [
    'src/engine/model.test.ts',
    'src/engine/model-text.test.ts',
    'src/engine/devices/tfjs/cohort.test.ts',
    'test/catalogues.test.ts',
  ],
  controllers: [
    'src/engine/model.test.ts',
    'src/engine/model-text.test.ts',
    'src/engine/controllers/controllers.test.ts',
    'src/engine/probes/held-reading.test.ts',
    'test/catalogues.test.ts',
  ],
  tasks: ['src/engine/tasks/tasks.test.ts', 'src/engine/tasks/ideal-stack.test.ts', 'test/catalogues.test.ts'],
  optimizers: ['src/engine/optimizers/optimizers.test.ts', 'test/catalogues.test.ts'],
}

/** Folders that hold a device and its tests, and the suites elsewhere that hold it to its laws. */
const DEVICES: Readonly<Record<string, readonly string[]>> = {
  'src/engine/devices/wasm': [
    'src/engine/model.test.ts',
    'src/engine/model-text.test.ts',
    'src/engine/devices/golden.test.ts',
  ],
  'src/engine/devices/tfjs': ['src/engine/devices/golden.test.ts', 'src/engine/optimizers/optimizers.test.ts'],
  'src/engine/devices/webgpu': [],
  'src/main/devices/tensorflow': [],
}

/** Every test file, from the project's root. */
export const testFiles = (): string[] =>
  globSync('{src,test,bench}/**/*.test.ts', { cwd: ROOT })
    .map(file => file.split(sep).join('/'))
    .sort()

/**
 * The tests of what is named: of a part (a memory, controller, task or optimizer, by its id or its file) its own and the laws of its
 * kind for it alone; of a device its own and the laws that it is held to; otherwise the test files with the name in their path.
 * @throws InputError for a name that nothing has
 */
export function planOf(names: readonly string[]): TestPlan {
  const plans = names.map(planOfOne)
  const files = [...new Set(plans.flatMap(plan => plan.files))].sort()
  const parts = plans.flatMap(plan => plan.parts)
  // Suites over a catalogue are not restricted where one of them is asked for by its own name.
  const whole = plans.some(
    plan => plan.parts.length === 0 && plan.files.some(file => Object.values(LAWS).flat().includes(file)),
  )
  return { files, parts: whole ? [] : parts }
}

function planOfOne(given: string): TestPlan {
  const name = pathFromRoot(given)
  const stem = name.replace(/(\.slow)?(\.test)?\.ts$/, '')
  const parts = CATALOGUES.flatMap(catalogue => {
    const kind = catalogue.folder.split('/').at(-1)!
    return entriesOf(catalogue)
      .filter(id => [id, `${kind}/${id}`, `${catalogue.folder}/${id}`].includes(stem))
      .map(id => ({ kind, own: `${catalogue.folder}/${id}.test.ts`, part: `${kind}/${id}` }))
  })
  if (parts.length > 0) {
    const files = parts.flatMap(({ kind, own }) => [...LAWS[kind]!, ...(existsSync(join(ROOT, own)) ? [own] : [])])
    return { files, parts: parts.map(({ part }) => part) }
  }
  const all = testFiles()
  const device = Object.keys(DEVICES).find(folder => [folder, folder.split('/').at(-1)].includes(stem))
  if (device !== undefined) {
    return {
      files: [...all.filter(file => file.startsWith(device)), ...DEVICES[device]!],
      parts: [`devices/${device.split('/').at(-1)!}`],
    }
  }
  const files = all.filter(file => file.includes(stem))
  if (files.length === 0) {
    const kinds = [...CATALOGUES.map(({ type }) => type.toLowerCase()), 'device'].join(', ')
    throw new InputError('name', given, `the id or file of a part (${kinds}), or a piece of the path of a test file`)
  }
  return { files, parts: [] }
}

function pathFromRoot(given: string): string {
  const path = given.split(sep).join('/').replace(/\/+$/, '')
  const root = ROOT.split(sep).join('/')
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path.replace(/^(\.\/)+/, '')
}
