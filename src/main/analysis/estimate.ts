import { buildModel, type Model } from '../../engine/model.ts'
import type { Language } from '../../engine/tasks/task.ts'
import { chance } from '../../engine/chance.ts'
import type { AnyExecutor, Batch, Device } from '../../engine/devices/device.ts'
import { openCohort } from '../../engine/devices/open-cohort.ts'
import { predictionsIn } from '../../engine/train/evaluate.ts'
import { stepsOf } from '../../engine/train/lessons.ts'
import { batchAt, cut } from '../../engine/train/streams.ts'
import { contextLengths, contextTargets, longestContext } from '../../engine/train/text-tests.ts'
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
import { checkDevice, checkStudy } from '../services/check-study.ts'
import { languageFor, lengthsOf } from './languages.ts'

export interface EstimateInput {
  readonly content: unknown
  readonly device: string
  readonly workers: number
}
export interface Estimated {
  device: string
  runs: number
  steps: number
  plans: { study: string; plan: string; secondsPerStep: number }[]
  seconds: number
  workers: number
}

/** Time for one measurement, and steps before it that do not count. */
const MEASURE_MS = 250
const WARM_UP = 2
const FEWEST = 3
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
  { content, device, workers }: EstimateInput,
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
  const estimated: Estimated = { device, runs, steps: 0, plans: [], seconds: 0, workers }
  let busy = 0
  let longest = 0
  for (const [k, study] of studies.entries()) {
    const places = placesOn(measuredOn[k]!, workers)
    const { together, plans } = await measureStudy(
      study,
      { device: measuredOn[k]!, together: Math.min(places.together, runsOf(study)) },
      turns,
    )
    const atATime = places.together > 1 ? together : Math.min(places.threads, runs)
    for (const { plan, secondsPerStep, seconds } of plans) {
      estimated.plans.push({ study: study.name, plan, secondsPerStep })
      estimated.steps += study.seeds.length * stepsOf(study, languageFor(study.task)) * study.training.epochs
      busy += (study.seeds.length * seconds) / atATime
      longest = Math.max(longest, seconds)
    }
  }
  return { ...estimated, seconds: Math.max(longest, busy) }
}

const runsOf = ({ plans, seeds }: StudySpec): number => plans.length * seeds.length

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

/** The time of a run of each plan, trained with others of all plans where the device trains many together. */
function measureStudy(
  study: StudySpec,
  options: MeasureOptions,
  turns: Pace,
): Promise<{ together: number; plans: PlanTime[] }> {
  return withBench(study, { ...options, turns, enough: Infinity }, async bench => {
    const { language, executors } = bench
    const perSymbol = await evaluationSeconds(bench)
    const evaluations =
      perSymbol * (validationSymbols(study, language) * study.training.epochs + 2 * testSymbols(study, language))
    const groups = executors.length > 1 ? [study.plans] : study.plans.map(plan => [plan])
    const plans: PlanTime[] = []
    for (const group of groups) {
      const secondsPerStep = await groupSeconds(group, bench)
      const seconds = secondsPerStep * stepsOf(study, language) * study.training.epochs + evaluations
      plans.push(...group.map(({ id }) => ({ plan: id, secondsPerStep, seconds })))
    }
    return { together: executors.length, plans }
  })
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

async function evaluationSeconds({ study, language, executors, turns }: Bench): Promise<number> {
  const batch = typicalBatch(study, language)
  return (
    (await timed(() => Promise.all(executors.map(async executor => executor.evaluate(batch))), turns)) /
    predictionsIn(batch)
  )
}

/** Median seconds of one call. @param enough seconds above which an exact figure is of no use */
async function timed(work: () => unknown, { now, turn }: Pace, enough = Infinity): Promise<number> {
  const one = async (): Promise<number> => {
    const before = now()
    await work()
    return (now() - before) / 1000
  }
  let last = NaN
  for (let i = 0; i < WARM_UP; i++) last = await one()
  if (last > HOPELESS * enough) return last
  const times: number[] = []
  for (const began = now(); times.length < FEWEST || now() - began < MEASURE_MS;) {
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
  const mean = lengths.reduce((a, b) => a + b, 0) / lengths.length
  const length = lengths.reduce((best, length) => (Math.abs(length - mean) < Math.abs(best - mean) ? length : best))
  const source = chance(0).fork('estimate')
  const symbols = new Int32Array(training.batch * length)
  for (let row = 0; row < training.batch; row++) symbols.set(language.sample(source, length), row * length)
  return { size: training.batch, length, symbols }
}

function validationSymbols({ data }: StudySpec, language: Language): number {
  if (language.corpus) return language.corpus.validation.length
  const lengths = lengthsOf(language, data.validation.lengths)
  return data.validation.strings * (lengths.reduce((a, b) => a + b, 0) / lengths.length + 1)
}

function testSymbols({ evaluation }: StudySpec, language: Language): number {
  if (language.corpus) return textSymbols(language.corpus.test.length, evaluation)
  return evaluation.bins.reduce(
    (sum, { lengths, stride, perLength }) =>
      sum +
      lengthsOf(language, lengths)
        .filter((_, i) => i % stride === 0)
        .reduce((symbols, length) => symbols + perLength * (length + 1), 0),
    0,
  )
}

/** The test part once, and the words predicted from contexts. */
function textSymbols(words: number, { bins }: StudySpec['evaluation']): number {
  if (!bins.some(({ by }) => by === 'context')) return words
  const longest = longestContext(bins, words)
  return words + contextTargets(words, longest).length * contextLengths(longest).reduce((a, b) => a + b, 0)
}
