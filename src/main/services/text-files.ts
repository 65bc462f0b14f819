import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { TextFiles } from '../../engine/tasks/task.ts'
import { InputError } from '../../shared/errors.ts'
import { filesInTar } from './tar.ts'
import { filesInZip } from './zip.ts'

type Found = ReturnType<TextFiles['list']>

const ARCHIVE = /\.(tgz|tar|tar\.gz|zip)$/i
/** Larger ones are no text for this lab. */
const LARGEST = 256 * 2 ** 20
/** A .tgz is unpacked as a whole. */
const LARGEST_ARCHIVE = 2 * LARGEST

/** Texts from this machine's disk; a name without a separator may be one of those that are part of the lab. Nothing is ever unpacked to the disk. */
export const textFiles: TextFiles = {
  list(path, field) {
    const own = ownText(path)
    if (own) return [own]
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats)
      throw new InputError(
        field,
        path,
        `a file, folder or archive that is there, or one of ${ownTexts().join(', ') || 'the texts of the lab, which are missing'}`,
      )
    if (stats.isDirectory()) return filesIn(path).map(file => onDisk(file, field))
    if (ARCHIVE.test(path)) return inArchive(path, field)
    return [onDisk(path, field)]
  },
  md5: text => createHash('md5').update(text).digest('hex'),
}

/** What changes when the files behind a path do. */
export function stampOf(path: string): string {
  const own = ownTexts().includes(path) ? join(corporaFolder(), path, TEXT) : path
  const stats = statSync(own, { throwIfNoEntry: false })
  if (!stats) return ''
  return (stats.isDirectory() ? filesIn(own) : [own])
    .map(file => {
      const { mtimeMs, size } = statSync(file)
      return `${file}/${mtimeMs}/${size}`
    })
    .join()
}

/** The same path from whatever folder the lab is started in. */
export const settledPath = (path: string): string => (ownTexts().includes(path) ? path : resolve(path))

const TEXT = 'text.txt'
/** Where Mikolov's archive has its texts. */
const INSIDE = ['', 'data', join('simple-examples', 'data')]

const isText = (name: string): boolean => name.toLowerCase().endsWith('.txt') && !name.startsWith('.')

/** The texts of a folder; of the folders inside it, those of the first that has any, where it has none itself. */
function filesIn(folder: string): string[] {
  for (const inside of INSIDE) {
    const place = join(folder, inside)
    if (!statSync(place, { throwIfNoEntry: false })?.isDirectory()) continue
    const texts = readdirSync(place)
      .filter(isText)
      .sort()
      .map(name => join(place, name))
      .filter(path => statSync(path, { throwIfNoEntry: false })?.isFile())
    if (texts.length > 0) return texts
  }
  return []
}

/** From the source tree, or where the desktop app says that its resources lie. */
function corporaFolder(): string {
  const resources = process.env.PERMAFROST_RESOURCES
  return resources
    ? join(resources, 'corpora')
    : join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'resources', 'corpora')
}

const ownTexts = (): string[] => {
  const folder = corporaFolder()
  return statSync(folder, { throwIfNoEntry: false })
    ? readdirSync(folder, { withFileTypes: true })
        .filter(entry => entry.isDirectory())
        .map(({ name }) => name)
        .sort()
    : []
}

const ownText = (name: string): Found[number] | undefined =>
  ownTexts().includes(name) ? onDisk(join(corporaFolder(), name, TEXT), name) : undefined

function onDisk(path: string, field: string): Found[number] {
  return {
    name: basename(path),
    text: () =>
      read(path, field, () => {
        const { size } = statSync(path)
        return { size, content: () => readFileSync(path) }
      }),
  }
}

function inArchive(path: string, field: string): Found {
  const packed = attempt(path, field, () => {
    const bytes = readFileSync(path)
    if (/\.zip$/i.test(path)) return filesInZip(bytes)
    return filesInTar(/\.tar$/i.test(path) ? bytes : gunzipSync(bytes, { maxOutputLength: LARGEST_ARCHIVE })).map(
      ({ name, content }) => ({ name, size: content.length, content: () => content }),
    )
  })
  // Some programs write \ between folders.
  return packed
    .map(file => ({ name: file.name.split(/[\\/]/).at(-1)!, text: () => read(path, field, () => file) }))
    .filter(({ name }) => isText(name))
}

/** A file that is larger than it may be is not unpacked. */
function read(path: string, field: string, open: () => { readonly size: number; content(): Uint8Array }): string {
  const bytes = attempt(path, field, () => {
    const file = open()
    if (file.size > LARGEST) throw new InputError(field, path, `a text of at most ${LARGEST / 2 ** 20} MiB`)
    return file.content()
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InputError(field, path, 'a text in UTF-8')
  }
}

function attempt<T>(path: string, field: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(
      field,
      path,
      `${ARCHIVE.test(path) ? 'an archive that can be unpacked' : 'a file that can be read'} (${(error as Error).message})`,
    )
  }
}
