import { EventEmitter } from 'node:events'
import type { FromProcess, ToProcess } from './process-line.ts'
import type { ToWorker } from './protocol.ts'
import type { WorkerThread } from './thread.ts'

/** What is used of a process that runs `training-process.ts`, however it was started. */
export interface TrainingProcess {
  send(message: ToProcess): void
  onMessage(listener: (message: FromProcess) => void): void
  /** `how` it ended, in words: an exit code or a signal. */
  onExit(listener: (how: string, code: number) => void): void
  kill(): void
}

/** A worker thread in a process of its own: a crash of native code there ends that process alone. */
export class ProcessWorker extends EventEmitter implements WorkerThread {
  readonly #process: TrainingProcess
  readonly #gone: Promise<void>

  constructor(process: TrainingProcess) {
    super()
    this.#process = process
    let leave = (): void => {}
    this.#gone = new Promise(resolve => {
      leave = resolve
    })
    process.onMessage(message => {
      if (message.kind === 'thrown') this.emit('error', new Error(message.message))
      else this.emit('message', message)
    })
    process.onExit((how, code) => {
      leave()
      if (code !== 0) this.emit('error', new Error(`its process ended with ${how}`))
      this.emit('exit', code)
    })
    // Whoever starts a thread listens; what nobody listens to must not throw.
    this.on('error', () => {})
  }

  postMessage(message: ToWorker): void {
    if (message.kind !== 'train') return this.#process.send(message)
    const { cancel: _, ...job } = message
    this.#process.send(job)
  }

  async terminate(): Promise<void> {
    this.#process.kill()
    await this.#gone
  }
}
