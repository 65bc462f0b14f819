import type { Batch, BatchScore, Cohort, Device, RemoteExecutor, StepResult } from '../../../engine/devices/device.ts'
import { WasmExecutor } from '../../../engine/devices/wasm/executor.ts'
import type { Model } from '../../../engine/model.ts'
import { LabError } from '../../../shared/errors.ts'
import type { Picked } from '../../../shared/study.ts'

/**
 * A device of cohorts that computes each member's numbers as `wasm` does: what its members have asked for by the next turn of the event
 * loop is done in one round.
 */
export class FakeCohorts implements Device {
  readonly id = 'fake'
  readonly title = 'Cohorts for tests'
  readonly capacity: number
  /** Members that took part in each round. */
  readonly rounds: number[] = []
  /** Members by cohort, in the order in which they entered. */
  readonly cohorts: FakeCohort[] = []
  /** May throw in place of a member's step. */
  beforeStep: (member: number, batch: Batch) => void = () => {}
  /** Steps of members after which no further round is begun until `release`. */
  holdAt = Infinity
  steps = 0
  #release: () => void = () => {}
  readonly #released = new Promise<void>(resolve => {
    this.#release = resolve
  })

  constructor(capacity: number) {
    this.capacity = capacity
  }

  async state() {
    return { available: true, note: 'a fake' }
  }

  async open(model: Model, options: { optimizer: Picked }): Promise<RemoteExecutor> {
    return (await this.cohort(model, { ...options, runs: 1 })).join()
  }

  async cohort(model: Model, { optimizer, runs }: { optimizer: Picked; runs: number }): Promise<Cohort> {
    const made = new FakeCohort(this, model, { optimizer, capacity: Math.min(runs, this.capacity) })
    this.cohorts.push(made)
    return made
  }

  get isHeld(): boolean {
    return this.steps >= this.holdAt
  }

  release(): void {
    this.holdAt = Infinity
    this.#release()
  }

  async admission(): Promise<void> {
    if (this.isHeld) await this.#released
  }

  /** From now on whatever those in a cohort ask for fails; cohorts opened later are whole. */
  lose(): void {
    for (const cohort of this.cohorts) cohort.isLost = true
  }
}

interface Asked {
  readonly member: number
  readonly work: () => void
  readonly reject: (error: unknown) => void
}

class FakeCohort implements Cohort {
  readonly capacity: number
  readonly device: FakeCohorts
  readonly optimizer: Picked
  readonly #model: Model
  entered = 0
  size = 0
  isLost = false
  isDisposed = false
  #asked: Asked[] = []

  constructor(device: FakeCohorts, model: Model, { optimizer, capacity }: { optimizer: Picked; capacity: number }) {
    this.device = device
    this.#model = model
    this.optimizer = optimizer
    this.capacity = capacity
  }

  join(): RemoteExecutor {
    if (this.isLost) throw lost()
    if (this.size >= this.capacity) throw new LabError('cohort-full', `there is room for ${this.capacity}`)
    this.size++
    const member = ++this.entered
    const own = new WasmExecutor(this.#model, this.optimizer)
    const later = <T>(work: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        this.#ask({ member, work: () => resolve(work()), reject })
      })
    let inside = true
    return {
      model: own.model,
      tensors: own.tensors,
      read: tensor => own.read(tensor),
      write: (tensor, values) => own.write(tensor, values),
      counts: () => own.counts(),
      setCounts: counts => own.setCounts(counts),
      setTrainable: names => own.setTrainable(names),
      settle: async () => {
        if (this.isLost) throw lost()
      },
      step: (batch, options): Promise<StepResult> =>
        later(() => {
          this.device.beforeStep(member, batch)
          this.device.steps++
          return own.step(batch, options)
        }),
      gradients: batch => later(() => own.gradients(batch)),
      evaluate: (batch): Promise<BatchScore> => later(() => own.evaluate(batch)),
      trace: (symbols, rows) => later(() => own.trace(symbols, rows)),
      dispose: () => {
        if (inside) this.size--
        inside = false
      },
    }
  }

  dispose(): void {
    this.isDisposed = true
  }

  #ask(asked: Asked): void {
    this.#asked.push(asked)
    if (this.#asked.length === 1)
      setImmediate(() => {
        void this.#round()
      })
  }

  async #round(): Promise<void> {
    await this.device.admission()
    const asked = this.#asked
    this.#asked = []
    this.device.rounds.push(asked.length)
    for (const { work, reject } of asked) {
      try {
        if (this.isLost) throw lost()
        work()
      } catch (error) {
        reject(error)
      }
    }
  }
}

const lost = (): LabError => new LabError('device-lost', 'The device was lost.')
