import { LabError } from '../../../shared/errors.ts'
import type { Picked } from '../../../shared/study.ts'
import type { Model } from '../../model.ts'
import type { BatchScore, Cohort, RemoteExecutor, Tracer } from '../device.ts'
import type { Asked, CohortEngine, Stepped } from './engine.ts'
import { Member, type Work } from './member.ts'

/** Node's own call waits for pending events and no longer. */
const soon: (run: () => void) => unknown =
  (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate ?? setTimeout

interface Waiting<T> extends Asked {
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/**
 * Runs that train in lockstep as far as they ask for it: whatever its members have asked for when the engine gets free is done at
 * once. A run that is alone, or out of step, waits for nobody.
 */
export class LockstepCohort implements Cohort {
  readonly #model: Model
  readonly #picked: Picked
  readonly #engine: CohortEngine
  readonly #tracer: Tracer
  readonly #free: number[]
  #steps: Waiting<Stepped>[] = []
  #scores: Waiting<BatchScore>[] = []
  #busy = false

  /** @param engine made for this model and optimizer; the cohort disposes of it @param tracer what traces single strings */
  constructor(model: Model, picked: Picked, engine: CohortEngine, tracer: Tracer) {
    this.#model = model
    this.#picked = picked
    this.#engine = engine
    this.#tracer = tracer
    this.#free = Array.from({ length: engine.capacity }, (_, slot) => slot)
  }

  get capacity(): number {
    return this.#engine.capacity
  }

  get size(): number {
    return this.capacity - this.#free.length
  }

  join(): RemoteExecutor {
    return this.#enter(() => {})
  }

  /** The only run that will be in it, which takes it along when it leaves. */
  alone(): RemoteExecutor {
    return this.#enter(() => {
      this.dispose()
    })
  }

  dispose(): void {
    this.#engine.destroy()
  }

  #enter(onLeave: () => void): Member {
    this.#engine.check()
    const slot = this.#free.shift()
    if (slot === undefined) throw new LabError('cohort-full', `the cohort has room for ${this.capacity} runs`)
    const work: Work = {
      parameters: this.#engine.parameters,
      tracer: this.#tracer,
      step: (share, update) => this.#ask(this.#steps, { share, update }),
      score: share => this.#ask(this.#scores, { share, update: null }),
      gradients: () => this.#engine.readGradients(slot),
      read: () => this.#engine.readStore(slot),
      write: values => this.#engine.writeStore(slot, values),
      leave: () => {
        this.#free.push(slot)
        onLeave()
      },
    }
    return new Member(this.#model, this.#picked, slot, work)
  }

  #ask<T>(queue: Waiting<T>[], asked: Asked): Promise<T> {
    return new Promise((resolve, reject) => {
      queue.push({ ...asked, resolve, reject })
      if (this.#busy) return
      this.#busy = true
      soon(() => {
        void this.#work()
      })
    })
  }

  /** Members that got an answer ask again before the next turn of the event loop, and so join those that have waited. */
  async #work(): Promise<void> {
    while (this.#steps.length > 0 || this.#scores.length > 0) {
      const steps = this.#steps,
        scores = this.#scores
      this.#steps = []
      this.#scores = []
      await this.#answer(steps, asked => this.#engine.step(asked))
      await this.#answer(scores, asked => this.#engine.score(asked))
      await new Promise<void>(resolve => {
        soon(resolve)
      })
    }
    this.#busy = false
  }

  /** One whose batch cannot be computed must not take the others along: after a failure that left the engine whole, each gets an answer of its own. */
  async #answer<T>(
    waiting: readonly Waiting<T>[],
    work: (asked: readonly Asked[]) => Promise<readonly T[]>,
  ): Promise<void> {
    if (waiting.length === 0) return
    try {
      const values = await work(waiting)
      waiting.forEach(({ resolve }, k) => {
        resolve(values[k]!)
      })
    } catch (error) {
      if (waiting.length > 1 && this.#engine.isWhole) for (const one of waiting) await this.#answer([one], work)
      else for (const { reject } of waiting) reject(error)
    }
  }
}
