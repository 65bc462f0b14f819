import type { Environment, RunSummary, Study } from '../../shared/records.ts'
import type { History } from '../history/history.ts'
import { failureOf, isGone } from './failure.ts'
import { QueuedRuns } from './queued-runs.ts'
import type { Stopped } from './running-run.ts'
import type { Scope, Training, TrainingEvent } from './training.ts'

/** Trains queued runs, as `Training` does. */
export type Trainer = Pick<
  Training,
  'start' | 'hold' | 'running' | 'crews' | 'stop' | 'stopAll' | 'subscribe' | 'close'
>

/** A device that trains a study's runs. */
export interface Route {
  readonly device: Environment['device']
  /** Most runs of the study that it trains at a time, so that the other devices get their share; null: as many as it has room for. */
  readonly most: number | null
}

export interface RoutedTrainingOptions {
  readonly history: Pick<History, 'studies' | 'runs'>
  /** On which devices a study's runs are trained, the fastest first. */
  readonly routesFor: (study: Study) => Promise<readonly Route[]>
  /** @param workers threads that may train on the device at the moment */
  readonly open: (device: Environment['device'], workers: () => number) => Training
  /** Threads that may train at the moment, over all devices. */
  readonly workers: () => number
}

/**
 * Trains runs on the devices that their study is to be trained on; several devices share one study's runs, the faster ones taking up
 * runs first. A study whose devices are not to be had fails, run by run, with the reason.
 */
export class RoutedTraining implements Trainer {
  readonly #options: RoutedTrainingOptions
  readonly #trainings = new Map<string, Training>()
  /** By study; null while they are being found. */
  readonly #routes = new Map<string, readonly Route[] | null>()
  /** Of the runs that are being trained. */
  readonly #studyOf = new Map<string, string>()
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

  crews(): string[][] {
    return [...this.#trainings.values()].flatMap(training => training.crews())
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
    return () => {
      this.#listeners.delete(listener)
    }
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
      const next = new QueuedRuns(this.#options.history.runs).find(this.#scope)
      if (next && !this.#routes.has(next.studyId)) void this.#route(next.studyId)
    } catch (error) {
      this.hold()
      this.#tell({ kind: 'blocked', failure: failureOf(error) })
    }
  }

  async #route(studyId: string): Promise<void> {
    const { history, routesFor } = this.#options
    this.#routes.set(studyId, null)
    try {
      const routes = await routesFor(history.studies.get(studyId))
      for (const { device } of routes) if (!this.#trainings.has(device.id)) this.#open(device)
      this.#routes.set(studyId, routes)
      if (this.#scope !== null)
        for (const {
          device: { id },
        } of routes)
          this.#trainings.get(id)!.start(this.#within(id))
    } catch (error) {
      this.#routes.delete(studyId)
      this.#fail(studyId, error)
    }
  }

  #open(device: Environment['device']): void {
    const training: Training = this.#options.open(
      device,
      () => this.#options.workers() - this.crews().length + training.crews().length,
    )
    training.subscribe(event => {
      if (event.kind === 'begun') this.#studyOf.set(event.run.id, event.run.studyId)
      if (event.kind === 'ended') this.#studyOf.delete(event.run.id)
      this.#tell(event)
    })
    this.#trainings.set(device.id, training)
  }

  #fail(studyId: string, error: unknown): void {
    const { runs } = this.#options.history
    for (const { id } of runs.list({ studies: [studyId], statuses: ['queued'], archived: 'any' })) {
      if (this.#scope === null) return
      try {
        runs.fail(id, error)
        this.#tell({ kind: 'ended', run: runs.get(id), failure: failureOf(error) })
      } catch (problem) {
        // Another process has taken, ended or removed it meanwhile: nothing is to be said of it here.
        if (isGone(failureOf(problem))) continue
        this.hold()
        this.#tell({ kind: 'blocked', failure: failureOf(problem) })
      }
    }
  }

  /** What of the scope goes to a device. */
  #within(device: string): Scope {
    return run => this.#scope !== null && this.#scope(run) && this.#goesTo(run, device)
  }

  #goesTo({ studyId }: RunSummary, device: string): boolean {
    if (!this.#routes.has(studyId)) void this.#route(studyId)
    const route = this.#routes.get(studyId)?.find(each => each.device.id === device)
    if (!route) return false
    return (
      route.most === null ||
      this.#trainings
        .get(device)!
        .running()
        .filter(id => this.#studyOf.get(id) === studyId).length < route.most
    )
  }

  #tell(event: TrainingEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}
