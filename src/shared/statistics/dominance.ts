import { checkMeasurements, checkPaired } from './measurements.ts'

/** Which way is better: a loss is `lower`, an accuracy `higher`. */
export type Better = 'lower' | 'higher'

/** Shares of all pairs (one of a, one of b) in which a is larger, smaller, equal. */
function dominance(a: readonly number[], b: readonly number[]): { larger: number; smaller: number } {
  checkMeasurements(a, 'a')
  checkMeasurements(b, 'b')
  let larger = 0
  let smaller = 0
  for (const x of a) {
    for (const y of b) {
      if (x > y) larger++
      else if (x < y) smaller++
    }
  }
  const pairs = a.length * b.length
  return { larger: larger / pairs, smaller: smaller / pairs }
}

/** P(a > b) - P(a < b) over all pairs, from -1 to 1 (Cliff 1993, doi:10.1037/0033-2909.114.3.494). For independent samples. */
export function cliffsDelta(a: readonly number[], b: readonly number[]): number {
  const { larger, smaller } = dominance(a, b)
  return larger - smaller
}

/**
 * The chance that a run of `a` is better than one of `b`, ties counted half: the Mann-Whitney U over the number of pairs, as in rliable
 * (Agarwal et al. 2021, arXiv:2108.13264). For independent runs on one task; over several tasks rliable takes the mean of the tasks' figures.
 */
export function probabilityOfImprovement(a: readonly number[], b: readonly number[], better: Better): number {
  const delta = cliffsDelta(a, b)
  return (1 + (better === 'higher' ? delta : -delta)) / 2
}

/** The share of seeds on which `a` is better than `b`, ties counted half. For runs paired by seed. */
export function pairedProbabilityOfImprovement(a: readonly number[], b: readonly number[], better: Better): number {
  checkPaired(a, b)
  const larger = a.filter((x, i) => x > b[i]!).length
  const equal = a.filter((x, i) => x === b[i]!).length
  return ((better === 'higher' ? larger : a.length - larger - equal) + equal / 2) / a.length
}
