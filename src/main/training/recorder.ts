import { LabError } from '../../shared/errors.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import type { History } from '../history/history.ts'

const MILLISECONDS_BETWEEN_WRITES = 100

export interface RecorderOptions {
  readonly history: Pick<History, 'recordAll'>
  /** Told of events once they are on the disk, in their order; checkpoints that newer ones replaced before that are among them. */
  readonly onStored: (runId: string, events: readonly RunEvent[]) => void
  /** Told of a run whose events could not be stored. */
  readonly onRefused: (runId: string, error: unknown) => void
  readonly now?: () => number
  readonly later?: (run: () => void, milliseconds: number) => unknown
}

/**
 * Stores what all runs say, together: one sync of the disk for many messages. At least half of the time is left for other work,
 * however slow the disk is.
 */
export interface Recorder {
  add(runId: string, events: readonly RunEvent[]): void
  /** Stores now what was added. */
  flush(): void
}

export function recorder({
  history,
  onStored,
  onRefused,
  now = () => performance.now(),
  later = setTimeout,
}: RecorderOptions): Recorder {
  let waiting = new Map<string, RunEvent[]>()
  let due = false
  let free = -Infinity

  const flush = (): void => {
    const runs = [...waiting]
    waiting = new Map()
    if (runs.length === 0) return
    const began = now()
    const failures = store(history, runs)
    const ended = now()
    free = ended + Math.max(MILLISECONDS_BETWEEN_WRITES, ended - began)
    for (const [runId, events] of runs) {
      if (failures.has(runId)) onRefused(runId, failures.get(runId))
      else onStored(runId, events)
    }
  }
  return {
    add(runId, events) {
      waiting.set(runId, [...(waiting.get(runId) ?? []), ...events])
      if (due) return
      due = true
      later(
        () => {
          due = false
          flush()
        },
        Math.max(0, free - now()),
      )
    },
    flush,
  }
}

type Said = readonly [runId: string, events: readonly RunEvent[]]

/** Errors that concern one run; the others can still be stored. */
const OF_ONE_RUN = ['run-not-claimed', 'run-mismatch', 'unknown-run']

/** @returns the errors of those that could not be stored, by run */
function store(history: RecorderOptions['history'], runs: readonly Said[]): Map<string, unknown> {
  try {
    history.recordAll(runs.flatMap(([runId, events]) => lasting(events).map(event => ({ runId, event }))))
    return new Map()
  } catch (error) {
    const single = error instanceof LabError && OF_ONE_RUN.includes(error.code)
    if (runs.length === 1 || !single) return new Map(runs.map(([runId]) => [runId, error]))
    return new Map(runs.flatMap(run => [...store(history, [run])]))
  }
}

/**
 * Without the checkpoints that would be replaced at once: of each kind the newest counts. A resume from the newest `last` needs the
 * `best` of its moment, so one that only a still later `best` follows stays.
 */
function lasting(events: readonly RunEvent[]): readonly RunEvent[] {
  const last = events.findLastIndex(event => event.kind === 'checkpoint' && event.which === 'last')
  const best = events.findLastIndex((event, i) => i < last && event.kind === 'checkpoint' && event.which === 'best')
  const newest = events.findLastIndex(event => event.kind === 'checkpoint' && event.which === 'best')
  return events.filter((event, i) => event.kind !== 'checkpoint' || i === last || i === best || i === newest)
}
