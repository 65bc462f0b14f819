import type { Changed } from '../../shared/contract/index.ts'
import { toNextBeat } from './beat.ts'

const MILLISECONDS_BETWEEN = 250
const PATIENT_MILLISECONDS = 1_000
/** More runs than these are not named. */
const MOST_NAMED = 200

type What = Changed['what'][number]

/** Counts changes, and tells of them at most four times a second, together. What may wait is told with what may not, or by itself once a second. */
export interface Changes {
  readonly version: () => number
  /** @param runs the runs concerned; left out: any @param patient of what nobody did who waits to see it */
  note(what: What | readonly What[], runs?: readonly string[], patient?: boolean): void
  /** @param only left out: of every kind */
  subscribe(listen: (changed: Changed) => void, only?: readonly What[]): () => void
  close(): void
}

export function trackChanges(): Changes {
  const listeners = new Set<(changed: Changed) => void>()
  let version = 0
  let kinds = new Set<What>()
  let named: Set<string> | null = new Set()
  let timer: NodeJS.Timeout | null = null
  let told = -Infinity
  let due = Infinity

  const tell = (): void => {
    timer = null
    due = Infinity
    told = performance.now()
    const changed: Changed = { version, what: [...kinds], runs: named && named.size <= MOST_NAMED ? [...named] : [] }
    kinds = new Set()
    named = new Set()
    for (const listen of listeners) listen(changed)
  }
  return {
    version: () => version,
    note(what, runs, patient = false) {
      version++
      for (const kind of typeof what === 'string' ? [what] : what) kinds.add(kind)
      if (runs === undefined) named = null
      else runs.forEach(id => named?.add(id))
      const now = performance.now()
      const soonest = Math.max(now, told + MILLISECONDS_BETWEEN)
      const at = patient ? soonest + toNextBeat(PATIENT_MILLISECONDS, soonest) : soonest
      if (at >= due) return
      if (timer) clearTimeout(timer)
      due = at
      timer = setTimeout(tell, at - now)
    },
    subscribe(listen, only) {
      const hear = (changed: Changed): void => {
        if (only === undefined || changed.what.some(one => only.includes(one))) listen(changed)
      }
      listeners.add(hear)
      return () => {
        listeners.delete(hear)
      }
    },
    close() {
      if (timer) clearTimeout(timer)
      listeners.clear()
    },
  }
}
