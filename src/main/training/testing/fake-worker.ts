import { EventEmitter } from 'node:events'
import type { RunEvent } from '../../../shared/run-events.ts'
import type { Failure, FromWorker, ToWorker, TrainJob } from '../protocol.ts'
import type { WorkerThread } from '../thread.ts'

/** A worker thread that does what the test says. */
export class FakeWorker extends EventEmitter implements WorkerThread {
  readonly received: ToWorker[] = []
  terminated = false

  postMessage(message: ToWorker): void {
    this.received.push(message)
  }

  async terminate(): Promise<number> {
    this.terminated = true
    this.emit('exit', 1)
    return 1
  }

  /** The newest job. */
  get job(): TrainJob {
    return this.received.findLast(message => message.kind === 'train')!
  }

  get cancelled(): boolean {
    return Atomics.load(this.job.cancel, 0) !== 0
  }

  /** Events of which the host has said that they are stored. */
  get stored(): number {
    return this.received.reduce((sum, message) => sum + (message.kind === 'stored' ? message.events : 0), 0)
  }

  say(...events: RunEvent[]): void {
    this.#send({ kind: 'events', events })
  }

  end(failure: Failure | null = null): void {
    this.#send({ kind: 'ended', failure })
  }

  beat(): void {
    this.#send({ kind: 'beat' })
  }

  crash(message: string): void {
    this.emit('error', new Error(message))
    this.emit('exit', 1)
  }

  #send(message: FromWorker): void {
    this.emit('message', message)
  }
}
