import { LabError } from '../../shared/errors.ts'
import type { FromWorker, Measured, MeasureJob } from './protocol.ts'
import { startThread, type StartWorker } from './thread.ts'

const MOST_SECONDS = 60

/**
 * The time of a training step, measured in a thread of its own.
 * @throws LabError of the thread, or `too-slow` when a few steps take longer than a minute
 */
export function measureStep(startWorker: StartWorker, job: MeasureJob): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      void thread.end().then(settle, settle)
    }
    const hear = (message: FromWorker): void => {
      if (message.kind !== 'measured') return
      const { measured, failure } = message
      end(() => measured ? resolve(measured) : reject(new LabError(failure!.code, failure!.message)))
    }
    const thread = startThread(startWorker, { onMessage: hear, onDead: error => end(() => reject(error)) })
    const timer = setTimeout(() => end(() => reject(new LabError('too-slow', `A few training steps on ${job.device} took longer than ${MOST_SECONDS} seconds.`))), MOST_SECONDS * 1000)
    thread.send(job)
  })
}
