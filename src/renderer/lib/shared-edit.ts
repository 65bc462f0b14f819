import { isSame, merge, putAt, valueAt, type Conflict } from './merge.ts'

/** Something that the host keeps, and what names this state of it in a write. */
export interface Version<T> {
  readonly value: T
  readonly revision: number | string
}

/**
 * What one window edits while others may edit it too. A write names the version that it changes, and the host refuses it when there is
 * a newer one; then both are merged, and where both changed the same the choice is the person's. Nothing that was typed goes unless
 * somebody who saw it chose so. Knows no clock and no host: whoever owns it says what happens.
 */
export class SharedEdit<T> {
  #mine: T
  /** What mine was made of. */
  #base: Version<T>
  /** A newer version of the host, not merged yet. */
  #theirs: Version<T> | null = null
  #sent: T | null = null
  #heardWhileSent = false
  #conflicts: readonly Conflict[] = []

  constructor(version: Version<T>) {
    this.#base = version
    this.#mine = version.value
  }

  /** What the window shows. */
  get value(): T {
    return this.#mine
  }

  /** Where both have changed the same; until it is decided nothing is written. */
  get conflicts(): readonly Conflict[] {
    return this.#conflicts
  }

  /** Whether something typed is not with the host. */
  get isDirty(): boolean {
    return !isSame(this.#mine, this.#base.value)
  }

  edit(next: T): void {
    this.#mine = next
    this.#combine()
  }

  /** The host has this version. @param later another window's is not to be shown yet: somebody types here */
  hear(version: Version<T>, { later = false }: { later?: boolean } = {}): void {
    if (this.#sent !== null) {
      // It may be older than what is being written, or that itself.
      this.#heardWhileSent = true
      return
    }
    this.#theirs = version.revision === this.#base.revision ? null : version
    if (!later || this.isDirty) this.#combine()
  }

  /** Nobody types any more: what was heard can be shown. */
  settle(): void {
    this.#combine()
  }

  /** What is to be written, and of which version it is a change; null: nothing, or not now. */
  send(): { readonly value: T; readonly base: Version<T>['revision'] } | null {
    if (this.#sent !== null || this.#theirs !== null || !this.isDirty) return null
    this.#sent = this.#mine
    return { value: this.#mine, base: this.#base.revision }
  }

  /** It was written. @returns whether the host has to be asked for its newest version */
  stored(revision: Version<T>['revision']): boolean {
    this.#base = { value: this.#sent as T, revision }
    return this.#answered()
  }

  /** It was not written. @returns whether the host has to be asked for its newest version */
  failed({ stale }: { stale: boolean }): boolean {
    return this.#answered() || stale
  }

  /** Decides a conflict, or all. */
  decide(whose: 'mine' | 'theirs', only?: Conflict): void {
    const theirs = this.#theirs
    if (theirs === null) return
    for (const { path } of only ? [only] : this.#conflicts) {
      const part = valueAt(theirs.value, path)
      // Mine as a change of theirs, or theirs in its place.
      if (whose === 'mine') this.#base = { ...this.#base, value: putAt(this.#base.value, path, part) as T }
      else this.#mine = putAt(this.#mine, path, part) as T
    }
    this.#combine()
  }

  #answered(): boolean {
    const ask = this.#heardWhileSent
    this.#sent = null
    this.#heardWhileSent = false
    return ask
  }

  #combine(): void {
    this.#conflicts = []
    if (this.#theirs === null) return
    const { value, conflicts } = merge(this.#base.value, this.#mine, this.#theirs.value)
    this.#conflicts = conflicts
    if (conflicts.length > 0) return
    this.#mine = value as T
    this.#base = this.#theirs
    this.#theirs = null
  }
}
