import { buildModel, type Model } from '../../engine/model.ts'
import type { Language } from '../../engine/tasks/task.ts'
import { chance } from '../../engine/chance.ts'
import type { AnyExecutor, Batch } from '../../engine/devices/device.ts'
import { predictionsIn, stepsOf } from '../../engine/train/lessons.ts'
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
import { alphabetOf } from '../services/languages.ts'
import { checkDevice, checkStudy } from '../services/check-study.ts'
import { languageFor, lengthsOf } from './languages.ts'

export interface EstimateInput { readonly content: unknown, readonly device: string, readonly workers: number }
export interface Estimated {
  device: string
  runs: number
  steps: number
  plans: { study: string, plan: string, secondsPerStep: number }[]
  seconds: number
  workers: number
}

/** Time for one measurement, and steps before it that do not count. */
const MEASURE_MS = 250
const WARM_UP = 2
const FEWEST = 3

/**
 * How long the studies in a draft take, from a few training steps measured for each plan and for every set of parts that it freezes on
 * its way, and an evaluation. What depends on the loss (plateaus, early stopping) is not foreseen.
 * `auto` is estimated as the default device, which it is never slower than.
 * @throws InputError, LabError `no-device`, `no-estimate`, the signal's reason
 */
export async function estimate({ content, device, workers }: EstimateInput, signal: AbortSignal): Promise<Estimated> {
  const studies = parseStudies(content)
  studies.forEach(checkStudy)
  const measuredOn = await Promise.all(studies.map(({ training }) => measurable(training.device ?? device)))
  const turns = pace(() => performance.now(), signal)
  const estimated: Estimated = { device, runs: 0, steps: 0, plans: [], seconds: 0, workers }
  let busy = 0
  let longest = 0
  for (const [k, study] of studies.entries()) {
    for (const { plan, secondsPerStep, seconds } of await measureStudy(study, measuredOn[k]!, turns)) {
      estimated.plans.push({ study: study.name, plan, secondsPerStep })
      estimated.runs += study.seeds.length
      estimated.steps += study.seeds.length * stepsOf(study, languageFor(study.task)) * study.training.epochs
      busy += study.seeds.length * seconds
      longest = Math.max(longest, seconds)
    }
  }
  return { ...estimated, seconds: Math.max(longest, busy / Math.min(workers, estimated.runs)) }
}

/** The device to measure on in this thread. */
async function measurable(asked: string): Promise<string> {
  await checkDevice(asked)
  const { id, isolated } = asked === AUTO ? devices[0]! : findDevice(asked)
  if (isolated) throw new LabError('no-estimate', `Training on ${id} is not estimated beforehand: the device needs a process of its own.`)
  return id
}

/** Median seconds of a training step of the study's first plan on a device. @throws InputError, and whatever the device throws */
export async function stepSeconds(study: StudySpec, device: string): Promise<number> {
  const language = languageFor(study.task)
  const model = buildModel(study.model, alphabetOf(language))
  const executor = await findDevice(device).open(model, { optimizer: study.training.optimizer })
  try {
    writeWeights(executor, initialWeights(model.parameters, study.seeds[0]!))
    const resolved = resolvePlan(study.plans[0]!, model.parameters, 'plan')
    return await secondsWith(frozenAt(resolved, planStart(resolved)), study, { model, language, executor, turns: pace(() => performance.now(), undefined), known: new Map() })
  } finally {
    executor.dispose()
  }
}

async function measureStudy(study: StudySpec, device: string, turns: Pace): Promise<{ plan: string, secondsPerStep: number, seconds: number }[]> {
  const language = languageFor(study.task)
  const model = buildModel(study.model, alphabetOf(language))
  const executor = await findDevice(device).open(model, { optimizer: study.training.optimizer })
  try {
    writeWeights(executor, initialWeights(model.parameters, study.seeds[0]!))
    const perSymbol = await evaluationSeconds(study, language, executor, turns)
    const evaluations = perSymbol * (validationSymbols(study, language) * study.training.epochs + 2 * testSymbols(study, language))
    const known = new Map<string, number>()
    const measured: { plan: string, secondsPerStep: number, seconds: number }[] = []
    for (const plan of study.plans) {
      const secondsPerStep = await planSeconds(plan, study, { model, language, executor, turns, known })
      measured.push({ plan: plan.id, secondsPerStep, seconds: secondsPerStep * stepsOf(study, language) * study.training.epochs + evaluations })
    }
    return measured
  } finally {
    executor.dispose()
  }
}

interface Bench { readonly model: Model, readonly language: Language, readonly executor: AnyExecutor, readonly turns: Pace, /** Seconds by what is frozen. */ readonly known: Map<string, number> }

/** Mean over the planned epochs. */
async function planSeconds(plan: FreezePlan, study: StudySpec, bench: Bench): Promise<number> {
  const resolved = resolvePlan(plan, bench.model.parameters, 'plan')
  let cursor = planStart(resolved)
  let sum = 0
  for (let epoch = 0; epoch < study.training.epochs; epoch++) {
    cursor = advancePlan(resolved, cursor, epoch, 0).cursor
    sum += await secondsWith(frozenAt(resolved, cursor), study, bench)
  }
  return sum / study.training.epochs
}

async function secondsWith(frozen: ReadonlySet<string>, study: StudySpec, { model, language, executor, turns, known }: Bench): Promise<number> {
  const key = [...frozen].sort().join(' ')
  const found = known.get(key)
  if (found !== undefined) return found
  executor.setTrainable(new Set(model.parameters.map(({ name }) => name).filter(name => !frozen.has(name))))
  const batch = typicalBatch(study, language)
  const seconds = await timed(() => executor.step(batch, { learningRate: 1e-6, clipNorm: clipNormOf(study.training, study.seeds[0]!) }), turns)
  known.set(key, seconds)
  return seconds
}

async function evaluationSeconds(study: StudySpec, language: Language, executor: AnyExecutor, turns: Pace): Promise<number> {
  const batch = typicalBatch(study, language)
  return await timed(() => executor.evaluate(batch), turns) / predictionsIn(batch)
}

/** Median seconds of one call. */
async function timed(work: () => unknown, { now, turn }: Pace): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await work()
  const times: number[] = []
  for (const began = now(); times.length < FEWEST || now() - began < MEASURE_MS;) {
    const before = now()
    await work()
    times.push((now() - before) / 1000)
    await turn()
  }
  return median(times)
}

/** A batch of the mean training length, or a text's first. */
function typicalBatch({ data, training }: StudySpec, language: Language): Batch {
  if (language.corpus) {
    const streams = cut(language.corpus.train, { columns: training.batch, steps: training.steps!, before: endOfSentence(language.corpus) })
    return batchAt(streams, streams.chunks[0]!, null)
  }
  const lengths = lengthsOf(language, data.train.lengths)
  const mean = lengths.reduce((a, b) => a + b, 0) / lengths.length
  const length = lengths.reduce((best, length) => Math.abs(length - mean) < Math.abs(best - mean) ? length : best)
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
  return evaluation.bins.reduce((sum, { lengths, stride, perLength }) =>
    sum + lengthsOf(language, lengths).filter((_, i) => i % stride === 0).reduce((symbols, length) => symbols + perLength * (length + 1), 0), 0)
}

/** The test part once, and the words predicted from contexts. */
function textSymbols(words: number, { bins }: StudySpec['evaluation']): number {
  if (!bins.some(({ by }) => by === 'context')) return words
  const longest = longestContext(bins, words)
  return words + contextTargets(words, longest).length * contextLengths(longest).reduce((a, b) => a + b, 0)
}
