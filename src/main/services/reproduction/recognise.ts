import { controllers } from '../../../engine/controllers/index.ts'
import { memories } from '../../../engine/memories/index.ts'
import { tasks } from '../../../engine/tasks/index.ts'
import { InputError } from '../../../shared/errors.ts'
import { parseOptions, type Options } from '../../../shared/options.ts'
import {
  FORMAL_MODELS,
  FORMAL_TASKS,
  PLANS,
  PROTOCOL,
  PTB,
  PTB_MODELS,
  PTB_PROTOCOL,
  type PublishedModel,
  type PublishedPlan,
} from '../../../shared/published/das-mali-2024.ts'
import type { ProtocolInfo } from '../../../shared/reproduction.ts'
import {
  STANDARD_PLANS,
  type Drawn,
  type FreezePlan,
  type Picked,
  type StudySpec,
  type TrainingSpec,
} from '../../../shared/study.ts'

/** What a study of the history stands for in the published one. */
export interface Recognised {
  readonly task: string
  readonly model: string
  /** Published plans by the study's own plan ids. */
  readonly plans: ReadonlyMap<string, PublishedPlan>
  /** null for a text, which has no lengths. */
  readonly protocol: Omit<ProtocolInfo, 'studies'> | null
  /** Names of its bins, from the shortest; for a text of the one that holds all of the test part. */
  readonly bins: readonly string[]
}

/** @returns why not, in words, where a study of a published task cannot be held against the published figures; undefined for studies of other tasks and models */
export function recognise(spec: StudySpec): Recognised | string | undefined {
  return spec.task.id === PTB ? recogniseText(spec) : recogniseFormal(spec)
}

/** The treebank's files are checked where they are read: whatever their folder, the text is the same. */
function recogniseText(spec: StudySpec): Recognised | string | undefined {
  const model = modelOf(spec, PTB_MODELS)
  if (!model) return undefined
  if (spec.model.embedding === null) return 'no embedding; the published study has one here'
  const whole = spec.evaluation.bins.find(
    ({ by, lengths: [low, high] }) => by !== 'context' && low <= 1 && high >= PTB_PROTOCOL.testWords,
  )
  if (!whole) return 'no test bin holds all of the test part'
  const plans = plansOf(spec.plans, true)
  if (plans.size === 0) return NO_PLANS
  return { task: PTB, model: model.id, plans, bins: [whole.name], protocol: null }
}

const NO_PLANS = "none of its freeze plans is one of the published study's"

function recogniseFormal(spec: StudySpec): Recognised | string | undefined {
  const task = FORMAL_TASKS.find(id => sameParts(spec.task, { id }, tasks))
  const model = task && modelOf(spec, FORMAL_MODELS)
  if (!task || !model) return undefined
  if (spec.model.embedding || spec.model.dropout)
    return 'an embedding or dropout, which the published study does not have here'
  const bins = spec.evaluation.bins.toSorted((a, b) => a.lengths[0] - b.lengths[0] || a.lengths[1] - b.lengths[1])
  if (bins.length !== PROTOCOL.bins.length)
    return `${bins.length} test ${bins.length === 1 ? 'bin' : 'bins'}; the published study has ${PROTOCOL.bins.length}`
  const plans = plansOf(spec.plans, false)
  if (plans.size === 0) return NO_PLANS
  return {
    task,
    model: model.id,
    plans,
    bins: bins.map(({ name }) => name),
    protocol: protocolOf(
      spec.data.train.lengths,
      bins.map(({ lengths }) => lengths),
    ),
  }
}

export function protocolOf(
  train: readonly [number, number],
  bins: readonly (readonly [number, number])[],
): Omit<ProtocolInfo, 'studies'> {
  const key = [train, ...bins].map(range => range.join('-')).join('/')
  return {
    key,
    trainLengths: [train[0], train[1]],
    bins: bins.map(([low, high]) => [low, high]),
    asPublished: key === PUBLISHED_KEY,
  }
}

const PUBLISHED_KEY = [PROTOCOL.trainLengths, ...PROTOCOL.bins].map(range => range.join('-')).join('/')
export const PUBLISHED_PROTOCOL = protocolOf(PROTOCOL.trainLengths, PROTOCOL.bins)

const modelOf = ({ model }: StudySpec, known: readonly PublishedModel[]): PublishedModel | undefined =>
  known.find(
    one => sameParts(model.controller, one.controller, controllers) && sameParts(model.memory, one.memory, memories),
  )

type Known = Readonly<Record<string, { readonly options: Options }>>

/** Equal with all defaults filled in. */
function sameParts(a: Picked, b: Picked, known: Known): boolean {
  if (a.id !== b.id) return false
  const written = writtenOut(a, known)
  return written !== null && written === writtenOut(b, known)
}

/** null: not known here, as in a study from another version. */
function writtenOut({ id, ...options }: Picked, known: Known): string | null {
  if (!Object.hasOwn(known, id)) return null
  try {
    return JSON.stringify(parseOptions(known[id]!.options, options, id))
  } catch (error) {
    if (error instanceof InputError) return null
    throw error
  }
}

/** Plans are told by what they freeze, not by their names; without an embedding it makes no difference whether that is named too. */
function plansOf(plans: readonly FreezePlan[], hasEmbedding: boolean): Map<string, PublishedPlan> {
  return new Map(
    plans.flatMap((plan): [string, PublishedPlan][] => {
      const same = PLANS.find(
        id => frozenThroughout(plan, hasEmbedding) === frozenThroughout(STANDARD_PLANS[id]!, hasEmbedding),
      )
      return same ? [[plan.id, same]] : []
    }),
  )
}

/** null: something is frozen for a part of the training only. */
function frozenThroughout({ freeze }: FreezePlan, hasEmbedding: boolean): string | null {
  if (freeze.some(({ from, until }) => from !== 'start' || until !== 'end')) return null
  return [...new Set(freeze.flatMap(({ what }) => what))]
    .filter(what => hasEmbedding || what !== 'embedding')
    .sort()
    .join(' ')
}

/** What differs from the published procedure, besides lengths. */
export const deviationsOf = (spec: StudySpec): string[] =>
  spec.task.id === PTB ? textDeviations(spec) : formalDeviations(spec)

function textDeviations({ training, seeds, model }: StudySpec): string[] {
  const { restarts, epochs, batch, steps, learningRate, clipNorm, initial } = PTB_PROTOCOL
  const { size, tied } = model.embedding ?? { size: null, tied: false }
  return [
    seeds.length === restarts ? [] : [`${seeds.length} seeds (published: ${restarts} restarts)`],
    training.epochs >= epochs ? [] : [`at most ${training.epochs} epochs (${epochs})`],
    training.batch === batch ? [] : [`${training.batch} columns (${batch})`],
    training.steps === steps ? [] : [`${training.steps} words a step (${steps})`],
    training.optimizer.id === 'sgd' ? [] : [`optimizer ${training.optimizer.id} (sgd)`],
    isFrom(training.learningRate, learningRate)
      ? []
      : [`learning rate ${drawnText(training.learningRate)} (${learningRate.join('–')}, drawn)`],
    isFrom(training.clipNorm, clipNorm) ? [] : [`${clippedText(training.clipNorm)} (${clipNorm.join('–')}, drawn)`],
    scheduleDeviations(training, PTB_PROTOCOL),
    model.initial === initial
      ? []
      : [`initial weights ${model.initial ? `in ±${model.initial}` : 'as each cell says'} (±${initial})`],
    size === null || size === model.controller.units ? [] : [`embedding of ${size} (as the controller's units)`],
    model.dropout ? [`dropout ${model.dropout} (none)`] : [],
    tied ? ['embedding tied to the classifier (not tied)'] : [],
  ].flat()
}

function formalDeviations({ data, training, seeds, model }: StudySpec): string[] {
  const { learningRate, optimizer } = training
  const number = (n: number): string => n.toLocaleString('en-US')
  return [
    seeds.length === PROTOCOL.restarts ? [] : [`${seeds.length} seeds (published: ${PROTOCOL.restarts} restarts)`],
    data.train.strings === PROTOCOL.trainStrings
      ? []
      : [`${number(data.train.strings)} training strings (${number(PROTOCOL.trainStrings)})`],
    data.validation.strings === PROTOCOL.validationStrings
      ? []
      : [`${number(data.validation.strings)} validation strings (${number(PROTOCOL.validationStrings)})`],
    training.epochs >= PROTOCOL.epochs ? [] : [`at most ${training.epochs} epochs (${PROTOCOL.epochs})`],
    training.batch === PROTOCOL.batch ? [] : [`batches of ${training.batch} (${PROTOCOL.batch})`],
    optimizer.id === PROTOCOL.optimizer ? [] : [`optimizer ${optimizer.id} (${PROTOCOL.optimizer})`],
    training.clipNorm === PROTOCOL.clipNorm ? [] : [`${clippedText(training.clipNorm)} (${PROTOCOL.clipNorm})`],
    isFrom(learningRate, PROTOCOL.learningRate)
      ? []
      : [`learning rate ${drawnText(learningRate)} (${PROTOCOL.learningRate.join('–')}, drawn)`],
    scheduleDeviations(training, PROTOCOL),
    model.initial ? [`initial weights in ±${model.initial} (as each cell says)`] : [],
  ].flat()
}

const isFrom = (value: Drawn | null, [low, high]: readonly [number, number]): boolean =>
  value !== null && typeof value !== 'number' && value.logUniform[0] === low && value.logUniform[1] === high
const drawnText = (value: Drawn): string =>
  typeof value === 'number' ? String(value) : `${value.logUniform.join('–')}, drawn`
const clippedText = (clipNorm: Drawn | null): string =>
  clipNorm === null ? 'gradients not clipped' : `gradients clipped at ${drawnText(clipNorm)}`

/** Epochs without a better validation loss: before the rate is lowered, and before the end. */
interface Schedule {
  readonly decay: { readonly factor: number; readonly patience: number }
  readonly earlyStop: number
}

function scheduleDeviations({ decay, earlyStop }: TrainingSpec, published: Schedule): string[] {
  const rule = ({ factor, patience }: Schedule['decay']): string =>
    `rate × ${Number(factor.toPrecision(3))} after ${patience + 1} epochs without a better one`
  const same =
    decay !== null &&
    decay.patience === published.decay.patience &&
    Math.abs(decay.factor - published.decay.factor) < 1e-3
  return [
    ...(same ? [] : [`${decay ? rule(decay) : 'rate never lowered'} (${rule(published.decay)})`]),
    ...(earlyStop?.patience === published.earlyStop
      ? []
      : [
          `${earlyStop ? `the end after ${earlyStop.patience} epochs without a better one` : 'never stopped early'} (after ${published.earlyStop})`,
        ]),
  ]
}
