import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { Draft, LabService, Removed, TrashEntry } from '../../shared/contract/index.ts'
import { LabError } from '../../shared/errors.ts'
import type { RunSummary } from '../../shared/records.ts'
import type { History } from '../history/history.ts'
import { StoredDraft, type Drafts, type StateOptions } from './state.ts'
import { jsonFile } from './json-file.ts'
import { nameOfRun } from './naming-runs.ts'

const KEPT_MS = 30 * 86_400_000

const Entry = z.object({
  undo: z.string(),
  what: z.enum(['study', 'runs', 'draft']),
  title: z.string(),
  removedAt: z.number(),
  studies: z.array(z.string()),
  runs: z.array(z.string()),
  /** Those that were not archived before; runs that were queued. */
  visibleStudies: z.array(z.string()),
  visible: z.array(z.string()),
  queued: z.array(z.string()),
  draft: StoredDraft.nullable(),
})
type Entry = z.output<typeof Entry>

export interface TrashOptions extends StateOptions {
  readonly history: History
  readonly drafts: Drafts
  /** Runs whose place among the visible ones, or in the queue, has changed. */
  readonly onMoved: (runs: readonly string[]) => void
  readonly now?: () => number
}

/**
 * What was removed: hidden, out of the queue and archived, so that nothing counts it any more, but all there, until it is removed for
 * good after 30 days or at once.
 */
export interface Trash {
  readonly service: LabService['trash']
  /** Removes for good what has been there for 30 days. */
  expire(): void
  isHidden(run: { id: string; studyId: string }): boolean
  isHiddenStudy(id: string): boolean
  /** @throws LabError `unknown-study`, `run-taken` */
  removeStudy(id: string): Removed
  /** @throws LabError `unknown-run`, `run-taken` */
  removeRuns(ids: readonly string[]): Removed
  /** @throws LabError `unknown-draft` */
  removeDraft(id: string): Removed
}

export function openTrash({
  folder,
  history,
  drafts,
  changes,
  onProblem,
  onMoved,
  now = Date.now,
}: TrashOptions): Trash {
  const file = jsonFile({ path: join(folder, 'trash.json'), schema: z.array(Entry), fallback: [], onProblem })
  let hidden = hide(file.get())

  function set(entries: Entry[], moved: readonly string[]): void {
    file.set(entries)
    hidden = hide(entries)
    onMoved(moved)
    changes.note(['trash', 'runs', 'studies'])
  }

  /** Out of the queue and archived. */
  function withdraw(runs: readonly RunSummary[]): Pick<Entry, 'visible' | 'queued'> {
    const busy = runs.filter(run => run.status === 'running')
    if (busy.length > 0) throw beingTrained(busy)
    return history.together(() => {
      const queued = runs.filter(run => run.status === 'queued').map(run => run.id)
      const visible = runs.filter(run => !run.archived).map(run => run.id)
      queued.forEach(id => history.runs.cancel(id))
      history.runs.describeAll(visible.map(id => ({ id, archived: true })))
      return { queued, visible }
    })
  }

  function add(entry: Omit<Entry, 'undo' | 'removedAt'>, moved: readonly string[]): Removed {
    const undo = randomUUID()
    set([{ ...entry, undo, removedAt: now() }, ...file.get()], moved)
    return { undo, runs: entry.runs.length }
  }

  function restore(entry: Entry): void {
    history.together(() => {
      for (const id of entry.visibleStudies) history.studies.describe(id, { archived: false })
      history.runs.describeAll(entry.visible.map(id => ({ id, archived: false })))
      for (const id of entry.queued) history.runs.queue(id)
    })
    if (entry.draft) drafts.restore(entry.draft as Draft)
    set(
      file.get().filter(({ undo }) => undo !== entry.undo),
      entry.runs,
    )
  }

  function removeForGood(entries: readonly Entry[]): void {
    for (const entry of entries) {
      try {
        for (const id of entry.studies) history.studies.remove(id)
        if (entry.studies.length === 0) for (const id of entry.runs) history.runs.remove(id)
      } catch (error) {
        if (!(error instanceof LabError) || (error.code !== 'unknown-study' && error.code !== 'unknown-run'))
          throw error
      }
      set(
        file.get().filter(({ undo }) => undo !== entry.undo),
        entry.runs,
      )
    }
  }

  const api: Trash = {
    service: {
      list: () =>
        file.get().map(({ undo, what, title, runs, removedAt }): TrashEntry => ({
          undo,
          what,
          title,
          runs: runs.length,
          removedAt,
        })),
      restore({ undo }) {
        const entry = file.get().find(entry => entry.undo === undo)
        if (!entry) throw new LabError('not-in-trash', 'This is no longer in the trash.')
        restore(entry)
        return undefined
      },
      empty({ undo }) {
        removeForGood(file.get().filter(entry => undo?.includes(entry.undo) ?? true))
        return undefined
      },
    },
    expire() {
      removeForGood(file.get().filter(({ removedAt }) => removedAt < now() - KEPT_MS))
    },
    isHidden: ({ id, studyId }) => hidden.runs.has(id) || hidden.studies.has(studyId),
    isHiddenStudy: id => hidden.studies.has(id),
    removeStudy(id) {
      const study = history.studies.get(id)
      if (hidden.studies.has(id)) throw new LabError('unknown-study', `Study ${id} is in the trash already.`)
      const runs = history.runs.list({ studies: [id], archived: 'any' }).filter(run => !hidden.runs.has(run.id))
      const left = withdraw(runs)
      if (!study.archived) history.studies.describe(id, { archived: true })
      return add(
        {
          what: 'study',
          title: study.name,
          studies: [id],
          visibleStudies: study.archived ? [] : [id],
          runs: runs.map(run => run.id),
          ...left,
          draft: null,
        },
        runs.map(run => run.id),
      )
    },
    removeRuns(ids) {
      const runs = [...new Set(ids)].map(id => history.runs.get(id)).filter(run => !api.isHidden(run))
      const left = withdraw(runs)
      const [first] = runs
      const title =
        runs.length === 1 ? `${first!.studyName}: ${first!.planTitle}, seed ${first!.seed}` : `${runs.length} runs`
      return add(
        { what: 'runs', title, studies: [], visibleStudies: [], runs: runs.map(run => run.id), ...left, draft: null },
        ids,
      )
    },
    removeDraft(id) {
      const draft = drafts.get(id)
      const removed = add(
        {
          what: 'draft',
          title: draft.name,
          studies: [],
          visibleStudies: [],
          runs: [],
          visible: [],
          queued: [],
          draft: { ...draft, content: draft.content ?? null },
        },
        [],
      )
      drafts.drop(id)
      return removed
    },
  }
  return api
}

function beingTrained(runs: readonly RunSummary[]): LabError {
  const what = runs.length === 1 ? `${nameOfRun(runs[0]!)}, is` : `${runs.length} of these runs are`
  return new LabError('run-taken', `${what} being trained: stop ${runs.length === 1 ? 'it' : 'them'} first.`, {
    about: runs.map(({ id }) => id),
  })
}

function hide(entries: readonly Entry[]): { runs: Set<string>; studies: Set<string> } {
  return {
    runs: new Set(entries.flatMap(({ runs }) => runs)),
    studies: new Set(entries.flatMap(({ studies }) => studies)),
  }
}
