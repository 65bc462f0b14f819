import {
  onScopeDispose,
  readonly,
  shallowRef,
  toValue,
  watch,
  type MaybeRefOrGetter,
  type Ref,
  type ShallowRef,
} from 'vue'
import { isDisconnected, useReconnect } from './lab.ts'

export interface Loaded<T> {
  /** The newest answer; kept while the next is on its way. */
  readonly data: Readonly<Ref<T | undefined>>
  readonly error: Readonly<ShallowRef<Error | undefined>>
  readonly loading: Readonly<ShallowRef<boolean>>
  /** Asks again. */
  readonly reload: () => void
}

/**
 * Asks the host whenever `source` changes; null asks nothing. Only the newest question is answered: the one before is given up. What failed for want of a connection is asked again once there is one.
 * @param pause ms to wait for the next change before asking
 * @param known an answer that is here already, and is given at once
 */
export function useLoad<S, T>(
  source: MaybeRefOrGetter<S | null>,
  load: (source: S, signal: AbortSignal) => Promise<T>,
  { pause = 0, known = () => undefined }: { pause?: number; known?: (source: S) => T | undefined } = {},
): Loaded<T> {
  const data = shallowRef<T>()
  const error = shallowRef<Error>()
  const loading = shallowRef(false)
  let asked: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function ask(): void {
    clearTimeout(timer)
    asked?.abort()
    const now = toValue(source)
    if (now === null) {
      loading.value = false
      data.value = error.value = undefined
      return
    }
    const answer = known(now)
    if (answer !== undefined) {
      data.value = answer
      loading.value = false
      error.value = undefined
      return
    }
    loading.value = true
    asked = new AbortController()
    if (pause > 0) timer = setTimeout(send, pause, now, asked.signal)
    else void send(now, asked.signal)
  }

  async function send(question: S, signal: AbortSignal): Promise<void> {
    try {
      const answer = await load(question, signal)
      if (signal.aborted) return
      data.value = answer
      error.value = undefined
    } catch (failure) {
      if (signal.aborted) return
      error.value = failure instanceof Error ? failure : new Error(String(failure))
    }
    loading.value = false
  }

  watch(() => toValue(source), ask, { immediate: true })
  useReconnect(() => {
    if (!loading.value && isDisconnected(error.value)) ask()
  })
  onScopeDispose(() => {
    clearTimeout(timer)
    asked?.abort()
  })
  return {
    data: readonly(data) as Readonly<ShallowRef<T | undefined>>,
    error: readonly(error) as Readonly<ShallowRef<Error | undefined>>,
    loading: readonly(loading),
    reload: ask,
  }
}
