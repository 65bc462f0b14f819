import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/*
 * What is used of an engine, as it has been since the first version: a few entry points that last. A later version may have moved
 * them to other files, where they are found again; one that names them otherwise is to be read here as well, beside the older ones.
 */

export interface Chance {
  fork(name: string): Chance
}
export interface Language {
  readonly symbols: readonly string[]
  readonly corpus?: {
    readonly words: readonly string[]
    readonly train: Int32Array
    readonly validation: Int32Array
    readonly test: Int32Array
  }
  valid(length: number): boolean
  sample(chance: Chance, length: number): number[]
  logProbability(string: readonly number[]): number
}
export interface Task {
  readonly reads?: 'text'
}
export interface Parameter {
  readonly name: string
  readonly component: string
}
export interface Model {
  readonly parameters: readonly Parameter[]
  readonly inputs: number
  readonly reads: 'strings' | 'text'
}
export interface Batch {
  readonly size: number
  readonly length: number
  readonly symbols: Int32Array
  readonly next?: Int32Array
}
export interface Executor {
  setTrainable(names: ReadonlySet<string>): void
  step(batch: Batch, options: { learningRate: number; clipNorm: number | null }): unknown
  evaluate(batch: Batch): { readonly nats: Float64Array } | Promise<{ readonly nats: Float64Array }>
  trace(symbols: Int32Array): unknown
  dispose(): void
}
export interface Plan {
  readonly id: string
}
export interface Study {
  readonly name: string
  readonly task: { readonly id: string }
  readonly model: unknown
  readonly plans: readonly Plan[]
  readonly seeds: readonly number[]
  readonly training: { readonly batch: number; readonly optimizer: unknown }
}
export type Alphabet = number | { readonly words: number }
export type RunEvent = Readonly<Record<string, unknown>> & { readonly kind: string }

export interface Engine {
  readonly tasks: Readonly<Record<string, Task>>
  readonly openLanguage: (task: Task, options: object) => Language
  readonly chance: (seed: number) => Chance
  readonly buildModel: (model: unknown, alphabet: Alphabet) => Model
  readonly findDevice: (id: string) => { open(model: Model, options: { optimizer: unknown }): Promise<Executor> }
  readonly identify: (run: object, parameters: readonly Parameter[]) => unknown
  readonly trainRun: (options: object) => AsyncIterable<RunEvent>
  readonly parseStudies: (content: unknown) => Study[]
  /** With the texts of this machine. */
  readonly languageOf: (study: Study) => Language
}

/** Where each lay in the first version. */
const PLACES: Readonly<Record<keyof Engine, string>> = {
  tasks: 'src/engine/tasks/index.ts',
  openLanguage: 'src/engine/tasks/task.ts',
  chance: 'src/engine/chance.ts',
  buildModel: 'src/engine/model.ts',
  findDevice: 'src/engine/devices/index.ts',
  identify: 'src/engine/train/checkpoint.ts',
  trainRun: 'src/engine/train/train.ts',
  parseStudies: 'src/shared/study.ts',
  languageOf: 'src/main/services/check-study.ts',
}

export async function engineIn(root: string): Promise<Engine> {
  const found: Record<string, unknown> = {}
  for (const [name, place] of Object.entries(PLACES)) found[name] = await exportNamed(root, name, place)
  return found as unknown as Engine
}

/** What a module of the tree exports under this name: where it lay, or wherever it lies now. */
async function exportNamed(root: string, name: string, place: string): Promise<unknown> {
  const declared = new RegExp(`^export (?:async )?(?:function\\*? |const )${name}\\b`, 'm')
  const elsewhere = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map(file => join('src', file))
  // The engine has the word on what a name of the engine means.
  const near = (file: string): number => (file.startsWith(place.split('/').slice(0, 2).join('/')) ? 0 : 1)
  for (const file of [place, ...elsewhere.sort((a, b) => near(a) - near(b))]) {
    if (!file.endsWith('.ts') || file.endsWith('.test.ts') || file.includes('testing') || !existsSync(join(root, file)))
      continue
    if (!declared.test(readFileSync(join(root, file), 'utf8'))) continue
    const module = (await import(pathToFileURL(join(root, file)).href)) as Readonly<Record<string, unknown>>
    if (module[name] !== undefined) return module[name]
  }
  throw new Error(`There is no ${name} in ${root}, which scripts/same/probe.ts stands on.`)
}
