import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A folder of parts, one a file. Files with a default export are its entries; the file's name is the part's id. */
export interface Catalogue {
  readonly folder: string
  readonly list: string
  readonly type: string
  readonly contract: string
}

export const CATALOGUES: readonly Catalogue[] = [
  { folder: 'src/engine/tasks', list: 'tasks', type: 'Task', contract: 'task.ts' },
  { folder: 'src/engine/memories', list: 'memories', type: 'Memory', contract: 'memory.ts' },
  { folder: 'src/engine/controllers', list: 'controllers', type: 'Controller', contract: 'controller.ts' },
  { folder: 'src/engine/optimizers', list: 'optimizers', type: 'Optimizer', contract: 'optimizer.ts' },
]

export const ROOT = join(import.meta.dirname, '..')

/** The ids of a catalogue's entries, sorted. */
export function entriesOf({ folder, contract }: Catalogue): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(
      file =>
        file.isFile() &&
        file.name.endsWith('.ts') &&
        !file.name.endsWith('.test.ts') &&
        ![contract, 'index.ts'].includes(file.name),
    )
    .filter(file => /^export default /m.test(readFileSync(join(ROOT, folder, file.name), 'utf8')))
    .map(file => file.name.slice(0, -'.ts'.length))
    .sort()
}

export function indexText({ list, type, contract }: Catalogue, ids: readonly string[]): string {
  const entry = (id: string): string => (camelCase(id) === id ? `  ${id},` : `  '${id}': ${camelCase(id)},`)
  return [
    '// Made by `npm run gen`. Adding a file to this folder is all that is needed.',
    ...ids.map(id => `import ${camelCase(id)} from './${id}.ts'`),
    `import type { ${type} } from './${contract}'`,
    '',
    `export const ${list}: Readonly<Record<string, ${type}>> = {`,
    ...ids.map(entry),
    '}',
    '',
  ].join('\n')
}

/** `superposition-stack` -> `superpositionStack` */
export const camelCase = (id: string): string => id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

export const indexFile = ({ folder }: Catalogue): string => join(ROOT, folder, 'index.ts')

/** The catalogues whose index is not what their folder says. */
export function staleCatalogues(): Catalogue[] {
  return CATALOGUES.filter(
    catalogue => textIfThere(indexFile(catalogue)) !== indexText(catalogue, entriesOf(catalogue)),
  )
}

/** Writes every stale index; returns the catalogues concerned. */
export function generate(): Catalogue[] {
  const stale = staleCatalogues()
  for (const catalogue of stale) writeFileSync(indexFile(catalogue), indexText(catalogue, entriesOf(catalogue)))
  return stale
}

function textIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function main(args: readonly string[]): void {
  if (args.includes('--check')) {
    for (const { folder } of staleCatalogues()) {
      console.error(`${folder}/index.ts is not up to date: run \`npm run gen\``)
      process.exitCode = 1
    }
    return
  }
  for (const { folder } of generate()) console.log(`wrote ${folder}/index.ts`)
}

if (import.meta.main) main(process.argv.slice(2))
