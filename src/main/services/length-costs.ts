import { validLengths } from '../../engine/tasks/task.ts'
import type { StudySpec } from '../../shared/study.ts'
import { isTextTask } from '../../shared/text-study.ts'
import type { History } from '../history/history.ts'
import { openTask } from './languages.ts'

type Range = readonly [number, number]

/** How many lengths have strings in each range. @throws InputError for a task that is not known here, or cannot be opened */
export type CountLengths = (task: StudySpec['task'], ranges: readonly Range[]) => number[] | Promise<number[]>

/** A text's positions are not drawn: there is one way to have them. */
export function countLengths(task: StudySpec['task'], ranges: readonly Range[]): number[] {
  if (isTextTask(task)) return ranges.map(() => 1)
  const language = openTask(task)
  return ranges.map(range => validLengths(language, range).length)
}

export interface Filling {
  readonly history: History
  /** On whatever thread; default: on this one. */
  readonly count?: CountLengths
  /** Default: all that lack something. */
  readonly studies?: readonly string[]
  /** Told of runs that have got what they lacked. */
  readonly onFilled?: (runs: readonly string[]) => void
  readonly signal?: AbortSignal
}

/** Runs filled in one transaction. */
const SLICE = 50

/**
 * Fills in what the choice of a length costs where that was not recorded, a few runs at a time so that nothing waits for it. A study whose
 * language is not known here is left as it is: its figures above the bound stay unknown. See history/length-costs.
 */
export async function fillLengthCosts({
  history,
  count = countLengths,
  studies,
  onFilled = () => {},
  signal,
}: Filling): Promise<void> {
  for (const id of history.lengthCosts.due()) {
    if (studies && !studies.includes(id)) continue
    const { task, data, evaluation } = history.studies.get(id).spec
    const counts = await lengthsIn(count, task, [data.validation.lengths, ...evaluation.bins.map(bin => bin.lengths)])
    if (!counts) continue
    const [validation, ...ofBins] = counts
    const bins = Object.fromEntries(evaluation.bins.map(({ name }, i) => [name, ofBins[i]!]))
    for (;;) {
      if (signal?.aborted) return
      const filled = history.lengthCosts.fill(id, { validation: validation!, bins }, SLICE)
      if (filled.length === 0) break
      onFilled(filled)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
}

/** null where the language cannot be opened, or has no string in a range. */
async function lengthsIn(
  count: CountLengths,
  task: StudySpec['task'],
  ranges: readonly Range[],
): Promise<number[] | null> {
  try {
    const counts = await count(task, ranges)
    return counts.every(lengths => lengths >= 1) ? counts : null
  } catch {
    return null
  }
}
