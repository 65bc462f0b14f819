import { availableParallelism } from 'node:os'
import { LabError } from '../../shared/errors.ts'
import type { Environment, RunSummary } from '../../shared/records.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import type { Claim } from '../history/claims.ts'
import { captureEnvironment } from '../history/environment.ts'
import type { History } from '../history/history.ts'
import { failureOf } from './failure.ts'
import type { Failure, FromWorker } from './protocol.ts'
import { recorder, type Recorder } from './recorder.ts'
import { RunningRun, type Stopped } from './running-run.ts'
import { startThread, type StartWorker, type Thread } from './thread.ts'

export interface TrainingOptions {
  readonly history: History
  readonly startWorker: StartWorker
  readonly device: Environment['device']
  readonly app: Environment['app']
  /** Runs trained at a time. Default: one a core. */
  readonly workers?: number | undefined
  /** How often a run can be resumed from inside an epoch. Default 30. */
  readonly checkpointEverySeconds?: number | undefined
}

/** What the training of this process does, told once it is stored. */
export type TrainingEvent =
  | { readonly kind: 'begun', readonly run: RunSummary, readonly resume: Pick<NonNullable<Claim['resume']>, 'epoch' | 'step'> | null }
  | { readonly kind: 'stored', readonly runId: string, readonly events: readonly RunEvent[] }
  | { readonly kind: 'ended', readonly run: RunSummary, readonly failure: Failure | null }
  /** The history cannot be used: no further run is taken up. */
  | { readonly kind: 'blocked', readonly failure: Failure }

/** Which queued runs are taken up. */
export type Scope = (run: RunSummary) => boolean

const POLL_MS = 1_000
const CHECKPOINT_SECONDS = 30

/**
 * Trains the history's queued runs in worker threads, one run a thread, oldest first. Several processes may do so on one history:
 * each run is trained by one of them.
 */
export class Training {
  readonly #options: TrainingOptions
  readonly #environment: Environment
  readonly #most: number
  readonly #running = new Map<string, RunningRun>()
  readonly #byThread = new Map<Thread, RunningRun>()
  readonly #idle = new Set<Thread>()
  readonly #listeners = new Set<(event: TrainingEvent) => void>()
  readonly #recorder: Recorder
  readonly #timer: NodeJS.Timeout
  #scope: Scope | null = null

  constructor(options: TrainingOptions) {
    this.#options = options
    this.#environment = captureEnvironment(options.app, options.device)
    this.#most = options.workers ?? availableParallelism()
    this.#recorder = recorder({ history: options.history, onStored: this.#stored, onRefused: this.#refused })
    this.#timer = setInterval(() => this.#pump(), POLL_MS)
    this.#timer.unref()
  }

  /** Takes up queued runs from now on: all, or those within `scope`. */
  start(scope: Scope = () => true): void {
    this.#scope = scope
    this.#pump()
  }

  /** Takes up no further run; those that are being trained here go on. */
  hold(): void {
    this.#scope = null
  }

  /** Ids of the runs that are being trained here. */
  running(): string[] {
    return [...this.#running.keys()]
  }

  /** Stops a run that is being trained here, within a step and with a checkpoint, or takes one out of the queue. @throws LabError `run-taken`, `run-over`, `unknown-run` */
  async stop(runId: string, how: 'cancelled' | 'paused'): Promise<void> {
    const run = this.#running.get(runId)
    if (run) return run.stop(how)
    const { runs } = this.#options.history
    if (how === 'cancelled') runs.cancel(runId)
    else runs.pause(runId)
  }

  /** Takes up no further run and stops those that are being trained here. */
  async stopAll(how: Stopped): Promise<void> {
    this.hold()
    await Promise.all([...this.#running.values()].map(run => run.stop(how)))
  }

  subscribe(listener: (event: TrainingEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }

  /** Stops all, to be resumed later, and ends the threads. */
  async close(): Promise<void> {
    await this.stopAll('interrupted')
    clearInterval(this.#timer)
    await this.#endIdle()
  }

  #tell(event: TrainingEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /** Takes up queued runs as long as there are threads for them. */
  #pump(): void {
    try {
      while (this.#scope !== null && this.#running.size < this.#most) {
        const next = this.#options.history.runs.list({ statuses: ['queued'], archived: 'any' }).find(this.#scope)
        if (!next || !this.#take(next)) break
      }
    } catch (error) {
      this.#block(error)
    }
    if (this.#running.size < this.#most) void this.#endIdle()
  }

  /** @returns false when the run is still queued though it could not be had: the queue is to be looked at later */
  #take({ id }: RunSummary): boolean {
    const { runs } = this.#options.history
    try {
      const claim = runs.claim(id, { environment: this.#environment })
      this.#begin(runs.get(id), claim)
    } catch (error) {
      const failure = failureOf(error)
      if (failure.code === 'run-taken' || failure.code === 'run-over') return runs.get(id).status !== 'queued'
      if (failure.code !== 'checkpoint-damaged') throw error
      this.#giveUp(id, failure)
    }
    return true
  }

  #begin(run: RunSummary, { resume }: Claim): void {
    const { history, device, checkpointEverySeconds = CHECKPOINT_SECONDS } = this.#options
    const [thread = this.#open()] = this.#idle
    this.#idle.delete(thread)
    const running = new RunningRun(run.id, thread)
    this.#byThread.set(thread, running)
    this.#running.set(run.id, running)
    this.#tell({ kind: 'begun', run, resume: resume && { epoch: resume.epoch, step: resume.step } })
    thread.send({
      kind: 'train', study: history.studies.get(run.studyId).spec, planId: run.planId, seed: run.seed, device: device.id,
      resume: resume && { last: resume.last, best: resume.best }, checkpointEverySeconds, cancel: running.cancel,
    })
  }

  #open(): Thread {
    const thread: Thread = startThread(this.#options.startWorker, {
      onMessage: message => this.#hear(thread, message),
      onDead: error => {
        this.#idle.delete(thread)
        const run = this.#byThread.get(thread)
        if (run) this.#finish(run, failureOf(error))
      },
    })
    return thread
  }

  #hear(thread: Thread, message: Exclude<FromWorker, { kind: 'beat' }>): void {
    const run = this.#byThread.get(thread)
    if (!run) return
    if (message.kind === 'events') this.#recorder.add(run.runId, run.toStore(message.events))
    else if (message.kind === 'ended') {
      this.#idle.add(thread)
      this.#finish(run, message.failure)
    }
  }

  readonly #stored = (runId: string, events: readonly RunEvent[]): void => {
    this.#running.get(runId)?.thread.send({ kind: 'stored', events: events.length })
    this.#tell({ kind: 'stored', runId, events })
  }

  readonly #refused = (runId: string, error: unknown): void => {
    this.#running.get(runId)?.refuse(failureOf(error))
  }

  #finish(run: RunningRun, failure: Failure | null): void {
    this.#byThread.delete(run.thread)
    this.#recorder.flush()
    this.#running.delete(run.runId)
    const reason = run.failure ?? failure
    if (reason) this.#giveUp(run.runId, reason)
    else this.#leave(run)
    run.end()
    this.#pump()
  }

  #leave({ runId, stoppedAs }: RunningRun): void {
    const { runs } = this.#options.history
    try {
      if (stoppedAs !== null) runs.release(runId, stoppedAs)
      this.#tell({ kind: 'ended', run: runs.get(runId), failure: null })
    } catch (error) {
      this.#block(error)
    }
  }

  #giveUp(runId: string, failure: Failure): void {
    const { runs } = this.#options.history
    try {
      runs.fail(runId, new LabError(failure.code, failure.message))
    } catch (error) {
      // Another process has the run by now, or it is gone.
      if (!['run-taken', 'run-over', 'unknown-run'].includes(failureOf(error).code)) this.#block(error)
    }
    this.#tell({ kind: 'ended', run: runs.get(runId), failure })
  }

  #block(error: unknown): void {
    this.hold()
    this.#tell({ kind: 'blocked', failure: failureOf(error) })
  }

  async #endIdle(): Promise<void> {
    const threads = [...this.#idle]
    this.#idle.clear()
    await Promise.all(threads.map(thread => thread.end()))
  }
}
