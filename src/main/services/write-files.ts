import { mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { InputError } from '../../shared/errors.ts'
import { realDisk, writeFileAtomically } from '../history/disk.ts'
import type { ExportFiles } from './export.ts'

/** All names that exports have. */
const OURS = [
  ...[
    'run.json',
    'points.csv',
    'epochs.csv',
    'scores.csv',
    'freezes.csv',
    'parameters.csv',
    'study.json',
    'runs.csv',
    'bins.csv',
  ],
  ...['comparison.json', 'comparison.csv', 'comparison-values.csv', 'comparison.md', 'comparison.tex'],
]

/**
 * Writes files into a folder, which is made when it is not there; each one appears whole or not at all. A folder holds one export:
 * @param options.force in the place of a former one, of which nothing stays; other files do @returns their paths @throws InputError
 */
export function writeFiles(folder: string, files: ExportFiles, { force = false, field = '--to' } = {}): string[] {
  const stray = Object.keys(files).find(name => basename(name) !== name)
  if (stray !== undefined) throw new InputError('file name', stray, 'a name without folders')
  const there = realDisk.list(folder)
  if (there.length > 0 && !force)
    throw new InputError(
      field,
      folder,
      `a new folder or an empty one, which this is not (it has ${there.slice(0, 3).join(', ')}${there.length > 3 ? ' …' : ''})${field === '--to' ? '; or --force, to write over the export that it holds' : ''}`,
    )
  for (const name of OURS) if (there.includes(name) && !(name in files)) rmSync(join(folder, name))
  mkdirSync(folder, { recursive: true })
  return Object.entries(files).map(([name, content]) => {
    const path = join(folder, name)
    writeFileAtomically(path, content)
    return path
  })
}
