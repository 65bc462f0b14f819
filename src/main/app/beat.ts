/** Timers may come this much too early; a beat that is closer is the one that has just been. */
const EARLY_MS = 5

/**
 * Milliseconds to the next beat of a clock that all feeds share: what is told at the same beat reaches a page together, and costs it one
 * awakening and one frame in place of several.
 */
export function toNextBeat(period: number, now = performance.now()): number {
  const left = Math.ceil(period - (now % period))
  return left > EARLY_MS ? left : left + period
}
