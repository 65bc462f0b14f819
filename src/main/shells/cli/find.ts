import { InputError } from '../../../shared/errors.ts'
import type { RunSummary, Study } from '../../../shared/records.ts'
import type { History } from '../../history/history.ts'
import { plain } from './words.ts'

const allStudies = (history: History): Study[] => history.studies.list({ archived: 'any' })

/**
 * A study by its id, the beginning of its id, or its name (the newest of that name); the newest of all where nothing is given.
 * @throws InputError
 */
export function findStudy(history: History, text: string | undefined): Study {
  const studies = allStudies(history)
  const found =
    text === undefined
      ? (studies.filter(({ archived }) => !archived).at(-1) ?? studies.at(-1))
      : (studies.find(({ id }) => id === text) ??
        studies.findLast(({ name }) => name === text) ??
        only(studies.filter(({ id }) => id.startsWith(text))))
  if (found) return found
  throw new InputError(
    'STUDY',
    text,
    studies.length === 0 ? 'nothing yet: the history is empty' : `a study's id or name: ${named(studies)}`,
  )
}

/** A run by its id, where the study's part may be shortened; or else a study. @throws InputError */
export function findRunOrStudy(history: History, text: string | undefined): { run: RunSummary } | { study: Study } {
  const [start, ...rest] = (text ?? '').split('.')
  if (text === undefined || rest.length === 0) return { study: findStudy(history, text) }
  const byName = allStudies(history).some(({ name }) => name === text)
  if (byName) return { study: findStudy(history, text) }
  const runs = history.runs.list({ archived: 'any' }).filter(({ studyId }) => studyId.startsWith(start!))
  const run = only(runs.filter(({ id, studyId }) => id.slice(studyId.length + 1) === rest.join('.')))
  if (run) return { run }
  throw new InputError(
    'RUN',
    text,
    runs.length === 0 ? 'STUDY.PLAN.SEED of a study in the history' : `one of ${some(runs.map(({ id }) => id))}`,
  )
}

const only = <T>(items: readonly T[]): T | undefined => (items.length === 1 ? items[0] : undefined)
const named = (studies: readonly Study[]): string =>
  some(studies.toReversed().map(({ id, name }) => `${id} (${plain(name)})`))
const some = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} … (\`ls\` shows all)`
