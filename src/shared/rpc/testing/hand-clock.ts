import type { Clock } from '../beat.ts'

/** A clock that a test moves by hand. */
export class HandClock implements Clock {
  #now = 0
  readonly #running = new Set<{ run: () => void; every: number; next: number }>()

  now(): number {
    return this.#now
  }

  every(run: () => void, milliseconds: number): () => void {
    const one = { run, every: milliseconds, next: this.#now + milliseconds }
    this.#running.add(one)
    return () => {
      this.#running.delete(one)
    }
  }

  /** How many are called again and again. */
  get running(): number {
    return this.#running.size
  }

  /** As after a machine's sleep: it is later, and what was due meanwhile comes once. */
  leap(milliseconds: number): void {
    this.#now += milliseconds
    for (const one of this.#running) one.next = Math.max(one.next, this.#now)
  }

  /** Goes on, a turn of the event loop after each call, so that what it sent arrives. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    for (;;) {
      const [first] = [...this.#running].filter(({ next }) => next <= end).sort((a, b) => a.next - b.next)
      if (!first) break
      this.#now = first.next
      first.next += first.every
      first.run()
      await new Promise<void>(resolve => setTimeout(resolve))
    }
    this.#now = end
  }
}
