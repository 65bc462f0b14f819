import type { Tensor } from '../../algebra/tensor.ts'
import { rowsAt, type Model } from '../../model.ts'
import type { BatchScore } from '../device.ts'
import { madeFor } from './graph-plan.ts'
import { weightsOfPredictions, withRows, type Lineup } from './lineup.ts'

/** Loss of each run. */
export function lossesOf(lineup: Lineup, nats: Float32Array): number[] {
  const weights = weightsOfPredictions(lineup),
    perRun = lineup.predictions * lineup.examples
  return lineup.shares.map((_, run) => {
    let loss = 0
    for (let k = run * perRun; k < (run + 1) * perRun; k++) if (weights[k]! > 0) loss += weights[k]! * nats[k]!
    return loss
  })
}

/** What the strings of one run gave. */
export function scoreOf(
  { shares, predictions, examples, firstPrediction }: Lineup,
  run: number,
  nats: ArrayLike<number>,
  correct: ArrayLike<number>,
  isText: boolean,
): BatchScore {
  const { size, length } = shares[run]!.batch
  const own = length + 1 - firstPrediction
  const each = { nats: new Float64Array(size * own), correct: new Int32Array(size * own) }
  const score = { nats: new Float64Array(size), correct: new Int32Array(size) }
  for (let step = 0; step < own; step++) {
    for (let example = 0; example < size; example++) {
      const at = (run * predictions + step) * examples + example
      score.nats[example]! += each.nats[example * own + step] = nats[at]!
      score.correct[example]! += each.correct[example * own + step] = correct[at]!
    }
  }
  return isText ? { ...score, predictions: each } : score
}

/** Numbers that the way there of one example takes. */
export function floatsOf(model: Model, length: number, age: number): number {
  const { next, nats, correct } = model.graph
  const floatsIn = (tensors: readonly Tensor[], rows: number): number =>
    tensors.reduce((sum, { shape }) => sum + withRows(shape, rows).reduce((a, b) => a * b, 1), 0)
  const step = madeFor(next.values())
  let floats = (length + 1) * floatsIn(madeFor([nats, correct]), 0)
  for (let t = 1; t <= length; t++) floats += floatsIn(step, rowsAt(model, t, length, age))
  return floats
}
