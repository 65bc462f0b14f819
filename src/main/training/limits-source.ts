import type { StudySpec } from '../../shared/study.ts'
import type { LengthLimit } from '../services/comparison/input.ts'
import { startThread, type StartWorker } from './thread.ts'

type Tested = Pick<StudySpec, 'task' | 'evaluation' | 'training'>

/** Floors and ceilings of a study's test lengths. */
export type LimitsSource = (study: Tested) => Promise<readonly LengthLimit[]>

/** Works them out in a worker thread, once for each task and test; what cannot be worked out is tried again at the next call. */
export function limitsSource(startWorker: StartWorker): LimitsSource {
  const known = new Map<string, Promise<readonly LengthLimit[]>>()
  return ({ task, evaluation, training }) => {
    const key = JSON.stringify([task, evaluation, training.batch])
    const found = known.get(key) ?? workOut(startWorker, { task, evaluation, training })
    known.set(key, found)
    found.catch(() => known.delete(key))
    return found
  }
}

async function workOut(startWorker: StartWorker, study: Tested): Promise<readonly LengthLimit[]> {
  const { promise, thread } = open(startWorker)
  try {
    thread.send({ kind: 'limits', study })
    return await promise
  } finally {
    await thread.end()
  }
}

function open(startWorker: StartWorker) {
  let thread!: ReturnType<typeof startThread>
  const promise = new Promise<readonly LengthLimit[]>((resolve, reject) => {
    thread = startThread(startWorker, {
      onMessage: message => { if (message.kind === 'limits') resolve(message.limits) },
      onDead: reject,
    })
  })
  return { promise, thread }
}
