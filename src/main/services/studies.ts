import type { Study } from '../../shared/records.ts'
import type { StudySpec } from '../../shared/study.ts'
import type { History } from '../history/history.ts'
import { twinsOf } from './same-training.ts'

/**
 * Takes studies into the history, all or none of them, and queues their runs. A study that the history has with the same content, not
 * archived, is not taken again: its runs go on where they stopped. Of plans that are the same training one has runs.
 * @param again take every study as a new one @returns the studies, new or known, in the order given
 */
export function takeStudies(
  { studies }: Pick<History, 'studies'>,
  specs: readonly StudySpec[],
  { again = false } = {},
): Study[] {
  return again ? studies.addAll(specs, repeated) : studies.takeAll(specs, repeated)
}

const repeated = (spec: StudySpec): ReadonlySet<string> => new Set(twinsOf(spec).keys())
