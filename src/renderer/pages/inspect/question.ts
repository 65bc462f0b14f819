import { computed, type ComputedRef } from 'vue'

/** What is asked of the host, and the key by which it is told from other questions. */
export interface Question<T> {
  readonly key: string
  readonly asked: T
}

/** The same object as long as it is the same question, so that nothing is asked twice. null asks nothing. */
export const question = <T extends object>(make: () => T | null): ComputedRef<Question<T> | null> =>
  computed<Question<T> | null>(before => {
    const asked = make()
    if (asked === null) return null
    const key = JSON.stringify(asked)
    return before?.key === key ? before : { key, asked }
  })
