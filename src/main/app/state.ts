import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { Draft, LabService, Settings as SettingsRecord, SettingsNow } from '../../shared/contract/index.ts'
import { Settings } from '../../shared/contract/state.ts'
import { LabError } from '../../shared/errors.ts'
import type { Changes } from './changes.ts'
import { jsonFile, type JsonFile } from './json-file.ts'

const MOST_LAYOUT_BYTES = 256 * 1024
const MOST_LAYOUTS = 100
const MOST_DRAFT_BYTES = 1024 * 1024
const MOST_DRAFTS = 1000

export interface StateOptions {
  readonly folder: string
  readonly changes: Changes
  readonly onProblem: (error: unknown) => void
}

export function openSettings(
  { folder, changes, onProblem }: StateOptions,
  onSettings: (settings: SettingsRecord) => void = () => {},
): { service: LabService['settings']; current: () => SettingsRecord } {
  const file = jsonFile({
    path: join(folder, 'settings.json'),
    schema: Settings,
    fallback: Settings.parse({}),
    onProblem,
  })
  // From where no page of an earlier start can be.
  let revision = Date.now()
  const changedAt = new Map<string, number>()
  const now = (): SettingsNow => ({ ...file.get(), revision })
  return {
    current: file.get,
    service: {
      get: now,
      set({ revision: known = revision, ...given }) {
        const change = Object.entries(given).filter(([, value]) => value !== undefined)
        if (change.some(([key]) => (changedAt.get(key) ?? 0) > known)) throw stale('This setting')
        const next = { ...file.get(), ...Object.fromEntries(change) }
        file.set(next)
        revision++
        for (const [key] of change) changedAt.set(key, revision)
        changes.note('settings', [])
        onSettings(next)
        return now()
      },
    },
  }
}

/** Refuses a write that does not name the newest version of what it changes. */
export const stale = (what: string): LabError =>
  new LabError('stale', `${what} was changed in another window meanwhile.`)

type Layouts = Readonly<Record<string, unknown>>

export const openLayout = ({ folder, onProblem }: StateOptions): LabService['layout'] =>
  layoutIn(
    jsonFile({ path: join(folder, 'layout.json'), schema: z.record(z.string(), z.unknown()), fallback: {}, onProblem }),
  )

/** As on a first start, whatever the disk has, which stays as it is. */
export function forgetfulLayout(): LabService['layout'] {
  let now: Layouts = {}
  return layoutIn({
    get: () => now,
    set: next => {
      now = next
    },
  })
}

function layoutIn(kept: Pick<JsonFile<Layouts>, 'get' | 'set'>): LabService['layout'] {
  return {
    get: ({ key }) => (Object.hasOwn(kept.get(), key) ? kept.get()[key] : undefined),
    set({ key, value }) {
      const next = { ...kept.get(), [key]: value }
      if (bytesOf(value) > MOST_LAYOUT_BYTES)
        throw new LabError('too-large', `The layout ${key} is larger than ${MOST_LAYOUT_BYTES / 1024} KB.`)
      if (Object.keys(next).length > MOST_LAYOUTS)
        throw new LabError('too-many', `There are ${MOST_LAYOUTS} layouts already.`)
      kept.set(next)
    },
  }
}

export const StoredDraft = z.object({
  id: z.string(),
  name: z.string(),
  content: z.unknown(),
  updatedAt: z.number(),
  revision: z.number().default(0),
})

/** Drafts, each in a file of its own. */
export interface Drafts {
  list(): Draft[]
  /** @throws LabError `unknown-draft` */
  get(id: string): Draft
  /** @throws LabError `too-large`, `too-many`, `unknown-draft`, `stale` */
  save(draft: { draftId?: string | undefined; revision?: number | undefined; name: string; content: unknown }): Draft
  /** For good. */
  drop(id: string): void
  /** Puts back what was dropped. */
  restore(draft: Draft): void
}

export function openDrafts({ folder, changes, onProblem }: StateOptions): Drafts {
  const drafts = join(folder, 'drafts')
  mkdirSync(drafts, { recursive: true })
  const fileFor = (id: string): JsonFile<Draft | null> =>
    jsonFile({ path: join(drafts, `${id}.json`), schema: StoredDraft.nullable(), fallback: null, onProblem })
  const names = readdirSync(drafts)
    .filter(name => /^[0-9a-f-]{36}\.json$/.test(name))
    .map(name => name.slice(0, -'.json'.length))
  const files = new Map(names.map(id => [id, fileFor(id)] as const).filter(([, file]) => file.get() !== null))

  const get = (id: string): Draft => {
    const draft = files.get(id)?.get()
    if (!draft) throw new LabError('unknown-draft', `There is no draft ${id}.`)
    return draft
  }
  const put = (draft: Draft): Draft => {
    const file = files.get(draft.id) ?? fileFor(draft.id)
    file.set(draft)
    files.set(draft.id, file)
    changes.note('drafts', [])
    return draft
  }
  return {
    get,
    list: () => [...files.keys()].map(get).sort((a, b) => b.updatedAt - a.updatedAt),
    save({ draftId, revision, name, content }) {
      if (bytesOf(content) > MOST_DRAFT_BYTES)
        throw new LabError('too-large', `A draft can have ${MOST_DRAFT_BYTES / 1024} KB.`)
      const before = draftId === undefined ? null : get(draftId)
      if (before !== null && before.revision !== revision) throw stale('This draft')
      const id = before?.id ?? randomUUID()
      if (!files.has(id) && files.size >= MOST_DRAFTS)
        throw new LabError('too-many', `There are ${MOST_DRAFTS} drafts already.`)
      return put({ id, name, content, updatedAt: Date.now(), revision: (before?.revision ?? 0) + 1 })
    },
    restore: draft => {
      put({ ...draft, revision: draft.revision + 1 })
    },
    drop(id) {
      if (!files.delete(id)) return
      rmSync(join(drafts, `${id}.json`), { force: true })
      changes.note('drafts', [])
    },
  }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '')
}
