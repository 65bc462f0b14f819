import { chance } from '../../engine/chance.ts'
import type { TraceTensor } from '../../engine/devices/device.ts'
import { rowsCarried, rowsKept } from '../../engine/memories/memory.ts'
import { tracedTensors, type Model } from '../../engine/model.ts'
import { requireLength, validLengths, type Language } from '../../engine/tasks/task.ts'
import type { OptimalPrediction, Trace, TraceString } from '../../shared/contract/index.ts'
import { InputError } from '../../shared/errors.ts'
import type { StudySpec } from '../../shared/study.ts'
import { openNow, type Trained } from './executors.ts'
import { languageFor, symbolsIn, workAt } from './languages.ts'

/** Of one trace, 400 MB. */
const MOST_NUMBERS = 1e8
/** Milliseconds, roughly, that exact predictions for one string may take. */
const MOST_WORK = 30_000
const PROBABILITIES = 'output.probabilities'

/** @throws InputError for symbols that the task does not have, and lengths without strings */
export function readString(language: Language, string: TraceString): Int32Array {
  if ('text' in string) return Int32Array.from(symbolsIn(language, string.text))
  if ('symbols' in string) {
    const bad = string.symbols.findIndex(symbol => symbol >= language.symbols.length)
    if (bad >= 0)
      throw new InputError(
        `string.symbols.${bad}`,
        string.symbols[bad],
        `symbols from 0 to ${language.symbols.length - 1}`,
      )
    return Int32Array.from(string.symbols)
  }
  requireLength(length => language.valid(length), string.length, 'string.length')
  return Int32Array.from(language.sample(chance(string.seed ?? 0).fork('probe'), string.length))
}

/** @param depth rows of a growing memory to give back, from the top @param cells whether of its cells the lengths are enough @throws InputError, LabError `bad-checkpoint` */
export async function traceOf(
  trained: Trained,
  string: TraceString,
  depth: number,
  cells: 'whole' | 'lengths' = 'whole',
): Promise<Omit<Trace, 'runId' | 'weights' | 'epoch'>> {
  const language = languageFor(trained.study.task)
  const symbols = readString(language, string)
  const executor = await openNow(trained, language)
  const deepest = deepestRow(executor.model, symbols.length)
  checkSize(executor.model, symbols.length, Math.min(depth, deepest))
  const { [PROBABILITIES]: predicted, ...tensors } = executor.trace(symbols, depth)
  const { graph } = executor.model
  const growing = growingTensors(executor.model)
  return {
    symbolNames: [...language.symbols],
    symbols,
    inLanguage: language.accepts([...symbols]),
    ...(language.corpus
      ? textPredictions(predicted!, symbols)
      : { probabilities: predicted!.data, nats: targetNats(predicted!.data, symbols, language) }),
    stack: graph.stack,
    // Of what has more axes than time, depth and units, nothing is drawn.
    tensors: Object.entries(tensors)
      .filter(([, { shape }]) => shape.length <= 3)
      .map(([name, { shape, data }]) => {
        const lengths =
          growing.has(name) && shape.length === 3 ? cellLengths({ shape, data }, widthsIn(graph.stack, name)) : null
        return {
          name,
          rows: growing.has(name) ? deepest : null,
          labels: labelsOf(graph, name),
          shape: [...shape],
          data: lengths && cells === 'lengths' ? new Float32Array() : data,
          lengths,
        }
      }),
  }
}

/** Units of each of the stacks that lie side by side in a tensor's cells; null where it is one. */
const widthsIn = (stack: Model['graph']['stack'], name: string): readonly number[] | null =>
  stack?.kind === 'superposition' && stack.cells === name ? stack.widths : null

/** [n + 1, depth, stacks]: Euclidean length of each stack's units, of cells [n + 1, depth, units]. */
function cellLengths({ shape, data }: TraceTensor, widths: readonly number[] | null): Float32Array {
  const [steps = 0, rows = 0, width = 0] = shape
  const own = widths ?? [width]
  const lengths = new Float32Array(steps * rows * own.length)
  for (let cell = 0, at = 0, i = 0; cell < steps * rows; cell++) {
    for (const count of own) {
      let sum = 0
      for (const end = at + count; at < end; at++) sum += data[at]! * data[at]!
      lengths[i++] = Math.sqrt(sum)
    }
  }
  return lengths
}

const labelsOf = ({ labels }: Model['graph'], name: string): string[] | null => {
  const own = labels.get(name)
  return own ? [...own] : null
}

/** Names of tensors whose second axis is the depth of a growing memory. */
function growingTensors({ graph }: Model): Set<string> {
  return new Set(
    [...tracedTensors(graph)]
      .filter(([, tensor]) => typeof tensor.shape[0] !== 'number' && tensor.shape.length > 0)
      .map(([name]) => name),
  )
}

const deepestRow = ({ graph, reads }: Model, length: number): number =>
  Math.max(
    0,
    ...Array.from({ length: length + 1 }, (_, t) =>
      reads === 'text' ? rowsCarried(graph.rows, t, 0) : rowsKept(graph.rows, t, length),
    ),
  )

/** @throws InputError when all that the string leaves behind would not fit into memory */
function checkSize({ graph }: Model, length: number, rows: number): void {
  const numbers = [...tracedTensors(graph).values()].reduce(
    (sum, { shape }) => sum + shape.reduce<number>((size, side) => size * (typeof side === 'number' ? side : rows), 1),
    0,
  )
  if (numbers * (length + 1) > MOST_NUMBERS)
    throw new InputError(
      'string',
      `of ${length} symbols`,
      `shorter strings, or fewer rows: ${Math.round((numbers * (length + 1)) / 1e6)} million numbers of this memory do not fit`,
    )
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

export function assumedLengths({ data, evaluation }: StudySpec, language: Language, length: number): number[] {
  const range = [data.train.lengths, ...evaluation.bins.map(({ lengths }) => lengths)].find(
    ([low, high]) => low <= length && length <= high,
  )
  return range ? validLengths(language, range) : [length]
}

function targetNats(probabilities: Float32Array, symbols: Int32Array, language: Language): Float64Array {
  const outputs = language.symbols.length + 1
  return Float64Array.from(
    { length: symbols.length + 1 },
    (_, t) => -Math.log(probabilities[t * outputs + (symbols[t] ?? outputs - 1)]!),
  )
}

/** A text has no end of sequence, which gets the probability 0; its first word is not predicted, and what follows its last is not known: there the cost is NaN. */
function textPredictions({ shape, data }: TraceTensor, symbols: Int32Array): Pick<Trace, 'probabilities' | 'nats'> {
  const [steps, words] = shape as [number, number]
  const probabilities = new Float32Array(steps * (words + 1))
  for (let t = 0; t < steps; t++) probabilities.set(data.subarray(t * words, (t + 1) * words), t * (words + 1))
  return {
    probabilities,
    nats: Float64Array.from({ length: steps }, (_, t) =>
      t === 0 || t === symbols.length ? NaN : -Math.log(data[t * words + symbols[t]!]!),
    ),
  }
}
