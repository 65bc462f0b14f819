import type { Clock } from '../../shared/rpc/beat.ts'

export const pageClock: Clock = {
  now: () => performance.now(),
  every(run, milliseconds) {
    const timer = setInterval(run, milliseconds)
    return () => clearInterval(timer)
  },
}
