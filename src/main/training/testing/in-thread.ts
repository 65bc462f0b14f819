import { EventEmitter } from 'node:events'
import type { findDevice } from '../../devices/index.ts'
import type { FromWorker, ToWorker } from '../protocol.ts'
import { serveJobs } from '../serve-jobs.ts'
import type { WorkerThread } from '../thread.ts'

/** What a worker thread does, done in this one, with devices of the test's own. */
export class InThread extends EventEmitter implements WorkerThread {
  readonly #toJobs = new EventEmitter()
  #over = false

  constructor(find: typeof findDevice) {
    super()
    serveJobs(
      {
        on: (event, listener) => this.#toJobs.on(event, listener),
        postMessage: message => this.#pass(this, message),
      },
      find,
    )
  }

  postMessage(message: ToWorker): void {
    this.#pass(this.#toJobs, message)
  }

  async terminate(): Promise<void> {
    this.#over = true
  }

  /** Nothing is heard of it any more, but that it crashed. */
  crash(message: string): void {
    this.#over = true
    this.emit('error', new Error(message))
  }

  /** As between threads: what is said later comes later, and is a copy. */
  #pass(to: EventEmitter, message: FromWorker | ToWorker): void {
    const copy = structuredClone(message)
    setImmediate(() => {
      if (!this.#over) to.emit('message', copy)
    })
  }
}
