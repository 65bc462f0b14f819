import { computed, type ComputedRef } from 'vue'

/** A computed value that stays the same object for as long as `key` says the same of it, so that what follows from it is not made again. */
export function kept<T>(key: (value: T) => string, value: () => T): ComputedRef<T> {
  let before: { key: string; value: T } | undefined
  return computed(() => {
    const now = value()
    const own = key(now)
    if (before?.key !== own) before = { key: own, value: now }
    return before.value
  })
}
