import type { Clock } from '../../shared/rpc/beat.ts'

/** Keeps no process from ending. */
export const hostClock: Clock = {
  now: () => performance.now(),
  every(run, milliseconds) {
    const timer = setInterval(run, milliseconds)
    timer.unref()
    return () => clearInterval(timer)
  },
}
