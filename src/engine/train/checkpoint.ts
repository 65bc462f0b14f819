import { z } from 'zod'
import { describe, LabError } from '../../shared/errors.ts'
import type { Arithmetic } from '../../shared/run-events.ts'
import type { FreezePlan, StudySpec } from '../../shared/study.ts'
import type { ParameterInfo } from '../parameters.ts'
import type { Corpus } from '../tasks/corpus/corpus.ts'
import { SavedState, type RunState } from './run-state.ts'
import { readSafetensors, writeSafetensors, type StoredTensor, type TensorFile } from './safetensors.ts'
import { bytesOf, sha256 } from './sha256.ts'
import type { BestEpoch } from './schedules.ts'
import type { Trainee, Weights } from './weights.ts'

/**
 * Checkpoints are safetensors files. `last` holds the weights, every optimizer slot and the order of the epoch as tensors under their
 * own names, and the run's state as metadata; `best` the weights of the best validation epoch alone, a snapshot those after some epoch.
 * All name the run they are of, and carry the SHA-256 of their content.
 */

const FORMAT = 'permafrost-checkpoint-1'
const ORDER = 'order'
/** Before the names of the parts of the state that is carried on. */
const CARRIED = 'carried:'

const Identity = z.strictObject({
  task: z.unknown(),
  model: z.unknown(),
  data: z.unknown(),
  evaluation: z.unknown(),
  training: z.unknown(),
  plan: z.unknown(),
  seed: z.number().int(),
  /** SHA-256 of the text, where one is read. */
  corpus: z.string().optional(),
  parameters: z.record(z.string(), z.array(z.number().int())),
})

/** Everything of a study that decides what one of its runs computes; its name, its other plans, its other seeds and what is kept along the way do not. */
export type RunIdentity = z.output<typeof Identity>

const LastState = z.strictObject({ ...SavedState.shape, counts: z.record(z.string(), z.number().int().min(0)) })
const BestState = z.strictObject({ epoch: z.number().int().min(0), loss: z.number() })

export function identify(
  { study, plan, seed, corpus }: { study: StudySpec; plan: FreezePlan; seed: number; corpus?: Corpus | undefined },
  parameters: readonly ParameterInfo[],
): RunIdentity {
  const {
    task,
    model,
    data,
    evaluation,
    training: { snapshots: _, ...training },
  } = study
  const shapes = Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]))
  return JSON.parse(
    JSON.stringify({
      task,
      model,
      data,
      evaluation,
      training,
      plan: { id: plan.id, freeze: plan.freeze },
      seed,
      corpus: corpus && corpusHash(corpus),
      parameters: shapes,
    }),
  )
}

const corpusHash = ({ words, train, validation, test }: Corpus): string =>
  sha256([new TextEncoder().encode(words.join(' ')), ...[train, validation, test].map(bytesOf)])

export function writeLast(run: RunIdentity, executor: Trainee, { order, carried, ...saved }: RunState): Uint8Array {
  const tensors = new Map<string, StoredTensor>([[ORDER, { shape: [order.length], data: order }]])
  for (const name of executor.tensors) {
    const data = executor.read(name)
    tensors.set(name, { shape: shapeOf(name, data, run), data })
  }
  for (const [name, data] of carried?.states ?? []) tensors.set(`${CARRIED}${name}`, { shape: [data.length], data })
  return seal(
    'last',
    run,
    { ...saved, carried: carried && { size: carried.size, age: carried.age }, counts: executor.counts() },
    tensors,
    executor.arithmetic,
  )
}

export function writeBest(run: RunIdentity, weights: Weights, best: BestEpoch, arithmetic?: Arithmetic): Uint8Array {
  return seal('best', run, best, weightTensors(run, weights), arithmetic)
}

/** @param epoch epochs done; 0: the initial weights */
export function writeSnapshot(run: RunIdentity, weights: Weights, epoch: number, arithmetic?: Arithmetic): Uint8Array {
  return seal('snapshot', run, { epoch }, weightTensors(run, weights), arithmetic)
}

/**
 * Puts the executor where the checkpoint left it; all is checked before anything is written to it.
 * @returns the state to go on from
 * @throws LabError `bad-checkpoint` or `bad-safetensors` for a file that is damaged, `foreign-checkpoint` for that of another run
 */
export function restoreLast(bytes: Uint8Array, run: RunIdentity, executor: Trainee): RunState {
  const { tensors, state } = open('last', bytes, run)
  const { counts, carried, ...saved } = parsed(LastState, state, 'state')
  const order = tensors.get(ORDER)?.data
  if (!(order instanceof Int32Array)) bad('it has no order of batches')
  const values = floats(
    new Map([...tensors].filter(([name]) => name !== ORDER && !name.startsWith(CARRIED))),
    executor.tensors,
    name => executor.read(name).length,
  )
  sameNames(Object.keys(counts), Object.keys(run.parameters), 'update counts')
  for (const [name, data] of values) executor.write(name, data)
  executor.setCounts(counts)
  return { ...saved, order, carried: carried && { ...carried, states: carriedStates(tensors) } }
}

function carriedStates(tensors: TensorFile['tensors']): Map<string, Float32Array> {
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(CARRIED))
      .map(([name, { data }]) => {
        if (!(data instanceof Float32Array)) bad(`its tensor ${name} is not of 32-bit floats`)
        return [name.slice(CARRIED.length), data]
      }),
  )
}

/** @throws as `restoreLast` */
export function readBest(bytes: Uint8Array, run: RunIdentity): BestEpoch & { weights: Weights } {
  const { tensors, state } = open('best', bytes, run)
  const sizes = run.parameters
  return {
    ...parsed(BestState, state, 'state'),
    weights: floats(tensors, Object.keys(sizes), name => sizeOf(sizes[name]!)),
  }
}

/**
 * The weights in a checkpoint or snapshot, for a model with these parameters.
 * @throws LabError `bad-checkpoint` or `bad-safetensors` for a file that is damaged or of a model with other parameters
 */
export function weightsIn(bytes: Uint8Array, parameters: readonly ParameterInfo[]): Weights {
  const { tensors } = unseal(bytes)
  const names = new Set(parameters.map(({ name }) => name))
  const sizes = new Map(parameters.map(({ name, shape }) => [name, sizeOf(shape)]))
  return floats(new Map([...tensors].filter(([name]) => names.has(name))), [...names], name => sizes.get(name)!)
}

/** With which arithmetic the weights of a checkpoint were computed; undefined where it does not say. @throws as `restoreLast` */
export function arithmeticOf(bytes: Uint8Array): Arithmetic | undefined {
  const { arithmetic } = unseal(bytes).metadata
  return arithmetic === 'fused' || arithmetic === 'unfused' ? arithmetic : undefined
}

function weightTensors(run: RunIdentity, weights: Weights): Map<string, StoredTensor> {
  return new Map([...weights].map(([name, data]) => [name, { shape: shapeOf(name, data, run), data }]))
}

function seal(
  which: 'last' | 'best' | 'snapshot',
  run: RunIdentity,
  state: unknown,
  tensors: ReadonlyMap<string, StoredTensor>,
  arithmetic: Arithmetic | undefined,
): Uint8Array {
  const metadata = {
    format: FORMAT,
    which,
    run: canonical(run),
    state: canonical(state),
    ...(arithmetic ? { arithmetic } : {}),
  }
  return writeSafetensors({ metadata: { ...metadata, sha256: contentHash({ metadata, tensors }) }, tensors })
}

function unseal(bytes: Uint8Array): TensorFile {
  const {
    metadata: { sha256: expected, ...metadata },
    tensors,
  } = readSafetensors(bytes)
  if (metadata.format !== FORMAT) bad(`its format is ${describe(metadata.format)}, not ${FORMAT}`)
  if (contentHash({ metadata, tensors }) !== expected)
    bad('its content does not have the SHA-256 that it was written with')
  return { metadata, tensors }
}

function open(
  which: 'last' | 'best',
  bytes: Uint8Array,
  run: RunIdentity,
): { tensors: TensorFile['tensors']; state: unknown } {
  const { metadata, tensors } = unseal(bytes)
  if (metadata.which !== which) bad(`it is a checkpoint of kind ${describe(metadata.which)}, not "${which}"`)
  const difference = firstDifference(parsed(Identity, json(metadata.run, 'run'), 'run'), run, '')
  if (difference) throw new LabError('foreign-checkpoint', `This checkpoint is of another run: ${difference}.`)
  return { tensors, state: json(metadata.state, 'state') }
}

/** SHA-256 of all that the file says, in a fixed order: metadata and tensors by name. */
function contentHash({ metadata, tensors }: TensorFile): string {
  const encoder = new TextEncoder()
  const chunks: Uint8Array[] = [encoder.encode(JSON.stringify(byName(Object.entries(metadata))))]
  for (const [name, { shape, data }] of byName([...tensors]))
    chunks.push(encoder.encode(JSON.stringify([name, data.BYTES_PER_ELEMENT, shape])), bytesOf(data))
  return sha256(chunks)
}

/** JSON with the keys in order, so that equal states make equal files. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) && !Array.isArray(part) ? Object.fromEntries(byName(Object.entries(part))) : part,
  )
}

const byName = <T>(entries: readonly [string, T][]): [string, T][] => entries.toSorted(([a], [b]) => (a < b ? -1 : 1))

function floats(
  tensors: TensorFile['tensors'],
  names: readonly string[],
  sizeFor: (name: string) => number,
): Map<string, Float32Array> {
  sameNames([...tensors.keys()], names, 'tensors')
  const values = new Map<string, Float32Array>()
  for (const [name, { data }] of tensors) {
    if (!(data instanceof Float32Array) || data.length !== sizeFor(name))
      bad(`its tensor ${name} is not of ${sizeFor(name)} 32-bit floats`)
    values.set(name, data)
  }
  return values
}

function sameNames(found: readonly string[], expected: readonly string[], noun: string): void {
  const missing = expected.filter(name => !found.includes(name))
  const unknown = found.filter(name => !expected.includes(name))
  if (missing.length > 0) bad(`it lacks the ${noun} ${missing.join(', ')}`)
  if (unknown.length > 0) bad(`it has unknown ${noun}: ${unknown.join(', ')}`)
}

/** In words, where `found` first differs from `expected`; undefined when they are equal. */
function firstDifference(found: unknown, expected: unknown, path: string): string | undefined {
  if (!isObject(found) || !isObject(expected))
    return found === expected ? undefined : `${path} is ${describe(found)} there, ${describe(expected)} here`
  for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const difference = firstDifference(found[key], expected[key], path ? `${path}.${key}` : key)
    if (difference) return difference
  }
  return undefined
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1)

/** A slot has the shape of its parameter, unless it holds something else. */
function shapeOf(tensor: string, { length }: Float32Array, { parameters }: RunIdentity): readonly number[] {
  const shape = parameters[tensor.slice(tensor.indexOf(':') + 1)]
  return shape !== undefined && sizeOf(shape) === length ? shape : [length]
}

function json(text: string | undefined, noun: string): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch (cause) {
    bad(`its ${noun} is not JSON`, { cause })
  }
}

function parsed<T extends z.ZodType>(schema: T, value: unknown, noun: string): z.output<T> {
  const result = schema.safeParse(value)
  if (!result.success) bad(`its ${noun} is not what a checkpoint holds: ${z.prettifyError(result.error)}`)
  return result.data
}

function bad(what: string, options?: ErrorOptions): never {
  throw new LabError('bad-checkpoint', `This checkpoint cannot be used: ${what}.`, options)
}
