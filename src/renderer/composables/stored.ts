import { customRef, onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { LabClient } from '../../shared/contract/index.ts'
import { useLab } from './lab.ts'

/** How long a change may wait before the host has it: a kill a second later loses nothing. */
const PAUSE = 400

/**
 * Calls `save` with the newest value, at most once each `PAUSE`; what waits is saved at the end of the scope and when the page is left.
 */
export function useSaver<T>(
  save: (value: T) => Promise<unknown>,
  pause = PAUSE,
): { later: (value: T) => void; now: () => Promise<void>; waiting: Readonly<Ref<boolean>> } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let newest: { value: T } | undefined
  const waiting = shallowRef(false)

  async function now(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const taken = newest
    newest = undefined
    if (taken) await save(taken.value)
    if (!newest) waiting.value = false
  }

  const flush = (): void => {
    void now().catch(() => undefined)
  }
  window.addEventListener('pagehide', flush)
  onScopeDispose(() => {
    window.removeEventListener('pagehide', flush)
    flush()
  })
  return {
    later(value) {
      newest = { value }
      waiting.value = true
      timer ??= setTimeout(flush, pause)
    },
    now,
    waiting,
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
  const { later } = useSaver<T>(next => lab.layout.set({ key, value: next }))
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
