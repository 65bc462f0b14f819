import { stepsOf } from '../../../engine/train/lessons.ts'
import type { RunStatus, RunSummary, Study } from '../../../shared/records.ts'
import type { EpochEvent, RunEvent } from '../../../shared/run-events.ts'
import { figures, type Score } from '../../../shared/score.ts'
import { languageOf } from '../../services/check-study.ts'
import { fixed } from './words.ts'

/** A run as progress shows it. */
export interface RunProgress {
  readonly id: string
  readonly studyId: string
  readonly plan: string
  readonly seed: number
  status: RunStatus
  /** Whether it is trained by this process. */
  here: boolean
  /** Epochs done and steps done; how many there will be at most. */
  epoch: number
  epochs: number
  step: number
  steps: number
  /** Mean training loss of the newest steps, nats per symbol; NaN before the first. */
  loss: number
  /** What the newest epoch scored on the validation strings, in words; empty before the first. */
  validation: string
  stepsPerSecond: number
}

/** Over what stretch the speed is taken from which the time left follows, milliseconds. */
const SPEED_WINDOW = 60_000
const AT_REST: readonly RunStatus[] = ['finished', 'stopped-early', 'diverged']

/** How far the runs of some studies have come. Its clock is given with every call, in milliseconds. */
export class Progress {
  readonly studies: readonly Study[]
  readonly runs: readonly RunProgress[]
  readonly #byId: ReadonlyMap<string, RunProgress>
  readonly #began: number
  #speed: { time: number; done: number }[] = []

  constructor(studies: readonly Study[], runs: readonly RunSummary[], now: number) {
    this.studies = studies
    const specOf = new Map(studies.map(({ id, spec }) => [id, spec]))
    this.runs = runs.map(run => {
      const spec = specOf.get(run.studyId)!
      const { training } = spec
      const steps = training.epochs * (run.stepsPerEpoch ?? stepsOf(spec, languageOf(spec)))
      return {
        id: run.id,
        studyId: run.studyId,
        plan: run.planTitle,
        seed: run.seed,
        status: run.status,
        here: false,
        epoch: run.epochsDone,
        epochs: training.epochs,
        step: run.step,
        steps,
        loss: NaN,
        validation: '',
        stepsPerSecond: 0,
      }
    })
    this.#byId = new Map(this.runs.map(run => [run.id, run]))
    this.#began = now
  }

  get(id: string): RunProgress | undefined {
    return this.#byId.get(id)
  }

  /** A run that is now trained here, from the step given. */
  begin(id: string, { epoch, step }: { epoch: number; step: number }): void {
    const run = this.#byId.get(id)
    if (run) Object.assign(run, { status: 'running', here: true, epoch, step })
  }

  add(id: string, events: readonly RunEvent[]): void {
    const run = this.#byId.get(id)
    if (!run) return
    for (const event of events) {
      if (event.kind === 'progress')
        Object.assign(run, { step: event.step, loss: event.loss, stepsPerSecond: event.stepsPerSecond })
      if (event.kind === 'epoch') this.#addEpoch(run, event)
    }
  }

  #addEpoch(run: RunProgress, { epoch, step, validation, trainLoss }: EpochEvent): void {
    const loss = Number.isFinite(run.loss) ? run.loss : trainLoss
    Object.assign(run, {
      epoch: epoch + 1,
      step,
      loss,
      validation: validationText(validation),
    })
  }

  /** What the history says, also of runs that other processes train. */
  update({ id, status, epochsDone, step }: Pick<RunSummary, 'id' | 'status' | 'epochsDone' | 'step'>): void {
    const run = this.#byId.get(id)
    if (!run) return
    if (run.here && status === 'running') return
    Object.assign(run, { status, here: false, epoch: epochsDone, step })
  }

  /** Runs that are trained to their end. */
  get done(): number {
    return this.runs.filter(({ status }) => AT_REST.includes(status)).length
  }

  /** Share of the steps that are done, of those there will be as far as can be told. */
  get share(): number {
    const all = this.runs.reduce((sum, run) => sum + this.#expected(run), 0)
    return all > 0 ? Math.min(1, this.#stepsDone() / all) : 1
  }

  elapsed(now: number): number {
    return (now - this.#began) / 1000
  }

  /** Seconds until all runs are done at the pace of the last minute; null while that is unknown. To be asked again and again. */
  left(now: number): number | null {
    const done = this.#stepsDone()
    this.#speed.push({ time: now, done })
    this.#speed = this.#speed.filter(({ time }, i, all) => now - time <= SPEED_WINDOW || i === all.length - 1)
    const first = this.#speed[0]!
    if (now - first.time < 2_000 || done <= first.done) return null
    const rest = this.runs.reduce((sum, run) => sum + Math.max(0, this.#expected(run) - this.#counted(run)), 0)
    return (rest * (now - first.time)) / (done - first.done) / 1000
  }

  /** Whether runs may end earlier than reckoned with. */
  get atMost(): boolean {
    return this.studies.some(({ spec }) => spec.training.earlyStop !== null)
  }

  #stepsDone(): number {
    return this.runs.reduce((sum, run) => sum + this.#counted(run), 0)
  }

  #counted(run: RunProgress): number {
    return Math.min(run.step, this.#expected(run))
  }

  /** Steps that the run will have done: all, or what it came to; early stops of other runs are not foreseen. */
  #expected(run: RunProgress): number {
    return AT_REST.includes(run.status) ? run.step : run.steps
  }
}

/** Cross-entropy above the bound where the exact distribution is known, otherwise perplexity. */
export function validationText(score: Score): string {
  const { aboveBound, perplexity } = figures(score)
  if (aboveBound === null || !Number.isFinite(aboveBound)) return `perplexity ${perplexity.toPrecision(4)}`
  const text = fixed(aboveBound, 3)
  return `${text.startsWith('-') ? '' : '+'}${text} nats above the bound`
}
