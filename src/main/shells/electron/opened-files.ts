import { readFileSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'

export interface OpenedFile { readonly name: string, readonly bytes: Uint8Array }

const ENDINGS = /\.(json|permafrost)$/i
const MOST_BYTES = 200 * 1024 * 1024

/** The study files and bundles among the words of a command line; what is no such file is left out. @param folder where relative names are looked up */
export function filesNamed(words: readonly string[], folder: string): OpenedFile[] {
  return words.filter(word => !word.startsWith('-') && ENDINGS.test(word)).flatMap(word => {
    const path = resolve(folder, word)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat?.isFile() || stat.size > MOST_BYTES) return []
    return [{ name: basename(path), bytes: Uint8Array.from(readFileSync(path)) }]
  })
}
