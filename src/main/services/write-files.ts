import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError } from '../../shared/errors.ts'
import { writeFileAtomically } from '../history/disk.ts'
import type { ExportFiles } from './export.ts'

/** Writes files into a folder, which is made when it is not there; each one appears whole or not at all. @returns their paths */
export function writeFiles(folder: string, files: ExportFiles): string[] {
  const stray = Object.keys(files).find(name => basename(name) !== name)
  if (stray !== undefined) throw new InputError('file name', stray, 'a name without folders')
  mkdirSync(folder, { recursive: true })
  return Object.entries(files).map(([name, content]) => {
    const path = join(folder, name)
    writeFileAtomically(path, content)
    return path
  })
}
