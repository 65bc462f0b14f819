import type { Device } from '../../engine/devices/device.ts'

/** How many runs a device trains at a time: in so many threads, at most so many in each. */
export interface Places {
  readonly threads: number
  readonly together: number
}

/** Threads that hand work to one graphics card: while one prepares its runs' next step, the card computes another's. */
const SHARING_A_CARD = 2
/** Most runs in one cohort, where more would fit: what its one thread does for each of them takes its time too. */
const MOST_TOGETHER = 64

/** @param workers threads that may train, over all devices */
export function placesOn({ cohort, isolated }: Device, workers: number): Places {
  return {
    threads: cohort || isolated ? Math.min(workers, SHARING_A_CARD) : workers,
    together: cohort ? MOST_TOGETHER : 1,
  }
}
