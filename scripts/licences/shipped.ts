import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A package that is part of the packaged app, or whose code is bundled into it. */
export interface Shipped {
  readonly name: string
  readonly version: string
  /** As SPDX writes it; empty where the package does not say. */
  readonly licence: string
  readonly homepage: string
  readonly author: string
  /** The licence's text, and notices beside it; empty where the package brings none. */
  readonly texts: readonly string[]
}

/** What may be in the app: licences that ask for no more than their text. */
const ALLOWED = ['MIT', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0', 'Unlicense']

/** Built into the app's pages, though nothing needs them to be installed. */
const BUNDLED = ['vue']
/** Types are no part of what runs; the others come with TensorFlow.js, whose command line and old browsers the app has not. */
const LEFT_OUT = ['@types/', 'core-js', 'yargs']

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly license?: string | { readonly type?: string }
  readonly licenses?: readonly { readonly type?: string }[]
  readonly homepage?: string
  readonly author?: string | { readonly name?: string }
  readonly repository?: string | { readonly url?: string }
  readonly dependencies?: Readonly<Record<string, string>>
}

const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** The project's dependencies and theirs, as they are installed, by name; what the package leaves out is left out. */
export function shippedPackages(project: string): Shipped[] {
  const { dependencies = {} } = manifestIn(project)
  const found = new Map<string, Shipped>()
  const open = [...Object.keys(dependencies), ...BUNDLED].map(name => ({ name, from: project }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { name } = next
    if (LEFT_OUT.some(left => name === left || (left.endsWith('/') && name.startsWith(left)))) continue
    const folder = folderOf(name, next.from, project)
    if (folder === null || found.has(folder)) continue
    const manifest = manifestIn(folder)
    found.set(folder, describe(name, manifest, folder))
    open.push(...Object.keys(manifest.dependencies ?? {}).map(one => ({ name: one, from: folder })))
  }
  return [...found.values()].toSorted((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1))
}

/** Where Node finds a package: beside whoever needs it, or further up. Null: an optional one that is not installed. */
function folderOf(name: string, from: string, project: string): string | null {
  for (let place = from; ; place = dirname(place)) {
    const folder = join(place, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (place === project || place === dirname(place)) return null
  }
}

function describe(name: string, manifest: Manifest, folder: string): Shipped {
  const { license, licenses, repository } = manifest
  const licence =
    typeof license === 'string'
      ? license
      : (license?.type ?? licenses?.map(({ type }) => type ?? '').join(' OR ') ?? '')
  const url = typeof repository === 'string' ? repository : (repository?.url ?? '')
  return {
    name,
    version: manifest.version ?? '',
    licence,
    homepage: manifest.homepage ?? url.replace(/^git\+/, '').replace(/\.git$/, ''),
    author: typeof manifest.author === 'string' ? manifest.author : (manifest.author?.name ?? `the authors of ${name}`),
    texts: readdirSync(folder)
      .filter(file => /^(licen[cs]e|copying|notice)([.-].*)?$/i.test(file))
      .toSorted()
      .map(file => readFileSync(join(folder, file), 'utf8').trim()),
  }
}

/** Whether a licence may be in the app: one of those allowed; of a choice, one; of several, each. */
export function isAllowed(licence: string): boolean {
  const choices = licence.replace(/[()]/g, '').split(/\s+OR\s+/i)
  return choices.some(choice => choice.split(/\s+AND\s+/i).every(one => ALLOWED.includes(one.trim())))
}

export const licenceProblems = (packages: readonly Shipped[]): string[] =>
  packages
    .filter(({ licence }) => !isAllowed(licence))
    .map(
      ({ name, version, licence }) =>
        `${name} ${version} is under ${licence || 'no licence that it names'}; allowed in the package: ${ALLOWED.join(', ')}`,
    )

/** All notices and licences as one text. Of a package that names a licence but does not bring it, its standard text. */
export function thirdPartyText(packages: readonly Shipped[]): string {
  const head = [
    'Permafrost contains the software below, each under its own licence.',
    'The runtime of the desktop app, Electron, has its own LICENSE and LICENSES.chromium.html beside the program.',
  ].join('\n')
  const line = '-'.repeat(80)
  const parts = packages.map(one => {
    const { name, version, licence, homepage } = one
    const texts =
      one.texts.length > 0 ? one.texts : licence.split(' AND ').map(single => standardText(single, one, packages))
    return [line, `${name} ${version}`, licence, ...(homepage ? [homepage] : []), '', texts.join('\n\n')].join('\n')
  })
  return `${[head, ...parts].join('\n\n')}\n`
}

/** Where the part of a licence begins that is the same for everybody. */
const TERMS: Readonly<Record<string, RegExp>> = {
  MIT: /Permission is hereby granted/,
  'Apache-2.0': /Apache License\s+Version 2\.0/,
}

function standardText(licence: string, { name, author }: Shipped, packages: readonly Shipped[]): string {
  const begins = TERMS[licence]
  for (const other of begins ? packages : []) {
    const text = other.licence === licence ? other.texts[0] : undefined
    const from = text === undefined ? -1 : text.search(begins!)
    if (from >= 0) return `Copyright (c) ${author}\n\n${text!.slice(from)}`
  }
  throw new Error(`No package brings the text of ${licence}, which ${name} is under.`)
}
