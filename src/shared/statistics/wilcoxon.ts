import { checkMeasurements } from './measurements.ts'
import { normalCdf } from './normal.ts'
import { midranks, tieCorrection } from './ranks.ts'
import type { TestResult } from './sign-flip.ts'

export interface SignedRankResult extends TestResult {
  /** Sum of the ranks of |difference| over positive differences. */
  positiveRankSum: number
  /** Differences other than 0; zeros are left out. */
  nonZero: number
}

const EXACT_UP_TO = 200

/**
 * Wilcoxon's signed-rank test (Wilcoxon 1945, doi:10.2307/3001968), two-sided. Exact with ties too: the distribution of the rank sum over all
 * 2^n signs, given the midranks. Above 200 non-zero differences: normal approximation with tie and continuity correction.
 * Takes infinite differences; equal infinities tie. Without a non-zero difference p is 1.
 */
export function signedRankTest(differences: readonly number[]): SignedRankResult {
  const signed = checkMeasurements(differences, 'differences').filter(d => d !== 0)
  const ranks = midranks(signed.map(Math.abs))
  const positiveRankSum = ranks.reduce((sum, rank, i) => sum + (signed[i]! > 0 ? rank : 0), 0)
  const exact = signed.length <= EXACT_UP_TO
  const p = exact ? exactP(ranks, positiveRankSum) : approximateP(ranks, positiveRankSum)
  return { p, exact, positiveRankSum, nonZero: signed.length }
}

function exactP(ranks: readonly number[], seen: number): number {
  const doubled = ranks.map(rank => 2 * rank)
  const most = doubled.reduce((sum, rank) => sum + rank, 0)
  const share = new Float64Array(most + 1)
  share[0] = 1
  for (const rank of doubled)
    for (let s = most; s >= 0; s--) share[s] = (share[s]! + (s >= rank ? share[s - rank]! : 0)) / 2
  // Symmetric about most / 2: both tails are as heavy.
  const tail = Math.min(2 * seen, most - 2 * seen)
  let below = 0
  for (let s = 0; s <= tail; s++) below += share[s]!
  return Math.min(1, 2 * below)
}

function approximateP(ranks: readonly number[], seen: number): number {
  const n = ranks.length
  const expected = (n * (n + 1)) / 4
  const spread = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - tieCorrection(ranks) / 48)
  return Math.min(1, 2 * normalCdf(-Math.max(0, Math.abs(seen - expected) - 0.5) / spread))
}
