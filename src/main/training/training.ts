import { availableParallelism } from 'node:os'
import { LabError } from '../../shared/errors.ts'
import type { Environment, RunSummary } from '../../shared/records.ts'
import type { RunEvent } from '../../shared/run-events.ts'
import type { Claim } from '../history/claims.ts'
import { captureEnvironment } from '../history/environment.ts'
import type { History } from '../history/history.ts'
import { found } from '../services/found.ts'
import { Crew, kindOf } from './crew.ts'
import { failureOf, isGone } from './failure.ts'
import type { Failure, FromWorker } from './protocol.ts'
import { QueuedRuns } from './queued-runs.ts'
import { recorder, type Recorder } from './recorder.ts'
import { RunningRun, type Stopped } from './running-run.ts'
import { startThread, type StartWorker } from './thread.ts'

export interface TrainingOptions {
  readonly history: History
  readonly startWorker: StartWorker
  readonly device: Environment['device']
  readonly app: Environment['app']
  /** Every processor is to give the same bits, for studies that do not ask for it too. */
  readonly portable?: boolean | undefined
  /** Threads that may train here at the moment. Default: one a core. */
  readonly workers?: (() => number) | undefined
  /** Most runs that one thread trains together, as far as its device has room. Default 1. */
  readonly together?: number
  /** How often a run can be resumed from inside an epoch. Default 30. */
  readonly checkpointEverySeconds?: number | undefined
}

/** What the training of this process does, told once it is stored. */
export type TrainingEvent =
  | {
      readonly kind: 'begun'
      readonly run: RunSummary
      readonly resume: Pick<NonNullable<Claim['resume']>, 'epoch' | 'step'> | null
    }
  | { readonly kind: 'stored'; readonly runId: string; readonly events: readonly RunEvent[] }
  | { readonly kind: 'ended'; readonly run: RunSummary; readonly failure: Failure | null }
  /** The history cannot be used: no further run is taken up. */
  | { readonly kind: 'blocked'; readonly failure: Failure }

/** Which queued runs are taken up. */
export type Scope = (run: RunSummary) => boolean

const POLL_MS = 1_000
const REMOVED: Failure = { code: 'unknown-run', message: 'The run was removed from the history while it was trained.' }
const CHECKPOINT_SECONDS = 30

/**
 * Trains the history's queued runs in worker threads, oldest first: a run a thread, or on devices that take many runs together a cohort
 * a thread. A run for which there is no room holds up those behind it. Several processes may do so on one history: each run is trained
 * by one of them.
 */
export class Training {
  readonly #options: TrainingOptions
  readonly #environment: Environment
  readonly #workers: () => number
  readonly #together: number
  readonly #crews = new Set<Crew>()
  readonly #running = new Map<string, RunningRun>()
  readonly #kinds = new Map<string, string>()
  readonly #listeners = new Set<(event: TrainingEvent) => void>()
  readonly #recorder: Recorder
  readonly #timer: NodeJS.Timeout
  #scope: Scope | null = null
  /** Until the end of the turn in which runs were taken up. */
  #turn: NodeJS.Immediate | undefined
  #again = false

  constructor(options: TrainingOptions) {
    this.#options = options
    this.#environment = captureEnvironment(options.app, options.device)
    this.#workers = options.workers ?? availableParallelism
    this.#together = options.together ?? 1
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

  /** The same by the thread that trains them. */
  crews(): string[][] {
    return [...this.#crews].filter(({ isIdle }) => !isIdle).map(({ runs }) => [...runs.keys()])
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
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Stops all, to be resumed later, and ends the threads. */
  async close(): Promise<void> {
    await this.stopAll('interrupted')
    clearInterval(this.#timer)
    clearImmediate(this.#turn)
    await this.#endIdle()
  }

  #tell(event: TrainingEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  /**
   * Takes up queued runs, once in a turn of the process. A thread that gets its next run while its messages are heard may send so many
   * that nothing else comes to its turn, such as a signal.
   */
  #pumpInTurn(): void {
    if (this.#turn !== undefined) {
      this.#again = true
      return
    }
    this.#turn = setImmediate(() => {
      this.#turn = undefined
      if (this.#again) this.#pumpInTurn()
    })
    this.#again = false
    this.#pump()
  }

  /** Takes up queued runs as long as there is room for them. */
  #pump(): void {
    try {
      if (this.#scope !== null && this.#hasRoom()) this.#fill(new QueuedRuns(this.#options.history.runs))
    } catch (error) {
      this.#block(error)
    }
    void this.#endIdle()
    this.#shareThreads()
  }

  /** Where fewer runs are trained than there are threads, each may use several. */
  #shareThreads(): void {
    const each = Math.max(1, Math.floor(this.#workers() / this.crews().length))
    for (const run of this.#running.values()) run.useThreads(each)
  }

  /** Whether any run might be taken up. */
  #hasRoom(): boolean {
    return [...this.#crews].some(crew => !crew.isIdle && crew.hasRoom) || this.crews().length < this.#workers()
  }

  #fill(queued: QueuedRuns): void {
    while (this.#scope !== null) {
      const next = queued.find(this.#scope)
      const crew = next && this.#crewFor(next)
      if (!next || !crew || !this.#take(next, crew, queued)) return
      queued.drop(next)
    }
  }

  /** The crew that has room for a run. One kind of run is trained by one cohort: what finds it full, or about to open, has to wait. */
  #crewFor({ studyId }: RunSummary): Crew | null {
    const kind = this.#kindOf(studyId)
    const alike = [...this.#crews].filter(crew => !crew.isIdle && crew.kind === kind)
    const open = alike.find(({ hasRoom }) => hasRoom)
    if (open) return open
    if (alike.some(({ capacity }) => capacity !== 1) || this.crews().length >= this.#workers()) return null
    const crew = [...this.#crews].find(({ isIdle }) => isIdle) ?? this.#open()
    crew.kind = kind
    crew.capacity = this.#together === 1 ? 1 : null
    return crew
  }

  #kindOf(studyId: string): string {
    if (this.#together === 1) return ''
    const kind = this.#kinds.get(studyId) ?? kindOf(this.#options.history.studies.get(studyId).spec)
    this.#kinds.set(studyId, kind)
    return kind
  }

  /** @param queued among which the run is @returns false when the run is still queued though it could not be had: the queue is to be looked at later */
  #take(run: RunSummary, crew: Crew, queued: QueuedRuns): boolean {
    const { runs } = this.#options.history
    try {
      const claim = runs.claim(run.id, { environment: this.#environment })
      const most = this.#together - crew.runs.size
      const alike = queued.count(({ studyId }) => this.#kindOf(studyId) === crew.kind, most)
      this.#begin(runs.get(run.id), claim, { crew, together: crew.runs.size + alike })
    } catch (error) {
      const failure = failureOf(error)
      if (isGone(failure)) return found(() => runs.get(run.id))?.status !== 'queued'
      if (failure.code !== 'checkpoint-damaged') throw error
      this.#giveUp(run, failure)
    }
    return true
  }

  #begin(run: RunSummary, { resume }: Claim, { crew, together }: { crew: Crew; together: number }): void {
    const { history, device, portable = false, checkpointEverySeconds = CHECKPOINT_SECONDS } = this.#options
    const running = new RunningRun(run, message => crew.thread.send(message))
    crew.runs.set(run.id, running)
    this.#running.set(run.id, running)
    this.#tell({ kind: 'begun', run, resume: resume && { epoch: resume.epoch, step: resume.step } })
    const { spec } = history.studies.get(run.studyId)
    crew.thread.send({
      kind: 'train',
      runId: run.id,
      study: spec,
      planId: run.planId,
      seed: run.seed,
      device: device.id,
      portable: portable || spec.training.portable === true,
      together,
      resume: resume && { last: resume.last, best: resume.best },
      checkpointEverySeconds,
      cancel: running.cancel,
    })
  }

  #open(): Crew {
    const crew: Crew = new Crew(
      startThread(this.#options.startWorker, {
        onMessage: message => this.#hear(crew, message),
        onDead: error => {
          this.#crews.delete(crew)
          this.#finish(crew, [...crew.runs.values()], failureOf(error))
        },
      }),
    )
    this.#crews.add(crew)
    return crew
  }

  #hear(crew: Crew, message: Exclude<FromWorker, { kind: 'beat' }>): void {
    const run = 'runId' in message ? crew.runs.get(message.runId) : undefined
    if (!run) return
    if (message.kind === 'events') this.#recorder.add(run.runId, run.toStore(message.events))
    else if (message.kind === 'ended') this.#finish(crew, [run], message.failure)
    else if (message.kind === 'room' && crew.capacity !== message.runs) {
      crew.capacity = message.runs
      this.#pump()
    }
  }

  readonly #stored = (runId: string, events: readonly RunEvent[]): void => {
    this.#running.get(runId)?.stored(events.length)
    this.#tell({ kind: 'stored', runId, events })
  }

  readonly #refused = (runId: string, error: unknown): void => {
    this.#running.get(runId)?.refuse(failureOf(error))
  }

  #finish(crew: Crew, ended: readonly RunningRun[], failure: Failure | null): void {
    this.#recorder.flush()
    for (const run of ended) {
      crew.runs.delete(run.runId)
      this.#running.delete(run.runId)
    }
    for (const run of ended) {
      const reason = run.failure ?? failure
      if (reason) this.#giveUp(run.run, reason)
      else this.#leave(run)
      run.end()
    }
    this.#pumpInTurn()
  }

  #leave({ run, stoppedAs }: RunningRun): void {
    const { runs } = this.#options.history
    this.#unlessGone(() => {
      if (stoppedAs !== null) runs.release(run.id, stoppedAs)
    })
    this.#tellEnd(run, null)
  }

  #giveUp(run: RunSummary, failure: Failure): void {
    const { runs } = this.#options.history
    this.#unlessGone(() => runs.fail(run.id, new LabError(failure.code, failure.message)))
    this.#tellEnd(run, failure)
  }

  /** Says how a run stands in the history; of one that is no longer there, that it was removed. */
  #tellEnd(known: RunSummary, failure: Failure | null): void {
    const { runs } = this.#options.history
    try {
      const run = found(() => runs.get(known.id))
      if (run) this.#tell({ kind: 'ended', run, failure })
      else this.#tell({ kind: 'ended', run: { ...known, status: 'failed', error: REMOVED }, failure: REMOVED })
    } catch (error) {
      this.#block(error)
    }
  }

  /** Does something with a run that another process may have taken, ended or removed by now. */
  #unlessGone(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!isGone(failureOf(error))) this.#block(error)
    }
  }

  #block(error: unknown): void {
    this.hold()
    this.#tell({ kind: 'blocked', failure: failureOf(error) })
  }

  async #endIdle(): Promise<void> {
    const idle = [...this.#crews].filter(({ isIdle }) => isIdle)
    for (const crew of idle) this.#crews.delete(crew)
    await Promise.all(idle.map(({ thread }) => thread.end()))
  }
}
