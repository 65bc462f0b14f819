import type { Environment, RunSummary, Study } from '../../shared/records.ts'
import type { History } from '../history/history.ts'
import { failureOf } from './failure.ts'
import type { Stopped } from './running-run.ts'
import type { Scope, Training, TrainingEvent } from './training.ts'

/** Trains queued runs, as `Training` does. */
export type Trainer = Pick<Training, 'start' | 'hold' | 'running' | 'stop' | 'stopAll' | 'subscribe' | 'close'>

export interface RoutedTrainingOptions {
  readonly history: Pick<History, 'studies' | 'runs'>
  /** On which devices a study's runs are trained, the fastest first. */
  readonly devicesFor: (study: Study) => Promise<readonly Environment['device'][]>
  readonly open: (device: Environment['device']) => Training
  /** Runs trained at a time, over all devices. */
  readonly workers: number
}

/**
 * Trains runs on the devices that their study is to be trained on; several devices share one study's runs, the faster ones taking up
 * runs first. A study whose devices are not to be had fails, run by run, with the reason.
 */
export class RoutedTraining implements Trainer {
  readonly #options: RoutedTrainingOptions
  readonly #trainings = new Map<string, Training>()
  /** Ids of devices by study; null while they are being found. */
  readonly #routes = new Map<string, readonly string[] | null>()
  readonly #listeners = new Set<(event: TrainingEvent) => void>()
  #scope: Scope | null = null

  constructor(options: RoutedTrainingOptions) {
    this.#options = options
  }

  start(scope: Scope = () => true): void {
    this.#scope = scope
    this.#look()
    for (const [id, training] of this.#trainings) training.start(this.#within(id))
  }

  hold(): void {
    this.#scope = null
    for (const training of this.#trainings.values()) training.hold()
  }

  running(): string[] {
    return [...this.#trainings.values()].flatMap(training => training.running())
  }

  async stop(runId: string, how: 'cancelled' | 'paused'): Promise<void> {
    const training = [...this.#trainings.values()].find(each => each.running().includes(runId))
    if (training) return training.stop(runId, how)
    const { runs } = this.#options.history
    if (how === 'cancelled') runs.cancel(runId)
    else runs.pause(runId)
  }

  async stopAll(how: Stopped): Promise<void> {
    this.hold()
    await Promise.all([...this.#trainings.values()].map(training => training.stopAll(how)))
  }

  subscribe(listener: (event: TrainingEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.hold()
    await Promise.all([...this.#trainings.values()].map(training => training.close()))
  }

  /** Finds the devices of studies that have come to the queue. */
  readonly #timer = setInterval(() => this.#look(), 1_000).unref()

  #look(): void {
    if (this.#scope === null) return
    try {
      const next = this.#options.history.runs.list({ statuses: ['queued'], archived: 'any' }).find(this.#scope)
      if (next && !this.#routes.has(next.studyId)) void this.#route(next.studyId)
    } catch (error) {
      this.hold()
      this.#tell({ kind: 'blocked', failure: failureOf(error) })
    }
  }

  async #route(studyId: string): Promise<void> {
    const { history, devicesFor, open } = this.#options
    this.#routes.set(studyId, null)
    try {
      const devices = await devicesFor(history.studies.get(studyId))
      for (const device of devices) {
        if (this.#trainings.has(device.id)) continue
        const training = open(device)
        training.subscribe(event => this.#tell(event))
        this.#trainings.set(device.id, training)
      }
      this.#routes.set(studyId, devices.map(({ id }) => id))
      if (this.#scope !== null) for (const { id } of devices) this.#trainings.get(id)!.start(this.#within(id))
    } catch (error) {
      this.#routes.delete(studyId)
      this.#fail(studyId, error)
    }
  }

  #fail(studyId: string, error: unknown): void {
    const { runs } = this.#options.history
    for (const { id } of runs.list({ studies: [studyId], statuses: ['queued'], archived: 'any' })) {
      if (this.#scope === null) return
      try {
        runs.fail(id, error)
        this.#tell({ kind: 'ended', run: runs.get(id), failure: failureOf(error) })
      } catch (problem) {
        this.hold()
        this.#tell({ kind: 'blocked', failure: failureOf(problem) })
      }
    }
  }

  /** What of the scope goes to a device. */
  #within(device: string): Scope {
    return run => this.#scope !== null && this.running().length < this.#options.workers && this.#scope(run) && this.#goesTo(run, device)
  }

  #goesTo({ studyId }: RunSummary, device: string): boolean {
    if (!this.#routes.has(studyId)) void this.#route(studyId)
    return this.#routes.get(studyId)?.includes(device) ?? false
  }

  #tell(event: TrainingEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}
