import type { Study } from '../../shared/records.ts'
import { parseStudies } from '../../shared/study.ts'
import type { History } from '../history/history.ts'

/**
 * Takes the studies of a study file, a grid's or the only one, into the history, all or none of them, and queues their runs.
 * A study that the history has with the same content, not archived, is not taken again: its runs go on where they stopped.
 * @param where what errors call the content @param again take every study as a new one
 * @returns the studies, new or known, in the file's order @throws InputError naming the first field that is not usable
 */
export function takeStudies(history: Pick<History, 'studies'>, content: unknown, { where = 'study', again = false } = {}): Study[] {
  const specs = parseStudies(content, where)
  const known = specs.map(spec => again ? undefined : history.studies.withSpec(spec).findLast(({ archived }) => !archived))
  const added = history.studies.addAll(specs.filter((_, i) => !known[i]))
  return known.map(study => study ?? added.shift()!)
}
