const MILLISECONDS_BETWEEN_TURNS = 16

/** Node's own call waits for pending events and no longer; where it is missing, a timer does the same at a millisecond or more a turn. */
const soon: (run: () => void) => unknown =
  (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate ?? setTimeout

/**
 * Keeps long work interruptible: every few milliseconds the thread's other events get a turn, so that a message can cancel it.
 * The work asks `due` as often as it likes and then awaits `turn`, which throws the signal's reason once it is aborted.
 */
export interface Pace {
  due(time: number): boolean
  turn(): Promise<void>
  now(): number
  /** @throws the signal's reason once it is aborted */
  check(): void
}

export function pace(now: () => number, signal: AbortSignal | undefined): Pace {
  let last = now()
  return {
    now,
    check() {
      signal?.throwIfAborted()
    },
    due: time => time - last >= MILLISECONDS_BETWEEN_TURNS,
    async turn() {
      await new Promise<void>(resolve => soon(resolve))
      last = now()
      signal?.throwIfAborted()
    },
  }
}

/** Everything that `items` yields, drawn at `pace`. */
export async function collect<T>(items: Iterable<T>, { due, turn, now, check }: Pace): Promise<T[]> {
  const collected: T[] = []
  for (const item of items) {
    collected.push(item)
    check()
    if (due(now())) await turn()
  }
  return collected
}
