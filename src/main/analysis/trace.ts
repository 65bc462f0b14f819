import { chance } from '../../engine/chance.ts'
import { wasmDevice } from '../../engine/devices/wasm/device.ts'
import type { Batch, Executor, TraceTensor } from '../../engine/devices/device.ts'
import { rowsCarried, rowsKept } from '../../engine/memories/memory.ts'
import { buildModel, tracedTensors, type Model } from '../../engine/model.ts'
import { requireLength, validLengths, type Language } from '../../engine/tasks/task.ts'
import { weightsIn } from '../../engine/train/checkpoint.ts'
import type { Corpus } from '../../engine/tasks/corpus/corpus.ts'
import { testBatches } from '../../engine/train/data.ts'
import { predictionsIn } from '../../engine/train/lessons.ts'
import { pace } from '../../engine/train/pace.ts'
import { writeWeights } from '../../engine/train/weights.ts'
import type { OptimalPrediction, ScoredString, Trace, TraceString } from '../../shared/contract/index.ts'
import { InputError } from '../../shared/errors.ts'
import type { StudySpec } from '../../shared/study.ts'
import { alphabetOf } from '../services/languages.ts'
import { languageFor, symbolsIn, textOf, workAt } from './languages.ts'

/** A run's checkpoint, enough to rebuild the model that it holds. */
export interface Trained {
  readonly study: StudySpec
  readonly checkpoint: Uint8Array
  /** SHA-256 of the checkpoint. */
  readonly sha256: string
}

const KEPT = 4
/** Of one trace, 400 MB. */
const MOST_NUMBERS = 1e8
/** Milliseconds, roughly, that exact predictions for one string may take. */
const MOST_WORK = 30_000
const PROBABILITIES = 'output.probabilities'
const opened = new Map<string, Executor>()

/** The model of a checkpoint on the device that needs nothing; the last few are kept. @throws LabError `bad-checkpoint` */
async function open({ study, checkpoint, sha256 }: Trained, language: Language): Promise<Executor> {
  const known = opened.get(sha256)
  opened.delete(sha256)
  const executor = known ?? await reopen(study, checkpoint, language)
  opened.set(sha256, executor)
  // Not disposed of: another string may be on its way through it.
  if (opened.size > KEPT) opened.delete(opened.keys().next().value!)
  return executor
}

async function reopen(study: StudySpec, checkpoint: Uint8Array, language: Language): Promise<Executor> {
  const model = buildModel(study.model, alphabetOf(language))
  const weights = weightsIn(checkpoint, model.parameters)
  const executor = await wasmDevice.open(model, { optimizer: study.training.optimizer })
  writeWeights(executor, weights)
  return executor
}

/** @throws InputError for symbols that the task does not have, and lengths without strings */
export function readString(language: Language, string: TraceString): Int32Array {
  if ('text' in string) return Int32Array.from(symbolsIn(language, string.text))
  if ('symbols' in string) {
    const bad = string.symbols.findIndex(symbol => symbol >= language.symbols.length)
    if (bad >= 0) throw new InputError(`string.symbols.${bad}`, string.symbols[bad], `symbols from 0 to ${language.symbols.length - 1}`)
    return Int32Array.from(string.symbols)
  }
  requireLength(length => language.valid(length), string.length, 'string.length')
  return Int32Array.from(language.sample(chance(string.seed ?? 0).fork('probe'), string.length))
}

/** @param depth rows of a growing memory to give back, from the top @throws InputError, LabError `bad-checkpoint` */
export async function traceOf(trained: Trained, string: TraceString, depth: number): Promise<Omit<Trace, 'runId' | 'weights' | 'epoch'>> {
  const language = languageFor(trained.study.task)
  const symbols = readString(language, string)
  const executor = await open(trained, language)
  const deepest = deepestRow(executor.model, symbols.length)
  checkSize(executor.model, symbols.length, Math.min(depth, deepest))
  const { [PROBABILITIES]: predicted, ...tensors } = executor.trace(symbols, depth)
  const growing = growingTensors(executor.model)
  return {
    symbolNames: [...language.symbols], symbols, inLanguage: language.accepts([...symbols]),
    ...language.corpus ? textPredictions(predicted!, symbols) : { probabilities: predicted!.data, nats: targetNats(predicted!.data, symbols, language) },
    tensors: Object.entries(tensors).map(([name, tensor]) => ({ name, rows: growing.has(name) ? deepest : null, shape: [...tensor.shape], data: tensor.data })),
  }
}

/** Names of tensors whose second axis is the depth of a growing memory. */
function growingTensors({ graph }: Model): Set<string> {
  return new Set([...tracedTensors(graph)].filter(([, tensor]) => typeof tensor.shape[0] !== 'number' && tensor.shape.length > 0).map(([name]) => name))
}

const deepestRow = ({ graph, reads }: Model, length: number): number =>
  Math.max(0, ...Array.from({ length: length + 1 }, (_, t) => reads === 'text' ? rowsCarried(graph.rows, t, 0) : rowsKept(graph.rows, t, length)))

/** @throws InputError when all that the string leaves behind would not fit into memory */
function checkSize({ graph }: Model, length: number, rows: number): void {
  const numbers = [...tracedTensors(graph).values()].reduce((sum, { shape }) => sum + shape.reduce<number>((size, side) => size * (typeof side === 'number' ? side : rows), 1), 0)
  if (numbers * (length + 1) > MOST_NUMBERS) throw new InputError('string', `of ${length} symbols`, `shorter strings, or fewer rows: ${Math.round(numbers * (length + 1) / 1e6)} million numbers of this memory do not fit`)
}

/** null where no exact prediction is known, or no string has the length. */
export function optimalOf(study: StudySpec, string: TraceString): OptimalPrediction | null {
  const language = languageFor(study.task)
  const symbols = readString(language, string)
  if (!language.optimal || !language.valid(symbols.length) || workAt(language, symbols.length) > MOST_WORK) return null
  const lengths = assumedLengths(study, language, symbols.length)
  const rows = language.optimal([...symbols], lengths)
  const probabilities = Float32Array.from(rows.flatMap(row => [...row]))
  return { probabilities, lengths, nats: targetNats(probabilities, symbols, language) }
}

function assumedLengths({ data, evaluation }: StudySpec, language: Language, length: number): number[] {
  const range = [data.train.lengths, ...evaluation.bins.map(({ lengths }) => lengths)].find(([low, high]) => low <= length && length <= high)
  return range ? validLengths(language, range) : [length]
}

function targetNats(probabilities: Float32Array, symbols: Int32Array, language: Language): Float64Array {
  const outputs = language.symbols.length + 1
  return Float64Array.from({ length: symbols.length + 1 }, (_, t) => -Math.log(probabilities[t * outputs + (symbols[t] ?? outputs - 1)]!))
}

/** A text has no end of sequence, which gets the probability 0; its first word is not predicted, and what follows its last is not known: there the cost is NaN. */
function textPredictions({ shape, data }: TraceTensor, symbols: Int32Array): Pick<Trace, 'probabilities' | 'nats'> {
  const [steps, words] = shape as [number, number]
  const probabilities = new Float32Array(steps * (words + 1))
  for (let t = 0; t < steps; t++) probabilities.set(data.subarray(t * words, (t + 1) * words), t * (words + 1))
  return { probabilities, nats: Float64Array.from({ length: steps }, (_, t) => t === 0 || t === symbols.length ? NaN : -Math.log(data[t * words + symbols[t]!]!)) }
}

export interface StringsInput { readonly bin?: string | undefined, readonly which: 'worst' | 'best' | 'first', readonly count: number }

/** Test strings of a bin by how far the model is above the bound on them. @throws InputError for an unknown bin, the signal's reason */
export async function scoredStrings(trained: Trained, { bin, which, count }: StringsInput, signal: AbortSignal): Promise<ScoredString[]> {
  const { study } = trained
  const name = bin ?? study.evaluation.bins[0]!.name
  const chosen = study.evaluation.bins.filter(one => one.name === name)
  if (chosen.length === 0) throw new InputError('bin', bin, study.evaluation.bins.map(one => one.name).join(', '))
  const language = languageFor(study.task)
  const executor = await open(trained, language)
  const turns = pace(() => performance.now(), signal)
  const scored: ScoredString[] = []
  const batches: Iterable<Batch> = language.corpus ? excerpts(language.corpus, study) : testBatches({ study: { ...study, evaluation: { bins: chosen } }, language })
  for (const batch of batches) {
    const { nats, correct } = executor.evaluate(batch)
    for (let row = 0; row < batch.size; row++) {
      const symbols = [...batch.symbols.subarray(row * batch.length, (row + 1) * batch.length)]
      const predicted = predictionsIn(batch) / batch.size
      scored.push({ symbols, text: textOf(language, symbols), length: batch.length, loss: nats[row]! / predicted, bound: batch.next ? 0 : -language.logProbability(symbols) / predicted, accuracy: correct[row]! / predicted })
    }
    if (which === 'first' && scored.length >= count) break
    if (turns.due(turns.now())) await turns.turn()
  }
  if (which === 'first') return scored.slice(0, count)
  const ascending = scored.map(string => [excess(string), string] as const).sort(([a], [b]) => a === b ? 0 : a - b).map(([, string]) => string)
  return which === 'best' ? ascending.slice(0, count) : ascending.slice(-count).reverse()
}

const MOST_EXCERPTS = 256

/** The test part of a text in pieces as long as a training step, evenly apart where there are many. */
function* excerpts({ test }: Corpus, { data }: StudySpec): Generator<Batch> {
  const length = Math.min(data.train.lengths[1], test.length - 1)
  const all = Math.floor((test.length - 1) / length)
  const count = Math.min(all, MOST_EXCERPTS)
  for (let k = 0; k < count; k++) {
    const start = Math.floor(k * all / count) * length
    yield { size: 1, length, symbols: test.slice(start, start + length), next: test.slice(start + length, start + length + 1) }
  }
}

/** What cannot be compared (a diverged model) counts as the worst. */
const excess = ({ loss, bound }: ScoredString): number => Number.isNaN(loss - bound) ? Infinity : loss - bound
