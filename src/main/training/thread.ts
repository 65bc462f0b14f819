import { LabError } from '../../shared/errors.ts'
import { BEAT_MS, type FromWorker, type Job, type ToWorker } from './protocol.ts'

/** What is used of a `Worker` of node:worker_threads that runs `worker.ts`. */
export interface WorkerThread {
  postMessage(message: ToWorker): void
  on(event: 'message', listener: (message: FromWorker) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
  terminate(): Promise<unknown>
}

/** How a worker thread is started: Node takes the source, a bundler makes a file of its own of it. */
export type StartWorker = () => WorkerThread

/** A single step or evaluation on the slowest device is far shorter. */
const MOST_SILENT_BEATS = 180

export interface ThreadOptions {
  readonly onMessage: (message: Exclude<FromWorker, { kind: 'beat' }>) => void
  /** The thread has ended though nobody ended it, or it was ended because it gave no sign of life. Said once; no message follows. */
  readonly onDead: (error: LabError) => void
  readonly every?: (run: () => void, milliseconds: number) => NodeJS.Timeout
}

/** A worker thread under watch. */
export interface Thread {
  send(message: Job | ToWorker): void
  end(): Promise<void>
}

export function startThread(start: StartWorker, { onMessage, onDead, every = setInterval }: ThreadOptions): Thread {
  const worker = start()
  let over = false
  let silent = 0
  // Beats are counted, not timed: after the machine has slept, the thread gets its time to report.
  const watch = every(() => {
    if (++silent >= MOST_SILENT_BEATS)
      die(
        'worker-hung',
        `The worker thread gave no sign of life for ${(MOST_SILENT_BEATS * BEAT_MS) / 1000} seconds and was ended.`,
      )
  }, BEAT_MS)
  watch.unref()

  const end = async (): Promise<void> => {
    over = true
    clearInterval(watch)
    await worker.terminate()
  }
  const die = (code: string, message: string, cause?: unknown): void => {
    if (over) return
    void end()
    onDead(new LabError(code, message, { cause }))
  }
  worker.on('message', message => {
    silent = 0
    if (!over && message.kind !== 'beat') onMessage(message)
  })
  worker.on('error', error => die('worker-crashed', `The worker thread crashed: ${error.message}`, error))
  worker.on('exit', code => die('worker-crashed', `The worker thread ended by itself (exit code ${code}).`))
  return { send: message => worker.postMessage(message), end }
}
