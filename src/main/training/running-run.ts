import type { RunSummary } from '../../shared/records.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import type { Failure, ToWorker } from './protocol.ts'

/** How a run is given up that is stopped on its way; its newest checkpoint is of the step at which it stopped. */
export type Stopped = 'cancelled' | 'paused' | 'interrupted'

/** A run that a thread trains, as the host sees it. */
export class RunningRun {
  /** As it stood when it began. */
  readonly run: RunSummary
  /** Shared with the thread: 1 stops it; and how many threads it may use. */
  readonly cancel = new Int32Array(new SharedArrayBuffer(8))
  /** Why it cannot be stored. */
  failure: Failure | null = null
  /** What the run is to be released as, once it has stopped on request; null when it ended otherwise. */
  stoppedAs: Stopped | null = null
  readonly #send: (message: ToWorker) => void
  readonly #ended: Promise<void>
  #asked: Stopped | null = null
  #resolve: () => void = () => {}

  /** @param send says something to its thread */
  constructor(run: RunSummary, send: (message: ToWorker) => void) {
    this.run = run
    this.#send = send
    this.#ended = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  get runId(): string {
    return this.run.id
  }

  /** Resolves when the run has ended. The first request counts. */
  stop(how: Stopped): Promise<void> {
    this.#asked ??= how
    this.#sendCancel()
    return this.#ended
  }

  /** At the next step it uses so many. */
  useThreads(count: number): void {
    Atomics.store(this.cancel, 1, count)
  }

  refuse(failure: Failure): void {
    this.failure ??= failure
    this.#sendCancel()
  }

  stored(events: number): void {
    this.#send({ kind: 'stored', runId: this.runId, events })
  }

  end(): void {
    this.#resolve()
  }

  #sendCancel(): void {
    Atomics.store(this.cancel, 0, 1)
    this.#send({ kind: 'cancel', runId: this.runId })
  }

  /** What is to be stored of the events: the thread knows no other end on request than `cancelled`, so where another one was asked for, this last event is left out. */
  toStore(events: readonly RunEvent[]): readonly RunEvent[] {
    if (this.#asked === null || this.#asked === 'cancelled') return events
    const kept = events.filter(event => event.kind !== 'done' || event.reason !== 'cancelled')
    if (kept.length < events.length) this.stoppedAs = this.#asked
    return kept
  }
}
