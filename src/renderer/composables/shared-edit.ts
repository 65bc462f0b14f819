import { onScopeDispose, readonly, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { Conflict } from '../lib/merge.ts'
import { SharedEdit, type Version } from '../lib/shared-edit.ts'
import { sayError } from '../shell/toasts.ts'
import { isDisconnected, useReconnect } from './lab.ts'

/** ms in which what is typed may wait before the host has it: a kill a second later loses nothing. */
const PAUSE = 400
/** ms after a key in which what another window wrote is not shown: somebody types. */
const TYPING = 3_000

export interface SharedEditOptions<T> {
  readonly version: Version<T>
  /** Writes a change of the version named. @returns what names the new one @throws LabError `stale` */
  readonly write: (value: T, base: Version<T>['revision']) => Promise<Version<T>['revision']>
  readonly read: () => Promise<Version<T>>
  /** Keeps what is typed elsewhere when the page goes while it is undecided whose version is to be. */
  readonly rescue: (value: T) => Promise<unknown>
  /** What was edited is there no longer. */
  readonly onMissing?: (error: Error) => void
}

export interface SharedValue<T> {
  readonly value: Readonly<ShallowRef<T>>
  /** What two windows have changed to different things, for the person to decide. */
  readonly conflicts: Readonly<ShallowRef<readonly Conflict[]>>
  /** Whether something typed is not with the host. */
  readonly waiting: Readonly<Ref<boolean>>
  readonly edit: (value: T) => void
  /** The host's version may be another one. */
  readonly follow: () => void
  /** The host has this version. */
  readonly hear: (version: Version<T>) => void
  readonly decide: (whose: 'mine' | 'theirs', only?: Conflict) => void
  /** Writes what waits, now. */
  readonly store: () => Promise<void>
}

const isStale = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'stale'
const isMissing = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('unknown-')

/** A value that several windows may edit at once: written as it is typed, followed live, and never replaced under somebody's hands. */
export function useSharedEdit<T>({ version, write, read, rescue, onMissing }: SharedEditOptions<T>): SharedValue<T> {
  const shared = new SharedEdit(version)
  const value = shallowRef(shared.value) as ShallowRef<T>
  const conflicts = shallowRef(shared.conflicts)
  const waiting = shallowRef(false)
  let saving: ReturnType<typeof setTimeout> | undefined
  let settling: ReturnType<typeof setTimeout> | undefined
  let typedAt = -Infinity
  let writing: Promise<void> | undefined
  let over = false

  function show(): void {
    value.value = shared.value
    conflicts.value = shared.conflicts
    waiting.value = shared.isDirty
    if (shared.isDirty && shared.conflicts.length === 0 && !over) saving ??= setTimeout(flush, PAUSE)
  }

  const flush = (): void => {
    void store()
  }

  async function store(): Promise<void> {
    clearTimeout(saving)
    saving = undefined
    await writing
    const sent = shared.send()
    if (sent === null) return
    writing = send(sent.value, sent.base)
    await writing
  }

  async function send(sent: T, base: Version<T>['revision']): Promise<void> {
    let ask: boolean
    try {
      ask = shared.stored(await write(sent, base))
    } catch (error) {
      ask = shared.failed({ stale: isStale(error) })
      if (isMissing(error)) onMissing?.(error)
      else if (!isStale(error)) sayError(error)
      if (!isStale(error)) {
        // Tried again with what is typed next, or when the host is back.
        writing = undefined
        waiting.value = true
        return
      }
    }
    writing = undefined
    if (ask) await readNow()
    show()
  }

  async function readNow(): Promise<void> {
    try {
      hear(await read())
    } catch (error) {
      if (isMissing(error)) onMissing?.(error)
      else if (!isDisconnected(error)) sayError(error)
    }
  }

  function hear(heard: Version<T>): void {
    const left = typedAt + TYPING - performance.now()
    shared.hear(heard, { later: left > 0 })
    clearTimeout(settling)
    if (left > 0)
      settling = setTimeout(() => {
        shared.settle()
        show()
      }, left)
    show()
  }

  const leave = (): void => {
    if (shared.conflicts.length > 0) void rescue(shared.value).catch(() => undefined)
    else flush()
  }
  window.addEventListener('pagehide', leave)
  useReconnect(() => void readNow().then(show))
  onScopeDispose(() => {
    window.removeEventListener('pagehide', leave)
    over = true
    clearTimeout(settling)
    leave()
  })

  return {
    value: readonly(value) as Readonly<ShallowRef<T>>,
    conflicts: readonly(conflicts) as Readonly<ShallowRef<readonly Conflict[]>>,
    waiting,
    edit(next) {
      typedAt = performance.now()
      shared.edit(next)
      show()
    },
    follow: () => void readNow(),
    hear,
    decide(whose, only) {
      shared.decide(whose, only)
      show()
    },
    store,
  }
}
