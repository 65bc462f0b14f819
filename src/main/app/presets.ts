import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Preset } from '../../shared/contract/index.ts'
import { parseStudies } from '../../shared/study.ts'
import { has } from '../history/disk.ts'

/** The study files of a folder, in order of their names; none where there is no folder. */
export function readPresets(folder: string): Preset[] {
  return names(folder)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map((name): Preset => {
      const content = JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown
      const [first] = parseStudies(content, name)
      const named = content as { name?: unknown; description?: unknown }
      return {
        id: name.slice(0, -'.json'.length),
        title: typeof named.name === 'string' ? named.name : first!.name,
        description: typeof named.description === 'string' ? named.description : (first!.description ?? ''),
        content,
      }
    })
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (has(error, 'ENOENT')) return []
    throw error
  }
}
