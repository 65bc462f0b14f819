import type { Model } from '../../model.ts'
import type { Share } from '../cohort/engine.ts'
import { sizeOf, type Shape } from '../../algebra/tensor.ts'

/** Batches of several runs as one: as many examples and steps as the largest has. What a smaller one lacks is computed of symbol 0 and counts nothing. */
export interface Lineup {
  readonly shares: readonly Share[]
  readonly runs: number
  readonly examples: number
  readonly length: number
  /** Symbols read since the streams of a text began. */
  readonly age: number
  /** The first step with a prediction. */
  readonly firstPrediction: 0 | 1
  readonly predictions: number
}

export function lineUp(model: Model, shares: readonly Share[]): Lineup {
  const firstPrediction = model.reads === 'text' ? 1 : 0
  const length = Math.max(...shares.map(({ batch }) => batch.length))
  return {
    shares,
    runs: shares.length,
    length,
    firstPrediction,
    predictions: length + 1 - firstPrediction,
    examples: Math.max(...shares.map(({ batch }) => batch.size)),
    age: shares[0]!.batch.carried?.age ?? 0,
  }
}

/** For every run, step and example, in that order, and row by row what a batch has of it. */
function table<T extends Int32Array | Float32Array>(
  into: T,
  { shares, examples }: Lineup,
  first: number,
  last: number,
  valueAt: (share: Share, step: number, example: number) => number,
): T {
  const steps = last - first + 1
  shares.forEach((share, run) => {
    for (let step = first; step <= Math.min(last, share.batch.length); step++) {
      for (let example = 0; example < share.batch.size; example++)
        into[(run * steps + step - first) * examples + example] = valueAt(share, step, example)
    }
  })
  return into
}

/** Symbols read at steps 1 … length, [runs, steps, examples]. */
export function symbolsRead(lineup: Lineup): Int32Array {
  const { runs, length, examples } = lineup
  return table(
    new Int32Array(runs * length * examples),
    lineup,
    1,
    length,
    ({ batch }, step, example) => batch.symbols[example * batch.length + step - 1]!,
  )
}

/** Symbols to be predicted, [runs, predictions, examples]; `end` is the end of sequence. */
export function symbolsPredicted(lineup: Lineup, end: number): Int32Array {
  const { runs, predictions, examples, firstPrediction, length } = lineup
  return table(
    new Int32Array(runs * predictions * examples),
    lineup,
    firstPrediction,
    length,
    ({ batch }, step, example) =>
      step < batch.length ? batch.symbols[example * batch.length + step]! : (batch.next?.[example] ?? end),
  )
}

/** Of each prediction in its run's loss: the mean over strings, or over all predictions of a text. [runs, predictions, examples] */
export function weightsOfPredictions(lineup: Lineup): Float32Array {
  const { runs, predictions, examples, firstPrediction, length } = lineup
  return table(
    new Float32Array(runs * predictions * examples),
    lineup,
    firstPrediction,
    length,
    ({ batch: { size, length: own, next } }) => 1 / (size * (next ? own : 1)),
  )
}

/** Factors of dropout at steps `first` … length, [runs, steps, examples, width]; null where nothing is dropped. */
export function masksOf(
  { shares, runs, length, examples }: Lineup,
  name: string,
  width: number,
  first: number,
): Float32Array | null {
  if (shares.every(({ batch }) => !batch.masks?.has(name))) return null
  const steps = length - first + 1
  const values = new Float32Array(runs * steps * examples * width).fill(1)
  shares.forEach(({ batch: { size, length: own, masks } }, run) => {
    const given = masks?.get(name)
    if (!given) return
    for (let step = first; step <= own; step++) {
      for (let example = 0; example < size; example++) {
        const from = (example * (own + 1) + step) * width
        values.set(given.subarray(from, from + width), ((run * steps + step - first) * examples + example) * width)
      }
    }
  })
  return values
}

/** What the chunks before left of a part of the state, [runs, examples, …shape]; null where every stream begins here. */
export function carriedState(
  { shares, runs, examples }: Lineup,
  name: string,
  shape: readonly number[],
): Float32Array | null {
  if (shares.every(({ batch }) => !batch.carried)) return null
  const size = sizeOf(shape)
  const values = new Float32Array(runs * examples * size)
  shares.forEach(({ batch: { carried } }, run) => {
    if (carried) values.set(carried.states.get(name)!, run * examples * size)
  })
  return values
}

/** The shape of a part of the state with so many rows. */
export const withRows = (shape: Shape, rows: number): number[] =>
  shape.map(dim => (typeof dim === 'number' ? dim : rows))
