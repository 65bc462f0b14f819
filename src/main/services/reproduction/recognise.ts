import { controllers } from '../../../engine/controllers/index.ts'
import { memories } from '../../../engine/memories/index.ts'
import { tasks } from '../../../engine/tasks/index.ts'
import { InputError } from '../../../shared/errors.ts'
import { parseOptions, type Options } from '../../../shared/options.ts'
import { FORMAL_MODELS, FORMAL_TASKS, PLANS, PROTOCOL, type PublishedModel, type PublishedPlan } from '../../../shared/published/das-mali-2024.ts'
import type { ProtocolInfo } from '../../../shared/reproduction.ts'
import { STANDARD_PLANS, type FreezePlan, type Picked, type StudySpec } from '../../../shared/study.ts'

/** What a study of the history stands for in the published one. */
export interface Recognised {
  readonly task: string
  readonly model: string
  /** Published plans by the study's own plan ids. */
  readonly plans: ReadonlyMap<string, PublishedPlan>
  readonly protocol: Omit<ProtocolInfo, 'studies'>
  /** Names of its bins, from the shortest. */
  readonly bins: readonly string[]
}

/** @returns why not, in words, where a study of a published task cannot be held against the published figures; undefined for studies of other tasks and models */
export function recognise(spec: StudySpec): Recognised | string | undefined {
  const task = FORMAL_TASKS.find(id => sameParts(spec.task, { id }, tasks))
  const model = task && modelOf(spec, FORMAL_MODELS)
  if (!task || !model) return undefined
  const bins = spec.evaluation.bins.toSorted((a, b) => a.lengths[0] - b.lengths[0] || a.lengths[1] - b.lengths[1])
  if (bins.length !== PROTOCOL.bins.length) return `${bins.length} test ${bins.length === 1 ? 'bin' : 'bins'}; the published study has ${PROTOCOL.bins.length}`
  const plans = plansOf(spec.plans)
  if (plans.size === 0) return 'none of its freeze plans is one of the published study\'s'
  return { task, model: model.id, plans, bins: bins.map(({ name }) => name), protocol: protocolOf(spec.data.train.lengths, bins.map(({ lengths }) => lengths)) }
}

export function protocolOf(train: readonly [number, number], bins: readonly (readonly [number, number])[]): Omit<ProtocolInfo, 'studies'> {
  const key = [train, ...bins].map(range => range.join('-')).join('/')
  return { key, trainLengths: [train[0], train[1]], bins: bins.map(([low, high]) => [low, high]), asPublished: key === PUBLISHED_KEY }
}

const PUBLISHED_KEY = [PROTOCOL.trainLengths, ...PROTOCOL.bins].map(range => range.join('-')).join('/')
export const PUBLISHED_PROTOCOL = protocolOf(PROTOCOL.trainLengths, PROTOCOL.bins)

const modelOf = ({ model }: StudySpec, known: readonly PublishedModel[]): PublishedModel | undefined =>
  known.find(one => sameParts(model.controller, one.controller, controllers) && sameParts(model.memory, one.memory, memories))

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
function plansOf(plans: readonly FreezePlan[]): Map<string, PublishedPlan> {
  return new Map(plans.flatMap((plan): [string, PublishedPlan][] => {
    const same = PLANS.find(id => frozenThroughout(plan) === frozenThroughout(STANDARD_PLANS[id]!))
    return same ? [[plan.id, same]] : []
  }))
}

/** null: something is frozen for a part of the training only. */
function frozenThroughout({ freeze }: FreezePlan): string | null {
  if (freeze.some(({ from, until }) => from !== 'start' || until !== 'end')) return null
  return [...new Set(freeze.flatMap(({ what }) => what))].filter(what => what !== 'embedding').sort().join(' ')
}

/** What differs from the published procedure, besides lengths. */
export function deviationsOf({ data, training, seeds }: StudySpec): string[] {
  const { learningRate, optimizer } = training
  const [low, high] = PROTOCOL.learningRate
  const asPublished = typeof learningRate !== 'number' && learningRate.logUniform[0] === low && learningRate.logUniform[1] === high
  const number = (n: number): string => n.toLocaleString('en-US')
  return [
    seeds.length === PROTOCOL.restarts ? [] : [`${seeds.length} seeds (published: ${PROTOCOL.restarts} restarts)`],
    data.train.strings === PROTOCOL.trainStrings ? [] : [`${number(data.train.strings)} training strings (${number(PROTOCOL.trainStrings)})`],
    data.validation.strings === PROTOCOL.validationStrings ? [] : [`${number(data.validation.strings)} validation strings (${number(PROTOCOL.validationStrings)})`],
    training.epochs >= PROTOCOL.epochs ? [] : [`at most ${training.epochs} epochs (${PROTOCOL.epochs})`],
    training.batch === PROTOCOL.batch ? [] : [`batches of ${training.batch} (${PROTOCOL.batch})`],
    optimizer.id === PROTOCOL.optimizer ? [] : [`optimizer ${optimizer.id} (${PROTOCOL.optimizer})`],
    training.clipNorm === PROTOCOL.clipNorm ? [] : [`gradients ${training.clipNorm === null ? 'not clipped' : `clipped at ${training.clipNorm}`} (${PROTOCOL.clipNorm})`],
    asPublished ? [] : [`learning rate ${typeof learningRate === 'number' ? learningRate : learningRate.logUniform.join('–')} (${low}–${high}, drawn)`],
  ].flat()
}
