import type { LengthScore, Score } from '../../shared/run-events.ts'
import type { ScoredBatch, TestBatch } from './data.ts'
import type { Pace } from './pace.ts'
import type { Trainee } from './weights.ts'

const NOTHING: Score = { strings: 0, symbols: 0, nats: 0, correct: 0, boundNats: 0 }

/** The pooled score of all strings with the executor's present weights. @throws the reason of the pace's signal once it is aborted */
export async function scoreOf(executor: Trainee, batches: readonly ScoredBatch[], pace: Pace): Promise<Score> {
  const score = { ...NOTHING }
  for (const batch of batches) await addBatch(score, executor, batch, pace)
  return score
}

/** One score for each bin and length, in the order of the batches. @throws the reason of the pace's signal once it is aborted */
export async function scoresByLength(
  executor: Trainee,
  batches: readonly TestBatch[],
  pace: Pace,
): Promise<LengthScore[]> {
  const scores: LengthScore[] = []
  for (const batch of batches) {
    let score = scores.at(-1)
    if (score?.bin !== batch.bin || score.length !== batch.length)
      scores.push((score = { bin: batch.bin, length: batch.length, ...NOTHING }))
    await addBatch(score, executor, batch, pace)
  }
  return scores
}

async function addBatch(
  score: Score,
  executor: Trainee,
  batch: ScoredBatch,
  { check, due, turn, now }: Pace,
): Promise<void> {
  const { nats, correct } = await executor.evaluate(batch)
  score.strings += batch.size
  score.symbols += batch.size * (batch.length + 1)
  score.nats += sum(nats)
  score.correct += sum(correct)
  score.boundNats += batch.boundNats
  check()
  if (due(now())) await turn()
}

function sum(values: Float64Array | Int32Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
