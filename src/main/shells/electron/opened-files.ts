import { readFileSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'

export interface OpenedFile {
  readonly name: string
  readonly bytes: Uint8Array
}
export interface NamedFiles {
  readonly files: readonly OpenedFile[]
  /** Names of those that are too large to be handed over. */ readonly tooLarge: readonly string[]
}

/** Of study files and bundles, without the dot. */
export const ENDINGS: readonly string[] = ['json', 'permafrost']
export const MOST_BYTES = 200 * 1024 * 1024

const isKnown = (word: string): boolean => ENDINGS.some(ending => word.toLowerCase().endsWith(`.${ending}`))

/** The study files and bundles among the words of a command line; what is no such file is left out. @param folder where relative names are looked up */
export function filesNamed(words: readonly string[], folder: string, most = MOST_BYTES): NamedFiles {
  const paths = words.filter(word => !word.startsWith('-') && isKnown(word)).map(word => resolve(folder, word))
  const found = paths.flatMap(path => {
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat?.isFile() ? [{ path, bytes: stat.size }] : []
  })
  return {
    files: found
      .filter(({ bytes }) => bytes <= most)
      .map(({ path }) => ({ name: basename(path), bytes: Uint8Array.from(readFileSync(path)) })),
    tooLarge: found.filter(({ bytes }) => bytes > most).map(({ path }) => basename(path)),
  }
}

export interface FileOpening {
  open(words: readonly string[], folder: string): void
  /** From now on, and what was opened before. */
  begin(take: (named: NamedFiles) => void): void
}

/** Opens files with the app. Before there is one they wait: macOS names the file that an app is started with before the app is ready. */
export function fileOpening(): FileOpening {
  const waiting: NamedFiles[] = []
  let take: (named: NamedFiles) => void = named => {
    waiting.push(named)
  }
  return {
    open(words, folder) {
      const named = filesNamed(words, folder)
      if (named.files.length + named.tooLarge.length > 0) take(named)
    },
    begin(next) {
      take = next
      waiting.splice(0).forEach(next)
    },
  }
}
