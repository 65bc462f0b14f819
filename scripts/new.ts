import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { InputError } from '../src/shared/errors.ts'
import { camelCase, CATALOGUES, generate, ROOT } from './gen.ts'
import { TEMPLATES } from './templates.ts'

/**
 * Writes a new part that works, with its test, and lists it in its catalogue's index.
 * @returns the files written, from the project's root
 * @throws InputError for a kind that has no template, and for a name that cannot be a file's, an id and a variable's at once or is taken
 */
export async function createPart(kind: string | undefined, id: string | undefined): Promise<string[]> {
  const catalogue = CATALOGUES.find(({ contract }) => contract === `${kind}.ts`)
  const template = kind !== undefined && Object.hasOwn(TEMPLATES, kind) ? TEMPLATES[kind] : undefined
  if (catalogue === undefined || template === undefined)
    throw new InputError('kind', kind, Object.keys(TEMPLATES).join(', '))
  if (id === undefined || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || !isVariable(camelCase(id))) {
    throw new InputError(
      'name',
      id,
      'lower-case words with hyphens between them, such as neural-queue, and no word of JavaScript',
    )
  }
  const files = template(id, sentence(id)).map(({ name, text }) => ({ path: `${catalogue.folder}/${name}`, text }))
  if (files.some(({ path }) => existsSync(join(ROOT, path))))
    throw new InputError('name', id, `a name that ${catalogue.folder} does not have yet`)
  for (const { path, text } of files) writeFileSync(join(ROOT, path), await laidOut(join(ROOT, path), text))
  generate()
  return files.map(({ path }) => path)
}

/** As the formatter wants it: how lines break depends on the part's name. */
const laidOut = async (filepath: string, text: string): Promise<string> =>
  format(text, { ...(await resolveConfig(filepath)), filepath })

/** `neural-queue` -> `Neural queue` */
const sentence = (id: string): string => id[0]!.toUpperCase() + id.slice(1).replaceAll('-', ' ')

function isVariable(name: string): boolean {
  try {
    new Function(`'use strict'; let ${name}`)
    return true
  } catch {
    return false
  }
}

if (import.meta.main) {
  try {
    const files = await createPart(...(process.argv.slice(2, 4) as [string?, string?]))
    console.log(`wrote ${files.join(' and ')}\nnext: npm test ${process.argv[3]}`)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    console.error(error.message)
    process.exitCode = 2
  }
}
