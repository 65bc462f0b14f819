import { LabError } from '../../shared/errors.ts'
import type { EpochEvent, LengthScore, RunEvent } from '../../shared/run-events.ts'
import { figures, type Score } from '../../shared/score.ts'
import type { FreezePlan, StudySpec } from '../../shared/study.ts'
import { restoreChance } from '../chance.ts'
import { settle, type Batch, type StepResult } from '../devices/device.ts'
import { predictionsIn } from './evaluate.ts'
import { lessonsOf, natsOf, type Lessons } from './lessons.ts'
import type { Language } from '../tasks/task.ts'
import {
  arithmeticOf,
  identify,
  readBest,
  restoreLast,
  writeBest,
  writeLast,
  writeSnapshot,
  type RunIdentity,
} from './checkpoint.ts'
import { advancePlan, frozenAt, resolvePlan, type ResolvedPlan } from './freeze-plan.ts'
import { initialWeights } from './initialise.ts'
import { pace, type Pace } from './pace.ts'
import { perSecond, progressMeter, type ProgressMeter } from './progress.ts'
import { EPOCH_START, initialState, type RunState } from './run-state.ts'
import { clipNormOf, decayed, endBefore, stalledFor } from './schedules.ts'
import { mostSnapshots, snapshotEpochs } from './snapshots.ts'
import {
  componentHashes,
  hashOf,
  settledWeights,
  updateNorms,
  writeWeights,
  type Trainee,
  type Weights,
} from './weights.ts'

export interface TrainOptions {
  readonly study: StudySpec
  /** One of the study's plans, and one of its seeds. */
  readonly plan: FreezePlan
  readonly seed: number
  /** Opened for this run alone, with the study's optimizer; the caller disposes of it. At the run's end it holds the last weights. */
  readonly executor: Trainee
  readonly language: Language
  /** The run's newest checkpoints; `best` is needed once an epoch has ended. */
  readonly resume?: { readonly last: Uint8Array; readonly best?: Uint8Array | null } | undefined
  /** Aborting it ends the run within one step (or one batch of an evaluation), with a `last` checkpoint and `done` as `cancelled`. */
  readonly signal?: AbortSignal | undefined
  /** How often, inside an epoch, a `last` checkpoint is made: 0 after every step, Infinity never. */
  readonly checkpointEverySeconds?: number
  /** Milliseconds between two `progress` events, at least. Default 100. */
  readonly progressEvery?: number
  /** Milliseconds of a clock that never runs backwards. */
  readonly now?: () => number
}

/** What of a run is not in its state: made anew when it resumes. */
interface Run extends Required<Pick<TrainOptions, 'study' | 'seed' | 'executor' | 'language'>> {
  readonly plan: ResolvedPlan
  readonly identity: RunIdentity
  readonly state: RunState
  readonly lessons: Lessons
  readonly pace: Pace
  readonly meter: ProgressMeter
  readonly clipNorm: number | null
  /** Milliseconds. */
  readonly checkpointEvery: number
  /** Epochs done at which weights are kept, whatever happens then; null: no weights are kept along the way. */
  readonly snapshots: ReadonlySet<number> | null
  /** Weights of the best validation epoch. */
  best: Weights | null
  diverged: boolean
  /** In the epoch that is under way, since it began or was resumed. */
  stepsPerSecond: number
}

type DoneReason = Extract<RunEvent, { kind: 'done' }>['reason']

/**
 * Trains one run: one seed of one plan of a study, from the start or from a checkpoint. It neither saves nor prints: what it has to
 * say, checkpoints included, it yields. A resumed run repeats to the bit what the uninterrupted one would have done after the
 * checkpoint, as far as the executor does.
 *
 * A `best` checkpoint comes before the `last` that refers to it. A run whose loss, gradient or update is no longer finite ends as
 * `diverged`, with neither a checkpoint nor an evaluation of its last weights; of its epochs, the one numbered `done.epochs` did not end.
 *
 * @throws InputError for a study that does not fit the model or the language, before the first event
 * @throws LabError `bad-checkpoint`, `bad-safetensors` or `foreign-checkpoint` for what cannot be resumed, before the first event
 */
export async function* trainRun(options: TrainOptions): AsyncGenerator<RunEvent, void, undefined> {
  const run = openRun(options)
  const { state, study, pace } = run
  yield startEvent(run, options.resume)
  try {
    await run.lessons.prepare(pace)
    let end: DoneReason | null = endBefore(state.epoch, study.training, state.best)
    while (end === null) {
      if (!state.begun) yield* beginEpoch(run)
      yield* trainEpoch(run)
      if (!run.diverged) yield* endEpoch(run)
      end = run.diverged ? 'diverged' : endBefore(state.epoch, study.training, state.best)
    }
    if (!run.diverged && run.snapshots) yield await snapshot(run)
    yield* evaluate(run)
    yield doneEvent(run, end)
  } catch (error) {
    if (!options.signal?.aborted || error !== options.signal.reason) throw error
    if (!run.diverged) yield await lastCheckpoint(run)
    yield doneEvent(run, run.diverged ? 'diverged' : 'cancelled')
  }
}

const DEFAULT_CHECKPOINT_SECONDS = 30
const DEFAULT_PROGRESS_MS = 100

function openRun({
  study,
  plan,
  seed,
  executor,
  language,
  resume,
  signal,
  checkpointEverySeconds = DEFAULT_CHECKPOINT_SECONDS,
  progressEvery = DEFAULT_PROGRESS_MS,
  now = () => performance.now(),
}: TrainOptions): Run {
  const { parameters } = executor.model
  const lessons = lessonsOf({ study, language, seed, model: executor.model })
  const resolved = resolvePlan(plan, parameters, `study.plans.${study.plans.findIndex(({ id }) => id === plan.id)}`)
  const identity = identify({ study, plan, seed, corpus: language.corpus }, parameters)
  const most = mostSnapshots(study, parameters)
  const state = resume ? restoreLast(resume.last, identity, executor) : initialState(study, resolved, seed)
  if (!resume) writeWeights(executor, initialWeights(parameters, seed))
  setTrained(executor, resolved, state)
  return {
    study,
    seed,
    executor,
    language,
    plan: resolved,
    identity,
    state,
    clipNorm: clipNormOf(study.training, seed),
    lessons,
    pace: pace(now, signal),
    meter: progressMeter(now(), progressEvery),
    checkpointEvery: checkpointEverySeconds * 1000,
    snapshots: most > 0 ? new Set(snapshotEpochs(most, study.training.epochs)) : null,
    best: resume && state.best ? restoreBest(resume.best, identity, state) : null,
    diverged: false,
    stepsPerSecond: 0,
  }
}

/**
 * The best weights that a resumed run begins with. A file newer than the `last` checkpoint is used too: it was made at the end of the
 * epoch that is about to be repeated, which makes it again.
 */
function restoreBest(bytes: Uint8Array | null | undefined, identity: RunIdentity, state: RunState): Weights {
  if (!bytes)
    throw new LabError(
      'bad-checkpoint',
      `This run's best weights, of epoch ${state.best!.epoch}, are missing: its "best" checkpoint is needed to go on.`,
    )
  const { epoch, weights } = readBest(bytes, identity)
  if (epoch === state.best!.epoch || epoch >= state.epoch) return weights
  throw new LabError(
    'bad-checkpoint',
    `The "best" checkpoint is of epoch ${epoch}; the "last" one belongs with that of epoch ${state.best!.epoch}.`,
  )
}

async function* beginEpoch(run: Run): AsyncGenerator<RunEvent, void, undefined> {
  const { plan, executor, state, lessons, snapshots } = run
  await settle(executor)
  const { cursor, events } = advancePlan(plan, state.plan, state.epoch, stalledFor(state.epoch, state.best))
  state.plan = [...cursor]
  const hashNow = (name: string): string => hashOf(new Map([[name, executor.read(name)]]), [name])
  state.frozenHashes = Object.fromEntries(
    [...frozenAt(plan, cursor)].map(name => [name, state.frozenHashes[name] ?? hashNow(name)]),
  )
  if (events.length > 0) setTrained(executor, plan, state)
  const source = restoreChance(state.orderChance)
  state.order = lessons.order(source)
  const { origin, state: drawnTo } = source.save()
  state.orderChance = { origin, state: [...drawnTo] }
  state.begun = true
  yield* events
  if (snapshots && (events.length > 0 || snapshots.has(state.epoch))) yield await snapshot(run)
}

/** Tells the executor what the plan trains at this point. */
function setTrained(executor: Trainee, plan: ResolvedPlan, state: RunState): void {
  const frozen = frozenAt(plan, state.plan)
  executor.setTrainable(new Set(executor.model.parameters.map(({ name }) => name).filter(name => !frozen.has(name))))
}

async function* trainEpoch(run: Run): AsyncGenerator<RunEvent, void, undefined> {
  const {
    state,
    lessons: { steps },
    pace,
    meter,
  } = run
  const startedAt = { position: state.position, time: pace.now() }
  let saved = startedAt.time
  meter.begin(startedAt.time)
  while (state.position < steps) {
    pace.check()
    const batch = run.lessons.batch(state)
    const result = await step(run, batch)
    if (result === null) {
      run.diverged = true
      return
    }
    const time = pace.now()
    meter.add(result, natsOf(batch, result), predictionsIn(batch), time)
    if (meter.due(time)) yield meter.report(time, { epoch: state.epoch, step: stepsDone(run), stepsPerEpoch: steps })
    if (time - saved >= run.checkpointEvery) {
      saved = time
      yield await lastCheckpoint(run)
    }
    if (pace.due(time)) await pace.turn()
  }
  run.stepsPerSecond = perSecond(steps - startedAt.position, pace.now() - startedAt.time)
}

/** @returns null when a number that must be finite is not */
async function step({ executor, state, lessons, clipNorm }: Run, batch: Batch): Promise<StepResult | null> {
  const before = state.position === lessons.steps - 1 ? await settledWeights(executor) : null
  const result = await executor.step(batch, { learningRate: state.learningRate, clipNorm })
  if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm)) return null
  if (before) {
    const update = updateNorms(executor.model.parameters, before, await settledWeights(executor))
    if (!Object.values(update).every(Number.isFinite)) return null
    state.norms = { gradient: { ...result.componentNorms }, update }
  }
  lessons.after(state, batch, result)
  state.position++
  state.epochNats += natsOf(batch, result)
  state.epochSymbols += predictionsIn(batch)
  return result
}

async function* endEpoch(run: Run): AsyncGenerator<RunEvent, void, undefined> {
  const {
    executor,
    state,
    identity,
    study: { training },
  } = run
  const { epoch, learningRate } = state
  const validation = await run.lessons.validate(executor, run.pace)
  const { loss } = figures(validation)
  if (!Number.isFinite(loss)) {
    run.diverged = true
    return
  }
  const isBest = state.best === null || loss < state.best.loss
  const weights = await settledWeights(executor)
  const event = epochEvent(run, validation, isBest, weights)
  if (isBest) {
    state.best = { epoch, loss }
    run.best = weights
  }
  if (training.decay) {
    const next = decayed(training.decay, state.decay, learningRate, Math.exp(loss))
    state.learningRate = next.learningRate
    state.decay = next.cursor
  }
  Object.assign(state, { epoch: epoch + 1, ...EPOCH_START })
  yield event
  if (isBest)
    yield {
      kind: 'checkpoint',
      which: 'best',
      epoch,
      step: stepsDone(run),
      bytes: writeBest(identity, weights, { epoch, loss }, run.executor.arithmetic),
    }
  yield await lastCheckpoint(run)
}

function epochEvent(run: Run, validation: Score, best: boolean, weights: Weights): EpochEvent {
  const {
    executor: {
      model: { parameters },
    },
    plan,
    state,
  } = run
  const frozenNow = frozenAt(plan, state.plan)
  const frozen = parameters.map(({ name }) => name).filter(name => frozenNow.has(name))
  return {
    kind: 'epoch',
    epoch: state.epoch,
    step: stepsDone(run),
    learningRate: state.learningRate,
    trainLoss: state.epochNats / state.epochSymbols,
    validation,
    best,
    frozen,
    hashes: componentHashes(parameters, weights),
    frozenHash: frozen.length > 0 ? hashOf(weights, frozen) : null,
    frozenIntact: frozen.every(name => hashOf(weights, [name]) === state.frozenHashes[name]),
    gradientNorm: state.norms!.gradient,
    updateNorm: state.norms!.update,
    stepsPerSecond: run.stepsPerSecond,
  }
}

/** Scores the test strings with the last weights and with the best. */
async function* evaluate(run: Run): AsyncGenerator<RunEvent, void, undefined> {
  const { executor, state, pace } = run
  const test = (): Promise<LengthScore[]> => run.lessons.test(executor, pace)
  const last = run.diverged ? null : await test()
  if (last) yield { kind: 'evaluation', which: 'last', scores: last }
  if (run.best === null) return
  const same = state.best!.epoch === state.epoch - 1
  const best = last && same ? last : await withWeights(executor, run.best, test)
  yield { kind: 'evaluation', which: 'best', scores: best }
}

async function withWeights<T>(executor: Trainee, weights: Weights, use: () => Promise<T>): Promise<T> {
  const own = await settledWeights(executor)
  writeWeights(executor, weights)
  try {
    return await use()
  } finally {
    writeWeights(executor, own)
  }
}

const stepsDone = ({ state, lessons: { steps } }: Run): number => state.epoch * steps + state.position

function startEvent(
  {
    state,
    lessons: { steps },
    study,
    executor: {
      model: { parameters },
      arithmetic,
    },
  }: Run,
  resume: TrainOptions['resume'],
): RunEvent {
  const before = resume && arithmeticOf(resume.last)
  return {
    kind: 'start',
    epoch: state.epoch,
    learningRate: state.learningRate,
    stepsPerEpoch: steps,
    epochs: study.training.epochs,
    resumed: resume !== undefined,
    ...(arithmetic ? { arithmetic } : {}),
    ...(before && before !== arithmetic ? { arithmeticBefore: before } : {}),
    parameters: parameters.map(({ name, component, shape }) => ({ name, component, shape: [...shape] })),
  }
}

async function lastCheckpoint(run: Run): Promise<RunEvent> {
  const { identity, executor, state } = run
  await settle(executor)
  return {
    kind: 'checkpoint',
    which: 'last',
    epoch: state.epoch,
    step: stepsDone(run),
    bytes: writeLast(identity, executor, state),
  }
}

async function snapshot(run: Run): Promise<RunEvent> {
  const {
    identity,
    executor,
    state: { epoch },
  } = run
  return {
    kind: 'snapshot',
    epoch,
    step: stepsDone(run),
    bytes: writeSnapshot(identity, await settledWeights(executor), epoch, executor.arithmetic),
  }
}

function doneEvent({ state }: Run, reason: DoneReason): RunEvent {
  return { kind: 'done', reason, epochs: state.epoch, bestEpoch: state.best?.epoch ?? -1 }
}
