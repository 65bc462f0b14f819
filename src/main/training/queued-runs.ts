import type { RunSummary } from '../../shared/records.ts'
import type { History } from '../history/history.ts'

const PAGE = 64

/** The queue as it stands, from its head, read a page at a time: of a long queue mostly the head is wanted. */
export class QueuedRuns {
  readonly #list: History['runs']['list']
  readonly #read: RunSummary[] = []
  #hasMore = true

  constructor({ list }: Pick<History['runs'], 'list'>) {
    this.#list = list
  }

  /** The first run that is wanted. */
  find(wanted: (run: RunSummary) => boolean): RunSummary | undefined {
    for (const run of this.#all()) if (wanted(run)) return run
    return undefined
  }

  /** How many are wanted; it counts no further than `most`. */
  count(wanted: (run: RunSummary) => boolean, most: number): number {
    let found = 0
    for (const run of this.#all()) {
      if (found >= most) break
      if (wanted(run)) found++
    }
    return found
  }

  /** Leaves out a run that is queued no longer. */
  drop(run: RunSummary): void {
    const place = this.#read.indexOf(run)
    if (place >= 0) this.#read.splice(place, 1)
  }

  *#all(): Generator<RunSummary> {
    for (let next = 0; ; next++) {
      if (next === this.#read.length && !this.#readOn()) return
      yield this.#read[next]!
    }
  }

  #readOn(): boolean {
    if (!this.#hasMore) return false
    const page = this.#list({ statuses: ['queued'], archived: 'any', limit: PAGE, offset: this.#read.length })
    this.#hasMore = page.length === PAGE
    this.#read.push(...page)
    return page.length > 0
  }
}
