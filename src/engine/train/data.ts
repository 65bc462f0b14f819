import { InputError } from '../../shared/errors.ts'
import type { BinSpec, StudySpec } from '../../shared/study.ts'
import { chance, type Chance } from '../chance.ts'
import type { Batch } from '../devices/device.ts'
import { validLengths, type Language } from '../tasks/task.ts'

/** Strings to be scored, with what they cost the exact distribution in nats (DuSell & Chiang 2020). */
export interface ScoredBatch extends Batch {
  /** −Σ ln p(w | length). */
  readonly boundNats: number
  /** The strings times ln(lengths that could have come). */
  readonly lengthNats: number
}

/** Test strings of one length. A length with more strings than one batch holds comes in several. */
export interface TestBatch extends ScoredBatch {
  readonly bin: string
}

/** What a run draws: its seed decides the training and validation strings, each bin's own seed the test strings. */
export interface DrawnFrom {
  readonly study: StudySpec
  readonly language: Language
  readonly seed: number
}

/**
 * Training strings in batches of one length each, lengths uniform over the valid ones (DuSell & Chiang 2020); the last batch holds what is left.
 * Drawn one batch at a time, so that a long draw can be interrupted.
 * @throws InputError when the range has no valid length.
 */
export function* trainingBatches({ study, language, seed }: DrawnFrom): Generator<Batch> {
  yield* drawBatches(
    language,
    study.data.train,
    study.training.batch,
    dataChance(seed, 'train'),
    'study.data.train.lengths',
  )
}

/** Validation strings, drawn like the training strings from a stream of their own. @throws InputError when the range has no valid length. */
export function* validationBatches({ study, language, seed }: DrawnFrom): Generator<ScoredBatch> {
  const batches = drawBatches(
    language,
    study.data.validation,
    study.training.batch,
    dataChance(seed, 'validation'),
    'study.data.validation.lengths',
  )
  const { length: lengths } = validLengths(language, study.data.validation.lengths)
  for (const batch of batches) yield withCosts(language, batch, lengths)
}

/**
 * The test strings of every bin: `perLength` for every `stride`-th valid length. The strings at a length depend on the bin's seed and
 * the length alone: they are the same for every run, and a bin that takes fewer of them takes the first.
 * @throws InputError when a range has no valid length.
 */
export function* testBatches({ study, language }: Pick<DrawnFrom, 'study' | 'language'>): Generator<TestBatch> {
  for (const [index, bin] of study.evaluation.bins.entries()) {
    const { length: lengths } = validLengths(language, bin.lengths)
    for (const length of binLengths(language, bin, index)) {
      const source = chance(bin.seed).fork(`test/${length}`)
      for (let left = bin.perLength; left > 0; left -= study.training.batch) {
        const batch = drawBatch(language, length, Math.min(left, study.training.batch), source)
        yield { ...withCosts(language, batch, lengths), bin: bin.name }
      }
    }
  }
}

export const stepsPerEpoch = (study: StudySpec): number => Math.ceil(study.data.train.strings / study.training.batch)

/** @throws InputError naming the first range of the study in which the language has no string. */
export function checkLengths(study: StudySpec, language: Language): void {
  lengthsIn(language, study.data.train.lengths, 'study.data.train.lengths')
  lengthsIn(language, study.data.validation.lengths, 'study.data.validation.lengths')
  study.evaluation.bins.forEach((bin, index) => binLengths(language, bin, index))
}

/** A uniform permutation of 0 … count-1 (Fisher & Yates): in which order an epoch takes its batches. */
export function drawOrder(count: number, source: Chance): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  for (let last = count - 1; last > 0; last--) {
    const picked = source.integer(last + 1)
    const moved = order[last]!
    order[last] = order[picked]!
    order[picked] = moved
  }
  return order
}

const dataChance = (seed: number, set: string): Chance => chance(seed).fork('data').fork(set)

function* drawBatches(
  language: Language,
  { strings, lengths }: { strings: number; lengths: [number, number] },
  size: number,
  source: Chance,
  field: string,
): Generator<Batch> {
  const valid = lengthsIn(language, lengths, field)
  for (let left = strings; left > 0; left -= size) {
    yield drawBatch(language, valid[source.integer(valid.length)]!, Math.min(left, size), source)
  }
}

function drawBatch(language: Language, length: number, size: number, source: Chance): Batch {
  const symbols = new Int32Array(size * length)
  for (let row = 0; row < size; row++) symbols.set(language.sample(source, length), row * length)
  return { size, length, symbols }
}

/** @param lengths how many could have come, those that a stride skips included */
function withCosts(language: Language, batch: Batch, lengths: number): ScoredBatch {
  const { size, length, symbols } = batch
  let boundNats = 0
  for (let row = 0; row < size; row++)
    boundNats -= language.logProbability([...symbols.subarray(row * length, (row + 1) * length)])
  return { ...batch, boundNats, lengthNats: size * Math.log(lengths) }
}

function binLengths(language: Language, { lengths, stride }: BinSpec, index: number): number[] {
  return lengthsIn(language, lengths, `study.evaluation.bins.${index}.lengths`).filter((_, i) => i % stride === 0)
}

function lengthsIn(language: Language, range: readonly [number, number], field: string): number[] {
  const valid = validLengths(language, range)
  if (valid.length === 0)
    throw new InputError(field, range, 'a range with at least one length at which the language has strings')
  return valid
}
