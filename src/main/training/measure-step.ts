import type { Estimated, EstimateInput } from '../analysis/estimate.ts'
import { LabError } from '../../shared/errors.ts'
import { askThread } from './ask-thread.ts'
import type { Failure, Measured, MeasureJob } from './protocol.ts'
import type { StartWorker } from './thread.ts'

const MOST_SECONDS = 60

/**
 * The time of a training step, measured in a thread of its own.
 * @throws LabError of the thread, or `too-slow` when a few steps take longer than a minute
 */
export async function measureStep(startWorker: StartWorker, job: MeasureJob): Promise<Measured> {
  const late = new AbortController()
  const timer = setTimeout(
    () =>
      late.abort(
        new LabError('too-slow', `A few training steps on ${job.device} took longer than ${MOST_SECONDS} seconds.`),
      ),
    MOST_SECONDS * 1000,
  )
  try {
    return await askThread(startWorker, {
      job,
      signal: late.signal,
      answer: message => (message.kind === 'measured' ? (message.measured ?? thrown(message.failure!)) : undefined),
    })
  } finally {
    clearTimeout(timer)
  }
}

/** `estimate` in a thread of its own. @throws as it does, with an InputError as a LabError */
export function estimateApart(startWorker: StartWorker, input: EstimateInput, signal: AbortSignal): Promise<Estimated> {
  return askThread(startWorker, {
    job: { kind: 'estimate', input },
    signal,
    answer: message => (message.kind === 'estimated' ? (message.estimated ?? thrown(message.failure!)) : undefined),
  })
}

function thrown({ code, message }: Failure): never {
  throw new LabError(code, message)
}
