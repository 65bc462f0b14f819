export interface Pace {
  /** Does it when it may be done again; once for all that ask until then. */
  ask(): void
  /** It was done by another way. */
  done(): void
  stop(): void
}

/** Does something when it is asked for, but no more often than every `least` ms. */
export function pace(act: () => void, least: number): Pace {
  let due: ReturnType<typeof setTimeout> | undefined
  let next = -Infinity
  const done = (): void => {
    clearTimeout(due)
    due = undefined
    next = performance.now() + least
  }
  return {
    ask() {
      due ??= setTimeout(
        () => {
          done()
          act()
        },
        Math.max(0, next - performance.now()),
      )
    },
    done,
    stop() {
      clearTimeout(due)
    },
  }
}
