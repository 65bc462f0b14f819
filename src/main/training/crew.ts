import type { StudySpec } from '../../shared/study.ts'
import type { RunningRun } from './running-run.ts'
import type { Thread } from './thread.ts'

/** A thread and the runs that it trains at a time, all of one kind; without runs it is idle. */
export class Crew {
  readonly thread: Thread
  readonly runs = new Map<string, RunningRun>()
  /** What its runs have in common. */
  kind = ''
  /** Runs that the thread has room for; null until it has told. */
  capacity: number | null = null

  constructor(thread: Thread) {
    this.thread = thread
  }

  get isIdle(): boolean {
    return this.runs.size === 0
  }

  /** Whether one more run can be trained at once. */
  get hasRoom(): boolean {
    return this.runs.size < (this.capacity ?? 1)
  }
}

/** Equal for studies whose runs can be trained together: those of one model, alphabet and optimizer. */
export const kindOf = ({ task, model, training: { optimizer } }: StudySpec): string =>
  JSON.stringify([task, model, optimizer])
