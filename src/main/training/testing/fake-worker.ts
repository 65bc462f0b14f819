import { EventEmitter } from 'node:events'
import type { RunEvent } from '../../../shared/run-events.ts'
import type { Failure, FromWorker, ToWorker, TrainJob } from '../protocol.ts'
import type { WorkerThread } from '../thread.ts'

/** A worker thread that does what the test says, of its newest run where none is named. */
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

  get jobs(): TrainJob[] {
    return this.received.filter(message => message.kind === 'train')
  }

  /** The newest job. */
  get job(): TrainJob {
    return this.jobs.at(-1)!
  }

  get cancelled(): boolean {
    return Atomics.load(this.job.cancel, 0) !== 0
  }

  /** Events of which the host has said that they are stored. */
  get stored(): number {
    return this.received.reduce((sum, message) => sum + (message.kind === 'stored' ? message.events : 0), 0)
  }

  say(...events: RunEvent[]): void {
    this.sayOf(this.job?.runId ?? '', ...events)
  }

  sayOf(runId: string, ...events: RunEvent[]): void {
    this.#send({ kind: 'events', runId, events })
  }

  room(runs: number): void {
    this.#send({ kind: 'room', runId: this.job.runId, runs })
  }

  end(failure: Failure | null = null, runId = this.job?.runId ?? ''): void {
    this.#send({ kind: 'ended', runId, failure })
  }

  endAll(): void {
    for (const { runId } of this.jobs) this.end(null, runId)
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
