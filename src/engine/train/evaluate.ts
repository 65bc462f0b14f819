import type { LengthScore } from '../../shared/run-events.ts'
import { pool, scored, type Score } from '../../shared/score.ts'
import type { Batch, BatchScore } from '../devices/device.ts'
import type { ScoredBatch, TestBatch } from './data.ts'
import type { Pace } from './pace.ts'
import type { Trainee } from './weights.ts'

/** Predictions that a batch asks for: a text has no end of sequence. */
export const predictionsIn = ({ size, length, next }: Batch): number => size * (length + (next ? 0 : 1))

/** What a batch scored. A batch that does not say what it costs the exact distribution has no known bound. */
export const scoreIn = (
  batch: Batch & Partial<Pick<ScoredBatch, 'boundNats' | 'lengthNats'>>,
  { nats, correct }: Pick<BatchScore, 'nats' | 'correct'>,
): Score =>
  scored({
    strings: batch.size,
    symbols: predictionsIn(batch),
    nats: sum(nats),
    correct: sum(correct),
    boundNats: batch.boundNats ?? NaN,
    lengthNats: batch.lengthNats ?? NaN,
  })

/** The pooled score of all strings with the executor's present weights. @throws the reason of the pace's signal once it is aborted */
export async function scoreOf(executor: Trainee, batches: readonly ScoredBatch[], pace: Pace): Promise<Score> {
  const scores: Score[] = []
  for (const batch of batches) scores.push(await scoreBatch(executor, batch, pace))
  return pool(scores)
}

/** One score for each bin and length, in the order of the batches. @throws the reason of the pace's signal once it is aborted */
export async function scoresByLength(
  executor: Trainee,
  batches: readonly TestBatch[],
  pace: Pace,
): Promise<LengthScore[]> {
  const groups: { bin: string; length: number; scores: Score[] }[] = []
  for (const batch of batches) {
    const { bin, length } = batch
    let group = groups.at(-1)
    if (group?.bin !== bin || group.length !== length) groups.push((group = { bin, length, scores: [] }))
    group.scores.push(await scoreBatch(executor, batch, pace))
  }
  return groups.map(({ bin, length, scores }) => ({ bin, length, ...pool(scores) }))
}

async function scoreBatch(executor: Trainee, batch: ScoredBatch, { check, due, turn, now }: Pace): Promise<Score> {
  const score = scoreIn(batch, await executor.evaluate(batch))
  check()
  if (due(now())) await turn()
  return score
}

function sum(values: Float64Array | Int32Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
