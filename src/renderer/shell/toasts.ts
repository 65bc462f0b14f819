import { shallowRef } from 'vue'
import { isDisconnected } from '../composables/lab.ts'

export interface Toast {
  readonly id: number
  readonly tone: 'plain' | 'good' | 'bad'
  readonly text: string
  readonly action?: { readonly title: string; readonly run: () => void }
}

/** ms; what can be undone stays longer, what failed until it is closed. */
const STAYS = 5_000
const STAYS_WITH_ACTION = 12_000

export const toasts = shallowRef<readonly Toast[]>([])
let next = 1

/** Says something in passing. @returns how to take it back */
export function say(text: string, { tone = 'plain', action }: Partial<Omit<Toast, 'id' | 'text'>> = {}): () => void {
  const id = next++
  toasts.value = [...toasts.value.slice(-4), { id, tone, text, action }]
  const close = (): void => {
    toasts.value = toasts.value.filter(toast => toast.id !== id)
  }
  if (tone !== 'bad') setTimeout(close, action ? STAYS_WITH_ACTION : STAYS)
  return close
}

/** Says what went wrong. Nothing for what was given up. */
export function sayError(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'cancelled') return
  say(error instanceof Error ? error.message : String(error), { tone: 'bad' })
}

/** Says what went wrong with something that the page asks by itself. It asks again once the host is back, and that it is gone stands in the status bar. */
export function sayProblem(error: unknown): void {
  if (!isDisconnected(error)) sayError(error)
}

/** Does something that may fail; a failure is said. @returns whether it was done */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    sayError(error)
    return false
  }
}
