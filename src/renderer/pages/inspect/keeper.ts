/** What was last asked for, as far as there is room. */
export interface Keeper<T> {
  readonly get: (key: string) => T | undefined
  readonly put: (key: string, value: T) => void
}

/** @param room sizes that are kept together; what was asked for longest ago goes first */
export function keeper<T>(room: number, sizeOf: (value: T) => number): Keeper<T> {
  const kept = new Map<string, T>()
  let size = 0
  return {
    get(key) {
      const value = kept.get(key)
      if (value === undefined) return undefined
      kept.delete(key)
      kept.set(key, value)
      return value
    },
    put(key, value) {
      const before = kept.get(key)
      if (before !== undefined) size -= sizeOf(before)
      kept.delete(key)
      kept.set(key, value)
      size += sizeOf(value)
      for (const [oldest, gone] of kept) {
        if (size <= room || kept.size === 1) return
        kept.delete(oldest)
        size -= sizeOf(gone)
      }
    },
  }
}
