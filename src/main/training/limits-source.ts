import type { StudySpec } from '../../shared/study.ts'
import type { LengthLimit } from '../services/comparison/input.ts'
import { askThread } from './ask-thread.ts'
import type { StartWorker } from './thread.ts'

type Tested = Pick<StudySpec, 'task' | 'evaluation' | 'training'>

/** Floors and ceilings of a study's test lengths. */
export type LimitsSource = (study: Tested) => Promise<readonly LengthLimit[]>

/** Works them out in a worker thread, once for each task and test; what cannot be worked out is tried again at the next call. */
export function limitsSource(startWorker: StartWorker): LimitsSource {
  const known = new Map<string, Promise<readonly LengthLimit[]>>()
  return ({ task, evaluation, training }) => {
    const key = JSON.stringify([task, evaluation, training.batch])
    const found = known.get(key) ?? askThread(startWorker, { job: { kind: 'limits', study: { task, evaluation, training } }, answer: message => message.kind === 'limits' ? message.limits : undefined })
    known.set(key, found)
    found.catch(() => known.delete(key))
    return found
  }
}
