import type { RunRow } from '../../shared/contract/index.ts'
import { LabError } from '../../shared/errors.ts'
import type { BinScore, RunSummary } from '../../shared/records.ts'
import { figures, retention } from '../../shared/score.ts'
import type { History } from '../history/history.ts'

type Parts = Pick<RunRow, 'taskId' | 'controllerId' | 'memoryId'>

export interface RunIndexOptions {
  readonly history: History
  /** Runs that are in the trash. */
  readonly isHidden: (run: { id: string; studyId: string }) => boolean
}

/** Time between two looks at everything is at least this, and this many times what the last look took. */
const FRESH_MS = 1_000
const SHARE = 20
/** Runs named in one query, and looked up one by one rather than all together. */
const MOST_NAMED = 10_000
const MOST_SINGLE = 500

/**
 * All runs of the history as table rows, kept in memory so that filtering and sorting never touch the disk. What this process changes is
 * looked up again at once, if the index is told of it; what others change (the command line) within a second or so.
 */
export class RunIndex {
  readonly #options: RunIndexOptions
  readonly #parts = new Map<string, Parts>()
  readonly #touched = new Set<string>()
  #rows = new Map<string, RunRow>()
  #all: readonly RunRow[] = []
  #stamp = ''
  #nextLook = -Infinity

  constructor(options: RunIndexOptions) {
    this.#options = options
  }

  /** In the order in which they were queued; without those in the trash. */
  rows(): readonly RunRow[] {
    const stamp = this.#options.history.outsideVersion()
    if (stamp !== this.#stamp && performance.now() >= this.#nextLook) this.#lookAtAll(stamp)
    else if (this.#touched.size > 0) this.#lookAtTouched()
    return this.#all
  }

  /** @throws LabError `unknown-run` */
  row(id: string): RunRow {
    this.rows()
    const row = this.#rows.get(id)
    if (!row) throw new LabError('unknown-run', `There is no run ${id} in the history.`)
    return row
  }

  /** These runs, or all, are no longer as they were. */
  touch(runs?: readonly string[]): void {
    if (runs === undefined || this.#touched.size + runs.length > MOST_SINGLE) {
      this.#stamp = ''
      this.#nextLook = -Infinity
    } else for (const id of runs) this.#touched.add(id)
  }

  /** Rows whose new fields are known, with no need to look at the history. */
  patch(changed: readonly (Partial<RunRow> & { readonly id: string })[]): void {
    for (const fields of changed) {
      const row = this.#rows.get(fields.id)
      if (row) this.#rows.set(fields.id, { ...row, ...fields })
    }
    this.#refreshed()
  }

  /** What is in the trash has changed. */
  refilter(): void {
    this.#refreshed()
  }

  /** Whether others have changed the history since everything was looked at. */
  isStale(): boolean {
    return this.#options.history.outsideVersion() !== this.#stamp
  }

  #lookAtAll(stamp: string): void {
    const began = performance.now()
    const { history } = this.#options
    const runs = history.runs.list({ archived: 'any' })
    const scores = byRun(history.evaluations.byBin({ which: 'best' }))
    const archived = runs.filter(run => run.archived).map(run => run.id)
    for (let i = 0; i < archived.length; i += MOST_NAMED) {
      byRun(history.evaluations.byBin({ which: 'best', runs: archived.slice(i, i + MOST_NAMED) })).forEach((own, id) =>
        scores.set(id, own),
      )
    }
    this.#rows = new Map(runs.map(run => [run.id, this.#rowOf(run, scores.get(run.id) ?? [])]))
    this.#touched.clear()
    this.#stamp = stamp
    this.#refreshed()
    const now = performance.now()
    this.#nextLook = now + Math.max(FRESH_MS, SHARE * (now - began))
  }

  #lookAtTouched(): void {
    const { history } = this.#options
    const ids = [...this.#touched]
    const scores = byRun(history.evaluations.byBin({ which: 'best', runs: ids }))
    for (const id of ids) {
      const run = find(history, id)
      if (run) this.#rows.set(id, this.#rowOf(run, scores.get(id) ?? []))
      else this.#rows.delete(id)
    }
    this.#touched.clear()
    this.#refreshed()
  }

  #refreshed(): void {
    this.#all = [...this.#rows.values()].filter(row => !this.#options.isHidden(row))
  }

  #rowOf(run: RunSummary, scores: readonly BinScore[]): RunRow {
    const [first, last] = [scores[0], scores.at(-1)].map(score => score && figures(score))
    const [firstAccuracy, lastAccuracy] = [first?.accuracy ?? null, last?.accuracy ?? null]
    return {
      ...run,
      ...this.#partsOf(run.studyId),
      firstAccuracy,
      lastAccuracy,
      retention: scores.length > 1 ? retention(firstAccuracy, lastAccuracy) : null,
      lastDifference: last?.aboveBound ?? null,
    }
  }

  #partsOf(studyId: string): Parts {
    const known = this.#parts.get(studyId)
    if (known) return known
    const { spec } = this.#options.history.studies.get(studyId)
    const parts: Parts = {
      taskId: spec.task.id,
      controllerId: spec.model.controller.id,
      memoryId: spec.model.memory.id,
    }
    this.#parts.set(studyId, parts)
    return parts
  }
}

function byRun(scores: readonly BinScore[]): Map<string, BinScore[]> {
  const runs = new Map<string, BinScore[]>()
  for (const score of scores) {
    const own = runs.get(score.runId)
    if (own) own.push(score)
    else runs.set(score.runId, [score])
  }
  return runs
}

function find(history: History, id: string): RunSummary | null {
  try {
    return history.runs.get(id)
  } catch (error) {
    if (error instanceof LabError && error.code === 'unknown-run') return null
    throw error
  }
}
