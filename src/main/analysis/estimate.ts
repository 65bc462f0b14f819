import { buildModel, type Model } from '../../engine/model.ts'
import type { Language } from '../../engine/tasks/task.ts'
import { chance } from '../../engine/chance.ts'
import type { AnyExecutor, Batch, Device } from '../../engine/devices/device.ts'
import { openCohort } from '../../engine/devices/open-cohort.ts'
import { predictionsIn } from '../../engine/train/evaluate.ts'
import { stepsOf } from '../../engine/train/lessons.ts'
import { batchAt, cut } from '../../engine/train/streams.ts'
import { endOfSentence } from '../../engine/tasks/corpus/corpus.ts'
import { advancePlan, frozenAt, planStart, resolvePlan } from '../../engine/train/freeze-plan.ts'
import { initialWeights } from '../../engine/train/initialise.ts'
import { clipNormOf } from '../../engine/train/schedules.ts'
import { pace, type Pace } from '../../engine/train/pace.ts'
import { writeWeights } from '../../engine/train/weights.ts'
import { LabError } from '../../shared/errors.ts'
import { median } from '../../shared/statistics/median.ts'
import { parseStudies, type FreezePlan, type StudySpec } from '../../shared/study.ts'
import { AUTO, devices, findDevice } from '../devices/index.ts'
import { placesOn } from '../devices/places.ts'
import { alphabetOf } from '../services/languages.ts'
import { checkDevice, checkStudy, modelOf } from '../services/check-study.ts'
import { runsOf, twinsOf } from '../services/same-training.ts'
import { languageFor, lengthsOf } from './languages.ts'
import { spaceOf } from './space.ts'
import { byLength, secondsOf, workOf, type Costs, type Work } from './work.ts'

export interface EstimateInput {
  readonly content: unknown
  readonly device: string
  readonly workers: number
  /** Only one plan of each model is measured, and stands for all studies with that model. */
  readonly rough?: boolean
}
export interface Estimated {
  device: string
  runs: number
  steps: number
  plans: { study: string; plan: string; secondsPerStep: number }[]
  seconds: number
  workers: number
  /** Bytes that all runs leave on the disk, and that those which train at the same time take in memory. */
  disk: number
  memory: number
}

/** Time for one measurement, and steps before it that do not count. */
const MEASURE_MS = 250
const WARM_UP = 2
const FEWEST = 3
/** ms for each measurement of single strings, and the seconds that one may take at most. */
const DRAW_MS = 30
const LONGEST_MEASUREMENT = 1
/** What an epoch takes besides its steps and its validation: its record and its checkpoint on the disk. */
const EPOCH_SECONDS = 0.005
/** Until a process of training is there. */
const PROCESS_SECONDS = 0.5
/** A step that takes so many times what is of use is not measured again. */
const HOPELESS = 3

/**
 * How long the studies in a draft take, from a few training steps measured for each plan and for every set of parts that it freezes on
 * its way, and an evaluation; on a device that trains many runs together, from steps of so many runs at once. What depends on the loss
 * (plateaus, early stopping) is not foreseen. `auto` is estimated as the default device, which it is never slower than.
 * @param options.isolated whether this is a process of its own, in which any device may be opened
 * @throws InputError, LabError `no-device`, `no-estimate`, the signal's reason
 */
export async function estimate(
  { content, device, workers, rough = false }: EstimateInput,
  { signal, isolated }: { signal: AbortSignal; isolated: boolean },
): Promise<Estimated> {
  const studies = parseStudies(content)
  studies.forEach(checkStudy)
  const measuredOn = await Promise.all(
    studies.map(async ({ training }) => {
      await checkDevice(training.device ?? device)
      return measuredAs(training.device ?? device)
    }),
  )
  const unsafe = isolated ? undefined : measuredOn.find(each => each.isolated)
  if (unsafe)
    throw new LabError(
      'no-estimate',
      `Training on ${unsafe.id} cannot be estimated here: the device needs a process of its own.`,
    )
  const turns = pace(() => performance.now(), signal)
  const runs = studies.reduce((sum, study) => sum + runsOf(study), 0)
  const estimated: Estimated = { device, runs, steps: 0, plans: [], seconds: 0, workers, disk: 0, memory: 0 }
  const measured: Measured = new Map()
  let busy = 0
  let longest = 0
  for (const [k, study] of studies.entries()) {
    const places = placesOn(measuredOn[k]!, workers)
    const options = { device: measuredOn[k]!, together: Math.min(places.together, runsOf(study)) }
    const { together, plans } = rough
      ? await measureOnce(study, options, turns, measured)
      : await measureStudy(study, options, turns)
    const atATime = places.together > 1 ? together : Math.min(places.threads, runs)
    const language = languageFor(study.task)
    const space = spaceOf(study, modelOf(study), workOf(study, language))
    estimated.disk += space.disk * runsOf(study)
    estimated.memory = Math.max(estimated.memory, space.memory * Math.min(workers, runs))
    for (const { plan, secondsPerStep, seconds } of plans) {
      estimated.plans.push({ study: study.name, plan, secondsPerStep })
      estimated.steps += study.seeds.length * stepsOf(study, language) * study.training.epochs
      busy += (study.seeds.length * seconds) / atATime
      longest = Math.max(longest, seconds)
    }
  }
  return { ...estimated, seconds: PROCESS_SECONDS + Math.max(longest, busy) }
}

const measuredAs = (asked: string): Device => (asked === AUTO ? devices[0]! : findDevice(asked))

/** Whether an estimate opens a device that needs a process of its own. @throws InputError for what is no study */
export const needsProcess = ({ content, device }: Pick<EstimateInput, 'content' | 'device'>): boolean =>
  parseStudies(content).some(({ training }) => measuredAs(training.device ?? device).isolated === true)

interface MeasureOptions {
  readonly device: Device
  /** Runs to train at once, as far as there is room for them. */ readonly together: number
}

/**
 * Median seconds of a training step in which so many runs of the study, each plan in its turn, make one.
 * @param options.enough seconds above which an exact figure is of no use @throws InputError, and whatever the device throws
 */
export function stepTime(
  study: StudySpec,
  { enough, ...options }: MeasureOptions & { readonly enough: number },
): Promise<{ seconds: number; together: number }> {
  return withBench(study, { ...options, turns: pace(() => performance.now(), undefined), enough }, async bench => {
    const { executors, model } = bench
    const frozen = executors.map((_, k) => {
      const plan = resolvePlan(study.plans[k % study.plans.length]!, model.parameters, 'plan')
      return frozenAt(plan, planStart(plan))
    })
    return { seconds: await secondsWith(frozen, bench), together: executors.length }
  })
}

interface PlanTime {
  readonly plan: string
  readonly secondsPerStep: number
  readonly seconds: number
}

/** A run of every plan, trained with others of all plans where the device trains many together. */
function measureStudy(
  study: StudySpec,
  options: MeasureOptions,
  turns: Pace,
): Promise<{ together: number; plans: PlanTime[] }> {
  const opened = turns.now()
  return withBench(study, { ...options, turns, enough: Infinity }, async bench => {
    const { language, executors } = bench
    const work = workOf(study, language)
    const twins = twinsOf(study)
    const trained = study.plans.filter(({ id }) => !twins.has(id))
    const groups = executors.length > 1 ? [trained] : trained.map(plan => [plan])
    const whole = executors[0]!
    // The first step of all tells what it takes to have a model that runs.
    await whole.step(typicalBatch(study, language), { learningRate: 1e-6, clipNorm: null })
    const start = (turns.now() - opened) / 1000
    const costs = { start, epoch: EPOCH_SECONDS, ...(await stringCosts(work, bench)) }
    const plans: PlanTime[] = []
    for (const group of groups) {
      const secondsPerStep = await groupSeconds(group, bench)
      const seconds = secondsOf(work, { ...costs, step: secondsPerStep })
      plans.push(...group.map(({ id }) => ({ plan: id, secondsPerStep, seconds })))
    }
    return { together: executors.length, plans }
  })
}

/** Measured at the lengths of training and of every bin, as far as that is quick: a longer string is measured only where it takes no time to speak of. */
async function stringCosts(work: Work, bench: Bench): Promise<Pick<Costs, 'draw' | 'weigh' | 'predict'>> {
  const { study, language, executors, turns } = bench
  if (language.corpus) {
    const batch = typicalBatch(study, language)
    const perWord = (await timed(() => evaluateAll(executors, batch), turns)) / predictionsIn(batch)
    return { draw: () => 0, weigh: () => 0, predict: length => perWord * (length + 1) }
  }
  const source = chance(0).fork('estimate strings')
  const lengths = [...new Set([work.train, ...work.tests].map(({ length }) => nearest(language, length)))].sort(
    (a, b) => a - b,
  )
  const draws: [number, number][] = []
  const weights: [number, number][] = []
  const predictions: [number, number][] = []
  let last = { length: lengths[0]!, seconds: 0 }
  for (const length of lengths) {
    // What grows with the cube of the length would take longer than the estimate may.
    if (last.seconds * ((length + 1) / (last.length + 1)) ** 3 > LONGEST_MEASUREMENT) break
    const strings: number[][] = []
    draws.push([
      length,
      await timed(() => strings.push([...language.sample(source, length)]), turns, Infinity, DRAW_MS),
    ])
    const [string] = strings as [number[]]
    weights.push([length, await timed(() => language.logProbability(string), turns, Infinity, DRAW_MS)])
    const batch = batchOf(study.training.batch, length, () => string)
    const seconds = await timed(() => evaluateAll(executors, batch), turns, Infinity, DRAW_MS)
    predictions.push([length, seconds / batch.size])
    last = { length, seconds: Math.max(seconds, weights.at(-1)![1]) }
  }
  return { draw: byLength(draws), weigh: byLength(weights), predict: byLength(predictions) }
}

const evaluateAll = (executors: readonly AnyExecutor[], batch: Batch): Promise<unknown> =>
  Promise.all(executors.map(async executor => executor.evaluate(batch)))

/** By what makes a step take its time: what a run of it takes, for so much training. */
type Measured = Map<string, { readonly together: number; readonly time: PlanTime; readonly amount: number }>

/** The time of a run of full training for every plan, measured for the first study with this model, and for others in proportion. */
async function measureOnce(
  study: StudySpec,
  options: MeasureOptions,
  turns: Pace,
  measured: Measured,
): Promise<{ together: number; plans: PlanTime[] }> {
  const { model, training, plans } = study
  const key = JSON.stringify([model, training.optimizer, training.batch, training.steps, options.device.id])
  const { steps, train } = workOf(study, languageFor(study.task))
  const amount = steps * (train.length + 1)
  let known = measured.get(key)
  if (!known) {
    const plan = plans.find(({ freeze }) => freeze.length === 0) ?? plans[0]!
    const { together, plans: times } = await measureStudy({ ...study, plans: [plan] }, options, turns)
    measured.set(key, (known = { together, time: times[0]!, amount }))
  }
  const { together, time } = known
  const twins = twinsOf(study)
  const seconds = (time.seconds * amount) / known.amount
  return {
    together,
    plans: plans.filter(({ id }) => !twins.has(id)).map(({ id }) => ({ ...time, plan: id, seconds })),
  }
}

interface Bench {
  readonly study: StudySpec
  readonly model: Model
  readonly language: Language
  /** Of runs that are trained together. */
  readonly executors: readonly AnyExecutor[]
  readonly turns: Pace
  readonly enough: number
  /** Seconds by what is frozen. */
  readonly known: Map<string, number>
}

async function withBench<T>(
  study: StudySpec,
  { device, together, turns, enough }: MeasureOptions & Pick<Bench, 'turns' | 'enough'>,
  use: (bench: Bench) => Promise<T>,
): Promise<T> {
  const language = languageFor(study.task)
  const model = buildModel(study.model, alphabetOf(language))
  const cohort = await openCohort(device, model, { optimizer: study.training.optimizer, runs: together })
  const executors = Array.from({ length: Math.min(together, cohort.capacity) }, () => cohort.join())
  try {
    for (const executor of executors) writeWeights(executor, initialWeights(model.parameters, study.seeds[0]!))
    return await use({ study, model, language, executors, turns, enough, known: new Map() })
  } finally {
    for (const executor of executors) executor.dispose()
    cohort.dispose()
  }
}

/** Mean over the planned epochs. @param plans those of the runs, each in its turn */
async function groupSeconds(plans: readonly FreezePlan[], bench: Bench): Promise<number> {
  const {
    study: {
      training: { epochs },
    },
    model,
    executors,
  } = bench
  const resolved = plans.map(plan => resolvePlan(plan, model.parameters, 'plan'))
  let cursors = resolved.map(planStart)
  let sum = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    cursors = resolved.map((plan, k) => advancePlan(plan, cursors[k]!, epoch, 0).cursor)
    sum += await secondsWith(
      executors.map((_, k) => frozenAt(resolved[k % plans.length]!, cursors[k % plans.length]!)),
      bench,
    )
  }
  return sum / epochs
}

/** @param frozen what each of the runs does not train */
async function secondsWith(
  frozen: readonly ReadonlySet<string>[],
  { study, model, language, executors, turns, enough, known }: Bench,
): Promise<number> {
  const key = frozen.map(names => [...names].sort().join(' ')).join('\n')
  const found = known.get(key)
  if (found !== undefined) return found
  executors.forEach((executor, k) =>
    executor.setTrainable(new Set(model.parameters.map(({ name }) => name).filter(name => !frozen[k]!.has(name)))),
  )
  const batch = typicalBatch(study, language)
  const clipNorm = clipNormOf(study.training, study.seeds[0]!)
  const seconds = await timed(
    () => Promise.all(executors.map(async executor => executor.step(batch, { learningRate: 1e-6, clipNorm }))),
    turns,
    enough,
  )
  known.set(key, seconds)
  return seconds
}

/** Median seconds of one call. @param enough seconds above which an exact figure is of no use */
async function timed(work: () => unknown, { now, turn }: Pace, enough = Infinity, forMs = MEASURE_MS): Promise<number> {
  const one = async (): Promise<number> => {
    const before = now()
    await work()
    return (now() - before) / 1000
  }
  let last = NaN
  for (let i = 0; i < WARM_UP; i++) last = await one()
  if (last > HOPELESS * enough) return last
  const times: number[] = []
  for (const began = now(); times.length < FEWEST || now() - began < forMs;) {
    times.push(await one())
    await turn()
  }
  return median(times)
}

/** A batch of the mean training length, or a text's first. */
function typicalBatch({ data, training }: StudySpec, language: Language): Batch {
  if (language.corpus) {
    const streams = cut(language.corpus.train, {
      columns: training.batch,
      steps: training.steps!,
      before: endOfSentence(language.corpus),
    })
    return batchAt(streams, streams.chunks[0]!, null)
  }
  const lengths = lengthsOf(language, data.train.lengths)
  const length = nearest(language, lengths.reduce((a, b) => a + b, 0) / lengths.length)
  const source = chance(0).fork('estimate')
  return batchOf(training.batch, length, () => language.sample(source, length))
}

function batchOf(size: number, length: number, string: () => ArrayLike<number>): Batch {
  const symbols = new Int32Array(size * length)
  for (let row = 0; row < size; row++) symbols.set(string(), row * length)
  return { size, length, symbols }
}

/** The length with strings that is closest to this one. */
function nearest(language: Language, length: number): number {
  for (let by = 0; ; by++) {
    const found = [Math.round(length) - by, Math.round(length) + by].find(near => near >= 0 && language.valid(near))
    if (found !== undefined) return found
  }
}
