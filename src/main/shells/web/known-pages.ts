import { createHash } from 'node:crypto'
import { z } from 'zod'
import { jsonFile } from '../../app/json-file.ts'

/** Pages that the app of a history lets in, also after it was started anew: a key's hash says nothing of the key. */
export interface KnownPages {
  knows(key: string): boolean
  add(key: string): void
}

const DAY_MS = 86_400_000
/** A page that was not seen for so long has to be opened with the printed address again. */
const KEPT_MS = 7 * DAY_MS
const MOST = 64

const Page = z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/), seenAt: z.number() })
type Page = z.output<typeof Page>

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex')

/** @param path of the file in which they are kept; null: nowhere, until the process ends */
export function knownPages(
  path: string | null,
  { onProblem = () => {}, now = Date.now }: { onProblem?: (error: unknown) => void; now?: () => number } = {},
): KnownPages {
  const kept = path === null ? inMemory() : jsonFile({ path, schema: z.array(Page), fallback: [], onProblem })
  const fresh = (): Page[] => kept.get().filter(({ seenAt }) => Math.abs(now() - seenAt) < KEPT_MS)
  const note = (hash: string): void => {
    try {
      kept.set([{ hash, seenAt: now() }, ...fresh().filter(page => page.hash !== hash)].slice(0, MOST))
    } catch (error) {
      onProblem(error)
    }
  }
  return {
    knows(key) {
      const hash = hashOf(key)
      const page = fresh().find(one => one.hash === hash)
      if (page && now() - page.seenAt > DAY_MS) note(hash)
      return page !== undefined
    },
    add: key => note(hashOf(key)),
  }
}

function inMemory(): { get: () => readonly Page[]; set: (pages: Page[]) => void } {
  let now: readonly Page[] = []
  return {
    get: () => now,
    set: pages => {
      now = pages
    },
  }
}
