import type { Measured } from './measure.ts'
import type { ModelId } from './problem.ts'
import type { TwoWorkers } from './two-workers.ts'

/** All that a run of the benchmark measured; a part that was left out is absent. */
export interface Results {
  readonly peers: Partial<Record<ModelId, readonly Measured[]>>
  readonly frozen: Partial<Record<ModelId, readonly Measured[]>>
  readonly sizes: readonly Measured[]
  readonly workers: readonly TwoWorkers[]
  /** The step of a language model over 10,000 words. */
  readonly language: readonly Measured[]
}

/** Results, and one line for each thing that was found or is missing. */
export interface Recorded {
  readonly results: Results
  readonly notes: readonly string[]
}

/** What a run measured in the place of what earlier ones did; parts that it left out stay. */
export function merged(before: Recorded | undefined, { results, notes }: Recorded): Recorded {
  if (!before) return { results, notes }
  const old = before.results
  const about = (note: string): string => note.slice(0, note.indexOf(':'))
  const said = new Set(notes.map(about))
  return {
    results: {
      peers: { ...old.peers, ...results.peers },
      frozen: { ...old.frozen, ...results.frozen },
      sizes: newest(old.sizes, results.sizes),
      workers: newest(old.workers, results.workers),
      language: newest(old.language, results.language),
    },
    notes: [...before.notes.filter(note => !said.has(about(note))), ...notes],
  }
}

const newest = <T>(old: readonly T[], found: readonly T[]): readonly T[] => (found.length > 0 ? found : old)
