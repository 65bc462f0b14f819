import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LabError } from '../../shared/errors.ts'
import { has } from '../history/disk.ts'
import { identify, isAlive, type Beat } from '../history/processes.ts'

/**
 * Makes this process the only app on a history: two would overwrite what each remembers of drafts, layout and trash. The command line
 * may work beside it. A claim of a process that has ended counts for nothing, nor does one that came here with a copied folder.
 * @returns gives the claim up @throws LabError `home-in-use`
 */
export function claimHome(home: string): () => void {
  const folder = join(home, 'app')
  const path = join(folder, 'owner.json')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const me: Owner = { ...identify(), beat_at: Date.now(), folder: folderAt(folder) }
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(me), { flag: 'wx' })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if (!has(error, 'EEXIST')) throw error
      const owner = ownerIn(path)
      if (owner && isOf(owner, me.folder) && isAlive(owner, me, Date.now())) {
        throw new LabError(
          'home-in-use',
          `The app is already open on ${home} (process ${owner.pid}). Close it there first, or choose another folder with --home.`,
        )
      }
      rmSync(path, { force: true })
    }
  }
  throw new LabError('home-in-use', `Another app was opened on ${home} at the same moment.`)
}

interface Owner extends Beat {
  /** Which folder is claimed: a copy of it, with this file in it, is another one. Absent in claims of older versions. */
  readonly folder?: string
}

const isOf = ({ folder }: Owner, here: string | undefined): boolean => folder === undefined || folder === here

function folderAt(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true })
  return `${dev} ${ino}`
}

function ownerIn(path: string): Owner | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner
  } catch (error) {
    if (has(error, 'ENOENT') || error instanceof SyntaxError) return null
    throw error
  }
}
