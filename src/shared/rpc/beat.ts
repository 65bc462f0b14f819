/**
 * Both ends of a connection know that the other one lives: the host says `beat` every `BEAT_MS`, and the page answers each at once, also
 * while it is out of sight and its own timers are slow. What counts are beats, not moments: after a machine's sleep nobody is late.
 */

export interface Clock {
  /** Milliseconds that never run backwards. */
  now(): number
  /** Calls again and again. @returns ends it */
  every(run: () => void, milliseconds: number): () => void
}

export const BEAT_MS = 2_000
/** Looks of the page, one a `LOOK_MS`, in which nothing was heard: more mean that the host hangs. */
export const LOOK_MS = 1_000
export const MOST_SILENT_LOOKS = 8
/** Beats that a page may leave without an answer before it counts as gone. */
export const MOST_UNANSWERED = 15

/** The page's side: tells when the host falls silent and when it is heard again. */
export class Silence {
  readonly #clock: Clock
  readonly #onSilence: (since: number | null) => void
  #heardAt: number
  #silentLooks = 0
  readonly #stop: () => void

  /** @param onSilence told the moment since which nothing was heard, by the clock; null: it is heard again */
  constructor(clock: Clock, onSilence: (since: number | null) => void) {
    this.#clock = clock
    this.#onSilence = onSilence
    this.#heardAt = clock.now()
    this.#stop = clock.every(() => this.#look(), LOOK_MS)
  }

  heard(): void {
    this.#heardAt = this.#clock.now()
    const wasSilent = this.#silentLooks > MOST_SILENT_LOOKS
    this.#silentLooks = 0
    if (wasSilent) this.#onSilence(null)
  }

  end(): void {
    this.#stop()
  }

  #look(): void {
    if (++this.#silentLooks === MOST_SILENT_LOOKS + 1) this.#onSilence(this.#heardAt)
  }
}

/** The host's side: says beats, and tells once when the page leaves too many unanswered. */
export class Beating {
  #unanswered = 0
  readonly #stop: () => void

  constructor(clock: Clock, say: () => void, onGone: () => void) {
    this.#stop = clock.every(() => {
      if (++this.#unanswered > MOST_UNANSWERED) {
        this.end()
        onGone()
      } else say()
    }, BEAT_MS)
  }

  /** Anything that the page says shows that it lives. */
  heard(): void {
    this.#unanswered = 0
  }

  end(): void {
    this.#stop()
  }
}
