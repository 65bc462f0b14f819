import type { StudySpec } from '../../shared/study.ts'
import type { LengthLimit } from '../services/comparison/input.ts'
import { askThread } from './ask-thread.ts'
import type { StartWorker } from './thread.ts'

type Tested = Pick<StudySpec, 'task' | 'evaluation' | 'training'>

/** Floors and ceilings of a study's test lengths. @param bins names of those that matter; default: all */
export type LimitsSource = (study: Tested, bins?: readonly string[]) => Promise<readonly LengthLimit[]>

/** Works them out in a worker thread, once for each task and test; what cannot be worked out is tried again at the next call. */
export function limitsSource(startWorker: StartWorker): LimitsSource {
  const known = new Map<string, Promise<readonly LengthLimit[]>>()
  return ({ task, evaluation, training }, bins) => {
    const keyOf = (of: readonly string[] | undefined): string =>
      JSON.stringify([task, evaluation, training.batch, of ?? null])
    const ofAll = known.get(keyOf(undefined))
    const key = keyOf(bins)
    const found =
      ofAll ??
      known.get(key) ??
      askThread(startWorker, {
        job: { kind: 'limits', study: { task, evaluation, training }, bins },
        answer: message => (message.kind === 'limits' ? message.limits : undefined),
      })
    if (found === ofAll) return found
    known.set(key, found)
    found.catch(() => known.delete(key))
    return found
  }
}
