import type { RunIndex } from './run-index.ts'

/** The answer that was worked out before, as long as the study's runs stand where they stood. */
export type Once = <T>(studyId: string, question: unknown, work: () => Promise<T>) => Promise<T>

/** @param most answers kept: the newest */
export function keptAnswers(index: RunIndex, most: number): Once {
  const kept = new Map<string, { stamp: string; answer: Promise<unknown> }>()
  return <T>(studyId: string, question: unknown, work: () => Promise<T>): Promise<T> => {
    const key = JSON.stringify(question)
    const stamp = index
      .rows()
      .filter(row => row.studyId === studyId)
      .map(({ id, status, step, archived }) => `${id} ${status} ${step} ${archived}`)
      .join('\n')
    const known = kept.get(key)
    if (known?.stamp === stamp) return known.answer as Promise<T>
    const answer = work()
    kept.delete(key)
    kept.set(key, { stamp, answer })
    if (kept.size > most) kept.delete(kept.keys().next().value!)
    answer.catch(() => {
      if (kept.get(key)?.answer === answer) kept.delete(key)
    })
    return answer
  }
}
