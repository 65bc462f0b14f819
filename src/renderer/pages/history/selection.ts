import { computed, shallowRef, type ComputedRef } from 'vue'

/** Which runs are chosen: by click, with Ctrl one by one, with Shift in a row. */
export interface Selection {
  readonly ids: ComputedRef<ReadonlySet<string>>
  /** Index of the row that the keyboard stands on; -1 for none. */
  readonly cursor: ComputedRef<number>
  /** @param idOf id of the row with an index, where it is known */
  readonly click: (
    index: number,
    keys: { readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean },
    idOf: (index: number) => string | undefined,
  ) => void
  readonly set: (ids: readonly string[]) => void
  readonly place: (index: number) => void
}

export function useSelection(): Selection {
  const ids = shallowRef<ReadonlySet<string>>(new Set())
  const cursor = shallowRef(-1)
  let anchor = -1

  return {
    ids: computed(() => ids.value),
    cursor: computed(() => cursor.value),
    click(index, { shiftKey, ctrlKey, metaKey }, idOf) {
      const id = idOf(index)
      cursor.value = index
      if (id === undefined) return
      if (shiftKey && anchor >= 0) {
        const [low, high] = [Math.min(anchor, index), Math.max(anchor, index)]
        const between = Array.from({ length: high - low + 1 }, (_, i) => idOf(low + i)).filter(one => one !== undefined)
        ids.value = new Set(ctrlKey || metaKey ? [...ids.value, ...between] : between)
        return
      }
      anchor = index
      if (!ctrlKey && !metaKey) {
        ids.value = new Set([id])
        return
      }
      ids.value = ids.value.has(id) ? new Set([...ids.value].filter(one => one !== id)) : new Set([...ids.value, id])
    },
    set(next) {
      ids.value = new Set(next)
    },
    place(index) {
      cursor.value = index
      anchor = index
    },
  }
}
