import { LabError } from '../../../shared/errors.ts'
import type { Picked } from '../../../shared/study.ts'
import type { Model } from '../../model.ts'
import type { BatchScore, Cohort, RemoteExecutor } from '../device.ts'
import { Engine, type Share, type Stepped, type Update } from './engine.ts'
import type { Gpu } from './gpu.ts'
import { Member, type Work } from './member.ts'

/** Node's own call waits for pending events and no longer. */
const soon: (run: () => void) => unknown = (globalThis as { setImmediate?: (run: () => void) => unknown }).setImmediate ?? setTimeout

interface Asked<T> { readonly share: Share, readonly update: Update | null, readonly resolve: (value: T) => void, readonly reject: (error: unknown) => void }

/**
 * Runs that train in lockstep as far as they ask for it: whatever its members have asked for when the GPU gets free is done in one
 * dispatch. A run that is alone, or out of step, waits for nobody.
 */
export class GpuCohort implements Cohort {
  readonly capacity: number
  readonly #model: Model
  readonly #picked: Picked
  readonly #engine: Engine
  readonly #free: number[]
  #steps: Asked<Stepped>[] = []
  #scores: Asked<BatchScore>[] = []
  #busy = false

  private constructor(model: Model, picked: Picked, engine: Engine) {
    this.#model = model
    this.#picked = picked
    this.#engine = engine
    this.capacity = engine.capacity
    this.#free = Array.from({ length: engine.capacity }, (_, slot) => slot)
  }

  /** @throws InputError for an unknown optimizer or an option out of range, LabError `unsupported-model`, `out-of-memory` */
  static async open(gpu: Gpu, model: Model, { optimizer, runs }: { optimizer: Picked, runs: number }): Promise<GpuCohort> {
    return new GpuCohort(model, optimizer, await Engine.open(gpu, model, optimizer, runs))
  }

  get size(): number { return this.capacity - this.#free.length }

  join(): RemoteExecutor { return this.enter() }

  /** @param onLeave called once the run has left */
  enter(onLeave: () => void = () => {}): Member {
    this.#engine.check()
    const slot = this.#free.shift()
    if (slot === undefined) throw new LabError('cohort-full', `the cohort has room for ${this.capacity} runs`)
    const work: Work = {
      parameters: this.#engine.parameters,
      step: (share, update) => this.#ask(this.#steps, share, update),
      score: share => this.#ask(this.#scores, share, null),
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

  dispose(): void { this.#engine.destroy() }

  #ask<T>(queue: Asked<T>[], share: Share, update: Update | null): Promise<T> {
    return new Promise((resolve, reject) => {
      queue.push({ share, update, resolve, reject })
      if (this.#busy) return
      this.#busy = true
      soon(() => { void this.#work() })
    })
  }

  /** Members that got an answer ask again before the next turn of the event loop, and so join those that have waited. */
  async #work(): Promise<void> {
    while (this.#steps.length > 0 || this.#scores.length > 0) {
      const steps = this.#steps, scores = this.#scores
      this.#steps = []
      this.#scores = []
      await this.#answer(steps, asked => this.#engine.step(asked))
      await this.#answer(scores, asked => this.#engine.score(asked))
      await new Promise<void>(resolve => { soon(resolve) })
    }
    this.#busy = false
  }

  /** One whose batch cannot be computed must not take the others along: after a failure that left the GPU whole, each gets an answer of its own. */
  async #answer<T>(asked: readonly Asked<T>[], work: (asked: readonly Asked<T>[]) => Promise<readonly T[]>): Promise<void> {
    if (asked.length === 0) return
    try {
      const values = await work(asked)
      asked.forEach(({ resolve }, k) => { resolve(values[k]!) })
    } catch (error) {
      if (asked.length > 1 && this.#engine.isWhole) for (const one of asked) await this.#answer([one], work)
      else for (const { reject } of asked) reject(error)
    }
  }
}
