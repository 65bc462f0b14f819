import { createHash } from 'node:crypto'
import { readdirSync, statSync, type Stats } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TEXT_NAME, type TextFiles } from '../../engine/tasks/task.ts'
import { describe, InputError } from '../../shared/errors.ts'
import { isReceived, pathReceived } from '../../shared/received-text.ts'
import { utf8 } from '../../shared/utf8.ts'
import { gunzipped, gunzippedWhole } from './gunzip.ts'
import { readRegular, systemReason, TooLarge } from './regular-file.ts'
import { filesInTar } from './tar.ts'
import { filesInZip } from './zip.ts'

type Found = ReturnType<TextFiles['list']>

const ARCHIVE = /\.(tgz|tar|tar\.gz|zip)$/i
const PACKED_OTHERWISE = /\.(bz2|tbz2?|xz|txz|zst|7z|rar|lz4?|lzma|z)$/i
/** Larger ones are no text for this lab. */
const LARGEST = 256 * 2 ** 20
const LARGEST_ARCHIVE = 2 * LARGEST
const MOST_ENTRIES = 10_000

/** Texts from this machine's disk; a name without a separator may be one of those that are part of the lab. Nothing is ever unpacked to the disk. */
export const textFiles: TextFiles = {
  list(path, field) {
    const own = ownText(path)
    if (own) return [own]
    if (isReceived(path))
      throw new InputError(
        field,
        pathReceived(path),
        'a path that you chose: this one came with a study from elsewhere, and nothing is looked at there until you enter it yourself',
      )
    const stats = attempt(path, field, () => statsOf(path))
    if (!stats)
      throw new InputError(
        field,
        path,
        `a file, folder or archive that is there, or one of ${ownTexts().join(', ') || 'the texts of the lab, which are missing'} (looked for ${describe(resolve(path))})`,
      )
    if (stats.isDirectory()) return attempt(path, field, () => filesIn(path)).map(file => onDisk(file, field))
    if (PACKED_OTHERWISE.test(path))
      throw new InputError(field, path, 'a text, or one packed as .gz, .zip, .tar or .tgz: unpack this one first')
    if (ARCHIVE.test(path)) return inArchive(path, field)
    return [onDisk(path, field)]
  },
  md5: text => createHash('md5').update(text).digest('hex'),
}

/** What changes when the files behind a path do. */
export function stampOf(path: string): string {
  if (isReceived(path)) return ''
  const own = isOwnText(path) ? join(corporaFolder(), path, TEXT) : path
  try {
    const stats = statsOf(own)
    if (!stats) return ''
    return (stats.isDirectory() ? filesIn(own) : [own])
      .map(file => {
        const { mtimeMs, size } = statSync(file)
        return `${file}/${mtimeMs}/${size}`
      })
      .join()
  } catch {
    // Whoever opens it is told why it cannot be read.
    return ''
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The same path from whatever folder the lab is started in. */
export const settledPath = (path: string): string => (isOwnText(path) || isReceived(path) ? path : resolve(path))

const TEXT = 'text.txt'
/** Where Mikolov's archive has its texts. */
const INSIDE = ['', 'data', join('simple-examples', 'data')]

const isText = (name: string): boolean => TEXT_NAME.test(name) && !name.startsWith('.')
const GZIPPED = /\.gz$/i

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

/** Whether a path is the name of a text that is part of the lab. */
export const isOwnText = (path: string): boolean => ownTexts().includes(path)

const ownText = (name: string): Found[number] | undefined =>
  isOwnText(name) ? onDisk(join(corporaFolder(), name, TEXT), name) : undefined

function onDisk(path: string, field: string): Found[number] {
  return {
    name: basename(path).replace(GZIPPED, ''),
    text: () =>
      read(path, field, () => {
        const bytes = readRegular(path, LARGEST)
        return GZIPPED.test(path) ? gunzippedWhole(bytes, LARGEST) : bytes
      }),
  }
}

function inArchive(path: string, field: string): Found {
  const packed = attempt(path, field, () => {
    const bytes = readRegular(path, LARGEST_ARCHIVE)
    if (/\.zip$/i.test(path)) return filesInZip(bytes)
    return filesInTar(/\.tar$/i.test(path) ? [bytes] : gunzipped(bytes, LARGEST_ARCHIVE), {
      entries: MOST_ENTRIES,
      keeps: name => isText(lastPart(name)),
    }).map(({ name, content }) => ({ name, size: content.length, content: () => content }))
  })
  return packed
    .map(file => ({
      name: lastPart(file.name).replace(GZIPPED, ''),
      kept: isText(lastPart(file.name)),
      text: () =>
        read(path, field, () => {
          if (file.size > LARGEST) throw new TooLarge()
          const content = file.content()
          return GZIPPED.test(file.name) ? gunzippedWhole(content, LARGEST) : content
        }),
    }))
    .filter(({ kept }) => kept)
}

/** Some programs write \ between folders. */
const lastPart = (name: string): string => name.split(/[\\/]/).at(-1)!

function read(path: string, field: string, content: () => Uint8Array): string {
  const bytes = attempt(path, field, content)
  const { text, problem } = utf8(bytes)
  if (problem !== null) throw new InputError(field, path, `a text in UTF-8 (${problem})`)
  const nul = text.indexOf('\0')
  if (nul >= 0) throw new InputError(field, path, `a text without NUL characters (the first is character ${nul + 1})`)
  return text
}

function attempt<T>(path: string, field: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof InputError) throw error
    if (error instanceof TooLarge)
      throw new InputError(
        field,
        path,
        `a text of at most ${LARGEST / 2 ** 20} MiB, in an archive of at most ${LARGEST_ARCHIVE / 2 ** 20} MiB`,
      )
    throw new InputError(
      field,
      path,
      `${ARCHIVE.test(path) || GZIPPED.test(path) ? 'an archive that can be unpacked' : 'a file that can be read'} (${systemReason(error)})`,
    )
  }
}
