import type { AnyExecutor, Cohort, Device, Threads } from '../../engine/devices/device.ts'
import { openCohort } from '../../engine/devices/open-cohort.ts'
import type { Model } from '../../engine/model.ts'
import type { Picked } from '../../shared/study.ts'

export interface Wanted {
  /** Equal for runs that can be trained together. */
  readonly key: string
  readonly device: Device
  /** Asked for when a cohort has to be opened. */
  readonly model: () => Model
  readonly optimizer: Picked
  /** Runs that a cohort is opened for; it may have room for fewer. */
  readonly runs: number
  /** Those of the run that opens the cohort, for devices that compute on the processor. */
  readonly threads?: Threads | undefined
  readonly portable?: boolean | undefined
}

/** A run's place in a cohort. */
export interface Seat {
  readonly executor: AnyExecutor
  /** Runs that the cohort has room for. */
  readonly capacity: number
  /** Most runs that have been in the cohort at a time since this one entered, itself included. */
  readonly most: number
  leave(): void
}

interface Taken extends Seat {
  most: number
}
interface Open {
  readonly cohort: Promise<Cohort<AnyExecutor>>
  /** Runs that are in it or about to enter. */ expected: number
  readonly seats: Set<Taken>
}

/** The cohorts of a thread. One is opened for the first of the runs that can be trained together, and closed when the last one leaves. */
export class Cohorts {
  readonly #open = new Map<string, Open>()

  /** @throws what the device throws when a cohort is opened */
  async enter(wanted: Wanted): Promise<Seat> {
    const { key, device, model, ...options } = wanted
    const found = this.#open.get(key)
    if (found) {
      try {
        return await this.#join(key, found)
      } catch {
        // Its device is lost: those inside find out by themselves, and nobody is to follow them.
        this.#forget(key, found)
        return this.enter(wanted)
      }
    }
    const open: Open = { cohort: openCohort(device, model(), options), expected: 0, seats: new Set() }
    this.#open.set(key, open)
    return this.#join(key, open)
  }

  async #join(key: string, open: Open): Promise<Seat> {
    const { seats } = open
    open.expected++
    try {
      const cohort = await open.cohort
      const seat: Taken = {
        executor: cohort.join(),
        capacity: cohort.capacity,
        most: 0,
        leave: () => {
          if (!seats.delete(seat)) return
          seat.executor.dispose()
          this.#left(key, open)
        },
      }
      seats.add(seat)
      for (const each of seats) each.most = Math.max(each.most, seats.size)
      return seat
    } catch (error) {
      this.#left(key, open)
      throw error
    }
  }

  #left(key: string, open: Open): void {
    if (--open.expected > 0) return
    this.#forget(key, open)
    open.cohort.then(
      cohort => cohort.dispose(),
      () => {},
    )
  }

  #forget(key: string, open: Open): void {
    if (this.#open.get(key) === open) this.#open.delete(key)
  }
}
