import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { TextFiles } from '../../engine/tasks/task.ts'
import { InputError } from '../../shared/errors.ts'
import { filesInTar } from './tar.ts'

type Found = ReturnType<TextFiles['list']>

const ARCHIVE = /\.(tgz|tar|tar\.gz)$/i
/** Larger ones are no text for this lab. */
const LARGEST = 256 * 2 ** 20

/** Texts from this machine's disk; a name without a separator may be one of those that are part of the lab. */
export const textFiles: TextFiles = {
  list(path, field) {
    const own = ownText(path)
    if (own) return [own]
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats) throw new InputError(field, path, `a file, folder or archive that is there, or one of ${ownTexts().join(', ') || 'the texts of the lab, which are missing'}`)
    if (stats.isDirectory()) return readdirSync(path, { withFileTypes: true }).filter(file => file.isFile() && file.name.endsWith('.txt')).map(file => onDisk(join(path, file.name), field))
    if (ARCHIVE.test(path)) return inArchive(path, field)
    return [onDisk(path, field)]
  },
}

/** What changes when the files behind a path do. */
export function stampOf(path: string): string {
  const own = ownTexts().includes(path) ? join(corporaFolder(), path, TEXT) : path
  const stats = statSync(own, { throwIfNoEntry: false })
  if (!stats) return ''
  if (!stats.isDirectory()) return `${stats.mtimeMs}/${stats.size}`
  return readdirSync(own).map(name => `${name}/${stampOf(join(own, name))}`).join()
}

const TEXT = 'text.txt'

/** From the source tree, or where the desktop app says that its resources lie. */
function corporaFolder(): string {
  const resources = process.env.PERMAFROST_RESOURCES
  return resources ? join(resources, 'corpora') : join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'resources', 'corpora')
}

const ownTexts = (): string[] => {
  const folder = corporaFolder()
  return statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(({ name }) => name).sort() : []
}

const ownText = (name: string): Found[number] | undefined => ownTexts().includes(name) ? onDisk(join(corporaFolder(), name, TEXT), name) : undefined

function onDisk(path: string, field: string): Found[number] {
  return { name: basename(path), text: () => decoded(readFileSync(path), path, field) }
}

function inArchive(path: string, field: string): Found {
  try {
    const bytes = readFileSync(path)
    return filesInTar(path.toLowerCase().endsWith('.tar') ? bytes : gunzipSync(bytes, { maxOutputLength: LARGEST }))
      .map(({ name, content }) => ({ name: basename(name), text: () => decoded(content, path, field) }))
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError(field, path, `an archive that can be unpacked (${(error as Error).message})`)
  }
}

function decoded(bytes: Uint8Array, path: string, field: string): string {
  if (bytes.length > LARGEST) throw new InputError(field, path, `a text of at most ${LARGEST / 2 ** 20} MiB`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new InputError(field, path, 'a text in UTF-8')
  }
}
