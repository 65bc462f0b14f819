import { LabError } from '../../../shared/errors.ts'
import type { RunStatus, RunSummary } from '../../../shared/records.ts'
import type { RunEvent } from '../../../shared/run-events.ts'
import type { History } from '../../history/history.ts'
import { queueStopped } from '../../services/runs.ts'
import type { Failure } from '../../training/protocol.ts'
import type { Trainer } from '../../training/routed-training.ts'
import type { TrainingEvent } from '../../training/training.ts'
import { onParentGone, onStopSignals, signalExit, type StopSignal } from '../../stop-signals.ts'
import type { TrainView } from './train-view.ts'

export interface TrainingEnd {
  /** The signal that ended it early. */
  readonly signal: StopSignal | null
  /** The runs that failed here, with the reason. */
  readonly failures: ReadonlyMap<string, Failure>
  /** Why the history could not be used any more. */
  readonly blocked: Failure | null
  readonly runs: readonly RunSummary[]
}

const POLL_MS = 1_000
/** A look at all runs is taken again after so many times as long as it took. */
const LOOK_SHARE = 50
/** Of runs that are read to see whether any is open. */
const PAGE = 64
const OPEN: readonly RunStatus[] = ['queued', 'running']

/** A resumed run does not repeat to the bit what it would have done where the processor rounds in another way. */
function warnOfMix(view: TrainView, runId: string, event: RunEvent): void {
  if (event.kind !== 'start' || event.arithmeticBefore === undefined) return
  view.note(
    `Run ${runId} goes on ${event.arithmetic ?? 'on a device that always rounds alike'} from a checkpoint that was computed ${event.arithmeticBefore}: it will not equal, in its last bits, what either would have given.`,
  )
}

/**
 * Trains runs until each of them has ended, those that other processes train too; the runs of one that dies are gone on with here.
 * The first signal stops them with a checkpoint each, as does the end of what has started this process; a later Ctrl-C ends the process.
 */
export function trainUntilDone(
  parts: { history: History; training: Trainer },
  ids: readonly string[],
  view: TrainView,
): Promise<TrainingEnd> {
  return new TrainingToTheEnd(parts, ids, view).end()
}

class TrainingToTheEnd {
  readonly #history: History
  readonly #training: Trainer
  readonly #view: TrainView
  readonly #scope: ReadonlySet<string>
  readonly #studies: readonly string[]
  readonly #failures = new Map<string, Failure>()
  #blocked: Failure | null = null
  #signal: StopSignal | null = null
  #wake = (): void => {}

  constructor({ history, training }: { history: History; training: Trainer }, ids: readonly string[], view: TrainView) {
    this.#history = history
    this.#training = training
    this.#view = view
    this.#scope = new Set(ids)
    this.#studies = [...new Set(ids.map(id => history.runs.get(id).studyId))]
  }

  async end(): Promise<TrainingEnd> {
    const releases = [
      this.#training.subscribe(event => this.#hear(event)),
      onStopSignals((received, asked) => {
        if (asked === 'at once') process.exit(signalExit(received))
        this.#stop(received, '')
      }),
      onParentGone(() => this.#stop('SIGHUP', 'What started this has gone. ')),
    ]
    try {
      await this.#train()
      this.#lookForHome()
      return this.#ended(this.#runs())
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      this.#blocked = { code: error.code, message: error.message }
      return this.#ended([])
    } finally {
      for (const release of releases) release()
    }
  }

  async #train(): Promise<void> {
    this.#training.start(({ id }) => this.#scope.has(id))
    let nextLook = 0
    while (!this.#isOver()) {
      const began = performance.now()
      if (began >= nextLook) {
        this.#view.update(this.#runs())
        // Of very many runs a look takes long.
        nextLook = performance.now() + Math.max(POLL_MS, LOOK_SHARE * (performance.now() - began))
      }
      await this.#turn()
      this.#lookForHome()
      if (this.#isGoingOn()) queueStopped(this.#history, { studies: this.#studies, statuses: ['interrupted'] })
    }
  }

  /** Where the history has gone from its place, training stops with a checkpoint of each run, beside. */
  #lookForHome(): void {
    const gone = this.#history.gone()
    if (!gone || this.#blocked) return
    this.#blocked = { code: gone.code, message: gone.message }
    void this.#training.stopAll('interrupted')
  }

  #turn(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, POLL_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #hear(event: TrainingEvent): void {
    if (event.kind === 'begun') this.#failures.delete(event.run.id)
    if (event.kind === 'ended' && event.failure) this.#failures.set(event.run.id, event.failure)
    if (event.kind === 'blocked') {
      this.#blocked = event.failure
      void this.#training.stopAll('interrupted')
    }
    this.#view.event(event)
    if (event.kind === 'stored') for (const one of event.events) warnOfMix(this.#view, event.runId, one)
    if (event.kind === 'blocked' || event.kind === 'ended') this.#wake()
  }

  #stop(by: StopSignal, why: string): void {
    if (this.#signal !== null) return
    this.#signal = by
    const how = by === 'SIGINT' ? ' Ctrl-C again stops at once.' : ''
    this.#view.note(`${why}Stopping with a checkpoint of each run.${how}`)
    void this.#training.stopAll('cancelled')
    this.#wake()
  }

  #isGoingOn(): boolean {
    return this.#signal === null && this.#blocked === null
  }

  #isOver(): boolean {
    return this.#training.running().length === 0 && !(this.#isGoingOn() && this.#hasOpen())
  }

  #hasOpen(): boolean {
    const open = (limit: number): RunSummary[] =>
      this.#history.runs.list({ studies: this.#studies, statuses: OPEN, archived: 'any', limit })
    const isMine = ({ id }: RunSummary): boolean => this.#scope.has(id)
    const first = open(PAGE)
    return first.some(isMine) || (first.length === PAGE && open(-1).some(isMine))
  }

  #runs(): RunSummary[] {
    const runs = this.#history.runs.list({ studies: this.#studies, archived: 'any' })
    return runs.filter(({ id }) => this.#scope.has(id))
  }

  #ended(runs: readonly RunSummary[]): TrainingEnd {
    return { signal: this.#signal, failures: this.#failures, blocked: this.#blocked, runs }
  }
}
