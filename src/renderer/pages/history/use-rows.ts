import {
  computed,
  onScopeDispose,
  shallowRef,
  triggerRef,
  watch,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue'
import type { RunGroup, RunQuery, RunRow } from '../../../shared/contract/index.ts'
import { useChanges, useLab, useProgress } from '../../composables/lab.ts'
import { pace } from '../../lib/pace.ts'

const PAGE = 200
/** ms between two questions for figures of runs that are being trained. */
const LEARNED_EVERY = 3_000
/** Pages kept: far more than are in sight. */
const MOST_PAGES = 60

export interface Rows {
  readonly total: Readonly<ShallowRef<number>>
  readonly groups: Readonly<ShallowRef<readonly RunGroup[]>>
  readonly error: Readonly<ShallowRef<Error | undefined>>
  readonly loading: Readonly<ShallowRef<boolean>>
  /** The query that was answered last, where the answer was that there are none; stays so while the next is on its way. */
  readonly noneOf: ComputedRef<RunQuery | null>
  /** The row with this index among all of the query; undefined until it has come, which `pages` tells. */
  readonly rowAt: (index: number) => RunRow | undefined
  /** Those that have come. */
  readonly known: () => readonly RunRow[]
  /** Asks for what is missing of these rows. */
  readonly want: (first: number, last: number) => void
}

/** The rows of a query, page by page as they come into sight; asked again when the history changes. */
export function useRows(query: Ref<RunQuery>): Rows {
  const lab = useLab()
  const pages = shallowRef(new Map<number, readonly RunRow[]>())
  const total = shallowRef(0)
  const groups = shallowRef<readonly RunGroup[]>([])
  const error = shallowRef<Error>()
  const loading = shallowRef(false)
  const answered = shallowRef<RunQuery>()
  const asked = new Map<number, AbortController>()
  let wanted: readonly [number, number] = [0, 50]

  async function ask(page: number, fresh: boolean): Promise<void> {
    if (asked.has(page) || (!fresh && pages.value.has(page))) return
    const own = new AbortController()
    asked.set(page, own)
    loading.value = true
    try {
      const asking = query.value
      const answer = await lab.runs.list({ ...asking, offset: page * PAGE, limit: PAGE }, { signal: own.signal })
      if (own.signal.aborted) return
      answered.value = asking
      total.value = answer.total
      if (page === 0 || answer.groups.length > 0 || groups.value.length > 0) groups.value = answer.groups
      keep(page, answer.rows)
      error.value = undefined
    } catch (failure) {
      if (own.signal.aborted) return
      error.value = failure instanceof Error ? failure : new Error(String(failure))
    }
    asked.delete(page)
    loading.value = asked.size > 0
  }

  /** A row that is as it was stays the same record, so that its line is not drawn anew. */
  function keep(page: number, rows: readonly RunRow[]): void {
    const before = pages.value.get(page)
    pages.value.delete(page)
    pages.value.set(
      page,
      rows.map((row, i) => (before?.[i] && alike(before[i], row) ? before[i] : row)),
    )
    for (const old of pages.value.keys()) {
      if (pages.value.size <= MOST_PAGES) break
      pages.value.delete(old)
    }
    triggerRef(pages)
  }

  function stop(): void {
    for (const one of asked.values()) one.abort()
    asked.clear()
  }

  function wantedPages(): number[] {
    const [first, last] = [Math.floor(wanted[0] / PAGE), Math.floor(Math.max(wanted[0], wanted[1] - 1) / PAGE)]
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  }

  /** What is in sight stays until the new has come. */
  function askAgain(): void {
    stop()
    learned.done()
    const seen = wantedPages()
    for (const page of pages.value.keys()) if (!seen.includes(page)) pages.value.delete(page)
    for (const page of new Set([0, ...seen])) void ask(page, true)
  }

  const learned = pace(askAgain, LEARNED_EVERY)
  watch(
    query,
    () => {
      wanted = [0, 50]
      pages.value = new Map([...pages.value].filter(([page]) => page === 0))
      askAgain()
    },
    { immediate: true },
  )
  useChanges(['runs', 'studies', 'trash'], askAgain)
  useProgress(learned.ask)
  onScopeDispose(() => {
    learned.stop()
    stop()
  })

  return {
    total,
    groups,
    error,
    loading,
    noneOf: computed(() => (answered.value && total.value === 0 ? answered.value : null)),
    rowAt: index => pages.value.get(Math.floor(index / PAGE))?.[index % PAGE],
    known: () => [...pages.value.values()].flat(),
    want(first, last) {
      wanted = [first, last]
      for (const page of wantedPages()) void ask(page, false)
    },
  }
}

const alike = (a: RunRow, b: RunRow): boolean => a.id === b.id && JSON.stringify(a) === JSON.stringify(b)
