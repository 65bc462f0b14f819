import { customRef, onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { LabClient } from '../../shared/contract/index.ts'
import { useLab } from './lab.ts'

/** How long a change may wait before the host has it: a kill a second later loses nothing. */
const PAUSE = 400

/** Calls `save` with the newest value, at most once each `PAUSE`; what waits is saved at the end of the scope and when the page is left. @returns takes a value to be saved */
function saver<T>(save: (value: T) => Promise<unknown>): (value: T) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let newest: { value: T } | undefined

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const taken = newest
    newest = undefined
    if (taken) void save(taken.value).catch(() => undefined)
  }
  window.addEventListener('pagehide', flush)
  onScopeDispose(() => {
    window.removeEventListener('pagehide', flush)
    flush()
  })
  return value => {
    newest = { value }
    timer ??= setTimeout(flush, PAUSE)
  }
}

export type Stored<T> = Ref<T> & {
  /** Whether the host has said what it keeps, or what it kept was read before. */
  readonly known: Readonly<Ref<boolean>>
}

/** What was read and written so far: who comes back to a page finds it as it was, at once. */
const seen = new WeakMap<LabClient, Map<string, unknown>>()

/** A value that the host keeps under `key` over restarts. Reads `initial` until the host has answered for the first time. */
export function useStored<T>(key: string, initial: T, usable: (value: unknown) => value is T): Stored<T> {
  const lab = useLab()
  const before = seen.get(lab) ?? new Map<string, unknown>()
  seen.set(lab, before)
  const last = before.get(key)
  const value = shallowRef(usable(last) ? last : initial)
  const known = shallowRef(before.has(key))
  let touched = false
  const later = saver<T>(next => lab.layout.set({ key, value: next }))
  void read(lab, key).then(kept => {
    if (!touched) {
      if (usable(kept) || !before.has(key)) before.set(key, kept)
      if (usable(kept) && JSON.stringify(kept) !== JSON.stringify(value.value)) value.value = kept
    }
    known.value = true
  })
  const stored = customRef<T>((track, trigger) => {
    watch(value, trigger, { flush: 'sync' })
    return {
      get() {
        track()
        return value.value
      },
      set(next) {
        touched = true
        before.set(key, next)
        value.value = next
        later(next)
      },
    }
  })
  return Object.assign(stored, { known })
}

/** Layout is worth no error message: what cannot be read is as if it were not there. */
async function read(lab: LabClient, key: string): Promise<unknown> {
  try {
    return await lab.layout.get({ key })
  } catch {
    return undefined
  }
}
