import type { FromWorker, Job } from './protocol.ts'
import { startThread, type StartWorker } from './thread.ts'

export interface Question<T> {
  readonly job: Job
  /** What a message means for the answer; undefined: it is not the one. May throw. */
  readonly answer: (message: Exclude<FromWorker, { kind: 'beat' }>) => T | undefined
  /** Ends the thread, and rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** Has one job done in a thread of its own, which ends with it. @throws LabError of the thread, the signal's reason, and what `answer` throws */
export function askThread<T>(startWorker: StartWorker, { job, answer, signal }: Question<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      signal?.removeEventListener('abort', abort)
      void thread.end().then(settle, settle)
    }
    const abort = (): void => end(() => reject(signal!.reason))
    const thread = startThread(startWorker, {
      onMessage(message) {
        try {
          const found = answer(message)
          if (found !== undefined) end(() => resolve(found))
        } catch (error) {
          end(() => reject(error))
        }
      },
      onDead: error => end(() => reject(error)),
    })
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    else thread.send(job)
  })
}
