import { join } from 'node:path'
import { z } from 'zod'
import { LabError } from '../../shared/errors.ts'
import type { History } from '../history/history.ts'
import { jsonFile } from './json-file.ts'
import type { StateOptions } from './state.ts'

/** Studies that are being taken in, run by run: nobody sees them before they are all there. */
export interface Arrivals {
  has(studyId: string): boolean
  /**
   * @param work takes studies in, and names each before others can see it in the history; they are seen once it has ended. Where it fails,
   * those it named are removed, and what cannot be removed stays unseen until the next start, which tries again.
   */
  during<T>(work: (named: (studyId: string) => void) => Promise<T>): Promise<T>
}

/** What a process that was killed had taken in by half is removed. */
export function openArrivals({
  folder,
  history,
  onProblem,
}: Pick<StateOptions, 'folder' | 'onProblem'> & { readonly history: History }): Arrivals {
  const file = jsonFile({ path: join(folder, 'arriving.json'), schema: z.array(z.string()), fallback: [], onProblem })
  const left = file.get().filter(id => !isRemoved(id))
  if (left.length < file.get().length) file.set(left)

  function isRemoved(id: string): boolean {
    try {
      // A run that this process has claimed cannot be removed.
      for (const run of history.runs.list({ studies: [id], statuses: ['running'], archived: 'any' }))
        history.runs.release(run.id, 'cancelled')
      history.studies.remove(id)
      return true
    } catch (error) {
      if (error instanceof LabError && error.code === 'unknown-study') return true
      onProblem(error)
      return false
    }
  }

  const forget = (ids: readonly string[]): void => {
    if (ids.length > 0) file.set(file.get().filter(id => !ids.includes(id)))
  }

  /** Reports what goes wrong, and throws nothing. */
  function removeAll(ids: readonly string[]): void {
    const removed = ids.filter(isRemoved)
    try {
      forget(removed)
    } catch (error) {
      onProblem(error)
    }
  }

  return {
    has: id => file.get().includes(id),
    async during(work) {
      const own: string[] = []
      try {
        const done = await work(id => {
          own.push(id)
          file.set([...file.get(), id])
        })
        forget(own)
        return done
      } catch (error) {
        removeAll(own)
        throw error
      }
    },
  }
}
