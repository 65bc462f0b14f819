import { shallowRef } from 'vue'
import { LabError } from '../../shared/errors.ts'
import { isDisconnected } from '../composables/lab.ts'

export interface Toast {
  readonly id: number
  readonly tone: 'plain' | 'good' | 'bad'
  readonly text: string
  readonly action?: { readonly title: string; readonly run: () => void }
  /** What it is about: it goes when that is so no longer. */
  readonly until?: Until
}
/** `connected`: the host is reached again; `open`: the queue is no longer held; `stopped`: these runs are no longer trained. */
export type Until =
  { readonly kind: 'connected' | 'open' } | { readonly kind: 'stopped'; readonly runs: readonly string[] }

/** ms; what can be undone stays longer, what failed longest: long enough to be read after a look elsewhere. */
const STAYS = 5_000
const STAYS_WITH_ACTION = 12_000
const STAYS_FAILED = 60_000

export const toasts = shallowRef<readonly Toast[]>([])
let next = 1

/** Says something in passing. @returns how to take it back */
export function say(
  text: string,
  { tone = 'plain', action, until }: Partial<Omit<Toast, 'id' | 'text'>> = {},
): () => void {
  const id = next++
  // The same said again takes the place of what was said before.
  const others = toasts.value.filter(toast => toast.text !== text || toast.tone !== tone)
  toasts.value = [...others.slice(-4), { id, tone, text, action, until }]
  if (action?.title === UNDO) undos.value = [...undos.value.slice(1 - MOST_UNDOS), { id, run: action.run }]
  const close = (): void => {
    toasts.value = toasts.value.filter(toast => toast.id !== id)
  }
  setTimeout(close, tone === 'bad' ? STAYS_FAILED : action ? STAYS_WITH_ACTION : STAYS)
  return close
}

/** What a toast's action is called that takes back what was done. It can be taken back by keys also when the toast has gone. */
export const UNDO = 'Undo'
const MOST_UNDOS = 20
const undos = shallowRef<readonly { readonly id: number; readonly run: () => void }[]>([])
export const canUndo = (): boolean => undos.value.length > 0

/** Takes back the newest thing that can be, or the one of this toast. */
export function undo(toastId = undos.value.at(-1)?.id): void {
  const found = undos.value.find(({ id }) => id === toastId)
  if (!found) return
  undos.value = undos.value.filter(one => one !== found)
  toasts.value = toasts.value.filter(({ id }) => id !== found.id)
  found.run()
}

/** Takes back what was said of something that is so no longer. */
export function resolve(isResolved: (until: Until) => boolean): void {
  const left = toasts.value.filter(({ until }) => until === undefined || !isResolved(until))
  if (left.length < toasts.value.length) toasts.value = left
}

type Remedy = (error: Error & { readonly about: readonly string[] }) => Toast['action']
let remedies: Readonly<Record<string, Remedy>> = {}

/** What can be done about errors, by their codes. */
export function setRemedies(given: Readonly<Record<string, Remedy>>): void {
  remedies = given
}

/** Says what went wrong. Nothing for what was given up. */
export function sayError(error: unknown): void {
  if (!(error instanceof LabError)) {
    say(error instanceof Error ? error.message : String(error), { tone: 'bad' })
    return
  }
  if (error.code === 'cancelled') return
  if (isDisconnected(error)) {
    say('That was not done: the lab does not answer.', { tone: 'bad', until: { kind: 'connected' } })
    return
  }
  const until: Until | undefined =
    error.code === 'run-taken' && error.about.length > 0 ? { kind: 'stopped', runs: error.about } : undefined
  say(error.message, { tone: 'bad', action: error.about.length > 0 ? remedies[error.code]?.(error) : undefined, until })
}

/** Says what went wrong with something that the page asks by itself. It asks again once the host is back, and that it is gone stands above the page. */
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
