import { checkMeasurements } from './measurements.ts'
import { normalCdf } from './normal.ts'
import { midranks, tieCorrection } from './ranks.ts'
import type { TestResult } from './sign-flip.ts'

export interface MannWhitneyResult extends TestResult {
  /** Pairs (one of a, one of b) in which a is larger, ties counted half: from 0 to a.length · b.length. */
  u: number
}

const EXACT_UP_TO = 60

/**
 * Mann-Whitney test of two independent samples (Mann & Whitney 1947, doi:10.1214/aoms/1177730491), two-sided: twice the smaller tail, at most 1.
 * Exact with ties too, over all ways to choose which of the pooled midranks belong to `a`. Above 60 values in all: normal approximation with
 * tie and continuity correction.
 */
export function mannWhitneyTest(a: readonly number[], b: readonly number[]): MannWhitneyResult {
  checkMeasurements(a, 'a')
  checkMeasurements(b, 'b')
  const ranks = midranks([...a, ...b])
  const rankSum = ranks.slice(0, a.length).reduce((sum, rank) => sum + rank, 0)
  const u = rankSum - (a.length * (a.length + 1)) / 2
  const exact = ranks.length <= EXACT_UP_TO
  return { u, exact, p: exact ? exactP(ranks, a.length, rankSum) : approximateP(ranks, a.length, u) }
}

function exactP(ranks: readonly number[], chosen: number, seen: number): number {
  const ways = subsetSums(
    ranks.map(rank => 2 * rank),
    chosen,
  )
  let all = 0
  let atMost = 0
  let atLeast = 0
  ways.forEach((count, sum) => {
    all += count
    if (sum <= 2 * seen) atMost += count
    if (sum >= 2 * seen) atLeast += count
  })
  return Math.min(1, (2 * Math.min(atMost, atLeast)) / all)
}

/** ways[s]: in how many ways `chosen` of the whole numbers add up to s. */
function subsetSums(numbers: readonly number[], chosen: number): Float64Array {
  const most = numbers.reduce((sum, n) => sum + n, 0)
  const ways = Array.from({ length: chosen + 1 }, () => new Float64Array(most + 1))
  ways[0]![0] = 1
  for (const number of numbers) {
    for (let k = chosen; k > 0; k--) {
      const with1 = ways[k]!
      const without = ways[k - 1]!
      for (let s = most; s >= number; s--) with1[s] = with1[s]! + without[s - number]!
    }
  }
  return ways[chosen]!
}

function approximateP(ranks: readonly number[], n: number, u: number): number {
  const all = ranks.length
  const m = all - n
  const spread = Math.sqrt(((n * m) / 12) * (all + 1 - tieCorrection(ranks) / (all * (all - 1))))
  return spread === 0 ? 1 : Math.min(1, 2 * normalCdf(-Math.max(0, Math.abs(u - (n * m) / 2) - 0.5) / spread))
}
