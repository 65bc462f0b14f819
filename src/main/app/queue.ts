import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { LabService, QueuedRun, QueueState } from '../../shared/contract/index.ts'
import { LabError } from '../../shared/errors.ts'
import type { RunStatus, RunSummary } from '../../shared/records.ts'
import type { Lab } from '../compose.ts'
import { OVER, requeue, STOPPED } from '../services/runs.ts'
import type { Trainer } from '../training/routed-training.ts'
import type { TrainingEvent } from '../training/training.ts'
import type { Changes } from './changes.ts'
import { jsonFile } from './json-file.ts'
import type { PaceBook } from './pace-book.ts'
import { queueOrder, type QueueOrder } from './queue-order.ts'

const LISTED = 500
const MILLISECONDS_BETWEEN = 250

export interface QueueOptions {
  readonly lab: Lab
  readonly folder: string
  readonly changes: Changes
  readonly paces: PaceBook
  readonly settings: () => {
    readonly workers: number | null
    readonly device: string
    readonly checkpointEverySeconds: number
  }
  readonly device: (id: string) => Promise<{ id: string; note: string }>
  /** Steps of a run of this study, for one that has not said it itself; null while it is not known. */
  readonly plannedSteps: (studyId: string) => number | null
  readonly isHidden: (run: RunSummary) => boolean
  /** Told of the runs that a person's command to the queue has changed. */
  readonly onCommanded: (runs: readonly string[]) => void
  readonly onProblem: (error: unknown) => void
}

/** How far a run is, and how far it is to go, as far as it has said. */
export type Progress = Pick<RunSummary, 'id' | 'studyId' | 'step' | 'epochs' | 'stepsPerEpoch'>

/** What trains in this app, and in which order. One training for each device that was asked for; older ones finish what they have. */
export class Queue {
  readonly #options: QueueOptions
  readonly #order: QueueOrder
  readonly #trainings: Trainer[] = []
  readonly #listeners = new Set<(event: TrainingEvent) => void>()
  readonly #watchers = new Set<() => void>()
  readonly #leftBehind: ReadonlySet<string>
  #workers: number
  #state: QueueState['state'] = 'held'
  #failure: QueueState['failure'] = null
  /** Ids of the waiting runs in their order, known for a turn of the event loop. */
  #line: readonly string[] | undefined
  #timer: NodeJS.Timeout | null = null

  constructor(options: QueueOptions) {
    this.#options = options
    const { folder, onProblem, lab } = options
    this.#order = queueOrder(
      jsonFile({ path: join(folder, 'queue.json'), schema: z.array(z.string()), fallback: [], onProblem }),
    )
    this.#leftBehind = new Set(lab.history.runs.list({ statuses: ['interrupted'] }).map(run => run.id))
    this.#workers = options.settings().workers ?? availableParallelism()
  }

  readonly service: LabService['queue'] = {
    get: () => this.state(),
    onChange: (_, emit, { congested }) => {
      emit(this.state())
      const watch = (): void => {
        if (congested()) this.touch()
        else emit(this.state())
      }
      this.#watchers.add(watch)
      return () => {
        this.#watchers.delete(watch)
      }
    },
    hold: async ({ stop }) => {
      this.#hold('held')
      if (stop) await Promise.all(this.#trainings.map(training => training.stopAll('paused')))
      return this.#changed()
    },
    open: async () => {
      await this.open()
      return this.#changed()
    },
    pause: ({ runs }) => this.#stop(runs, 'paused'),
    cancel: ({ runs }) => this.#stop(runs, 'cancelled'),
    resume: ({ runs }) => {
      const { history } = this.#options.lab
      history.together(() => {
        for (const id of runs) {
          const { status } = history.runs.get(id)
          if (OVER.includes(status))
            throw new LabError('run-over', `Run ${id} has been trained to its end (${status}).`)
          if (status !== 'running' && status !== 'queued') requeue(history, id)
        }
      })
      return this.#changed(runs)
    },
    restart: ({ runs }) => {
      try {
        this.#options.lab.history.runs.restart(runs)
      } finally {
        this.#tell(runs)
      }
      return this.state()
    },
    move: ({ runs, before }) => {
      this.#order.move(this.#waiting(), runs, before)
      return this.#changed(runs)
    },
    setWorkers: ({ workers }) => {
      this.#workers = Math.min(workers, availableParallelism())
      return this.#changed()
    },
  }

  /** Told what the trainings do, once it is stored. */
  subscribe(listen: (event: TrainingEvent) => void): () => void {
    this.#listeners.add(listen)
    return () => {
      this.#listeners.delete(listen)
    }
  }

  /** Takes up queued runs from now on, on the device of the settings. @throws LabError `no-device`, InputError */
  async open(): Promise<void> {
    const { device: id } = this.#options.settings()
    const device = await this.#options.device(id)
    this.#hold('open')
    this.#failure = null
    this.#trainingOn(device).start(this.#scope)
  }

  state(): QueueState {
    const { history } = this.#options.lab
    const waiting = this.#waiting()
    const list = (statuses: readonly RunStatus[]): RunSummary[] =>
      history.runs.list({ statuses }).filter(run => !this.#options.isHidden(run))
    const running = list(['running'])
    const stopped = list(STOPPED)
    return {
      state: this.#state,
      failure: this.#failure,
      workers: this.#workers,
      running: running.map(queued),
      waiting: waiting.slice(0, LISTED).map(queued),
      waitingCount: waiting.length,
      stopped: stopped.slice(0, LISTED).map(queued),
      stoppedCount: stopped.length,
      interruptedAtStart: stopped.filter(run => run.status === 'interrupted' && this.#leftBehind.has(run.id)).length,
      secondsLeft: this.#secondsLeft([...running, ...waiting]),
    }
  }

  /** Seconds to a run's planned end at the present speed; null while unknown. */
  runSecondsLeft(run: Progress): number | null {
    const speed = this.#options.paces.stepsPerSecond(run.id, run.studyId)
    const steps = this.#plannedSteps(run)
    return speed === null || steps === null ? null : Math.max(0, steps - run.step) / speed
  }

  /** Something about the queue is no longer as it was. */
  touch(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      for (const watch of this.#watchers) watch()
    }, MILLISECONDS_BETWEEN)
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#watchers.clear()
  }

  /** For runs that train and wait. Where threads train many runs together, as many as now are reckoned with to the end. */
  #secondsLeft(runs: readonly RunSummary[]): number | null {
    const seconds = runs.map(run => this.runSecondsLeft(run))
    if (seconds.length === 0) return 0
    if (seconds.some(each => each === null)) return null
    const crews = this.#trainings.flatMap(training => training.crews())
    const training = crews.flat().length
    const atATime = training > crews.length ? training : this.#workers
    return Math.max(...(seconds as number[]), (seconds as number[]).reduce((a, b) => a + b, 0) / atATime)
  }

  /** As the run has said, or as its study would have it; null while neither is known. */
  #plannedSteps({ studyId, epochs, stepsPerEpoch }: Progress): number | null {
    if (epochs !== null && stepsPerEpoch !== null) return epochs * stepsPerEpoch
    return this.#options.plannedSteps(studyId)
  }

  #waiting(): readonly RunSummary[] {
    return this.#order.sorted(
      this.#options.lab.history.runs
        .list({ statuses: ['queued'], archived: 'any' })
        .filter(run => !this.#options.isHidden(run)),
    )
  }

  /** Lets through the one run that is to be taken up next. */
  readonly #scope = (run: RunSummary): boolean => {
    if (this.#line === undefined) {
      this.#line = this.#waiting().map(({ id }) => id)
      queueMicrotask(() => {
        this.#line = undefined
      })
    }
    return run.id === this.#line[0]
  }

  #trainingOn(device: { id: string; note: string }): Trainer {
    const { checkpointEverySeconds } = this.#options.settings()
    const newest = this.#trainings.at(-1)
    if (newest && this.#device === `${device.id} ${checkpointEverySeconds}`) return newest
    const training: Trainer = this.#options.lab.training({
      device,
      workers: () => this.#workers - this.#threads() + training.crews().length,
      checkpointEverySeconds,
    })
    training.subscribe(this.#heard)
    this.#trainings.push(training)
    this.#device = `${device.id} ${checkpointEverySeconds}`
    return training
  }

  /** Threads that train. */
  #threads(): number {
    return this.#trainings.reduce((sum, training) => sum + training.crews().length, 0)
  }

  #device = ''

  readonly #heard = (event: TrainingEvent): void => {
    this.#line = event.kind === 'begun' ? this.#line?.filter(id => id !== event.run.id) : undefined
    if (event.kind === 'blocked') {
      this.#hold('blocked')
      this.#failure = event.failure
    }
    if (event.kind === 'begun' || event.kind === 'ended')
      this.#options.changes.note(['runs', 'studies'], [event.run.id])
    for (const listen of this.#listeners) listen(event)
    if (event.kind !== 'stored') this.touch()
  }

  #hold(state: QueueState['state']): void {
    for (const training of this.#trainings) training.hold()
    this.#state = state
  }

  async #stop(ids: readonly string[], how: 'paused' | 'cancelled'): Promise<QueueState> {
    const { history } = this.#options.lab
    const here = new Map(this.#trainings.flatMap(training => training.running().map(id => [id, training] as const)))
    history.together(() => {
      for (const id of ids) {
        if (here.has(id)) continue
        if (how === 'cancelled') history.runs.cancel(id)
        else history.runs.pause(id)
      }
    })
    try {
      await Promise.all([...here].filter(([id]) => ids.includes(id)).map(([id, training]) => training.stop(id, how)))
    } finally {
      this.#tell(ids)
    }
    return this.state()
  }

  #changed(runs: readonly string[] = []): QueueState {
    this.#tell(runs)
    return this.state()
  }

  /** What a command has done becomes known, and what waits is taken up; also where not all of it could be done. */
  #tell(runs: readonly string[]): void {
    this.#options.onCommanded(runs)
    this.#options.changes.note(['runs', 'studies'], runs)
    this.#line = undefined
    this.touch()
    const open = this.#trainings.at(-1)
    if (this.#state === 'open' && open) open.start(this.#scope)
  }
}

const queued = ({
  id,
  studyId,
  studyName,
  planId,
  planTitle,
  seed,
  status,
  epochsDone,
  epochs,
}: RunSummary): QueuedRun => ({ runId: id, studyId, studyName, planId, planTitle, seed, status, epochsDone, epochs })
