import { join } from 'node:path'
import { z } from 'zod'
import { LabError } from '../../shared/errors.ts'
import type { History } from '../history/history.ts'
import { jsonFile } from './json-file.ts'
import type { StateOptions } from './state.ts'

/** Studies that are being taken in, run by run: nobody sees them before they are all there. */
export interface Arrivals {
  has(studyId: string): boolean
  /** @param work takes studies in, and names each as soon as it is in the history; they are seen once it has ended */
  during<T>(work: (named: (studyId: string) => void) => Promise<T>): Promise<T>
}

/** What a process that was killed had taken in by half is removed. */
export function openArrivals({ folder, history, onProblem }: Pick<StateOptions, 'folder' | 'onProblem'> & { readonly history: History }): Arrivals {
  const file = jsonFile({ path: join(folder, 'arriving.json'), schema: z.array(z.string()), fallback: [], onProblem })
  const left = file.get().filter(id => !isRemoved(id))
  if (left.length < file.get().length) file.set(left)

  function isRemoved(id: string): boolean {
    try {
      history.studies.remove(id)
      return true
    } catch (error) {
      if (error instanceof LabError && error.code === 'unknown-study') return true
      onProblem(error)
      return false
    }
  }

  return {
    has: id => file.get().includes(id),
    async during(work) {
      const own = new Set<string>()
      try {
        return await work(id => {
          own.add(id)
          file.set([...file.get(), id])
        })
      } finally {
        if (own.size > 0) file.set(file.get().filter(id => !own.has(id)))
      }
    },
  }
}
