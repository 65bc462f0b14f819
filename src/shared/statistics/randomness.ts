/** What resampling draws from: the part of the engine's `Chance` that it needs. */
export interface Randomness {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Uniform in 0 … bound-1. */
  integer(bound: number): number
}

const LARGEST = 2 ** 31

/** Uniform draws from 0 … n-1, one after the other: the digits to base n of larger numbers, since asking `random` is what resampling spends its time on. */
export function drawer(n: number, random: Randomness): () => number {
  if (n <= 1) return () => 0
  let digits = 1
  let bound = n
  for (; bound * n <= LARGEST; digits++) bound *= n
  let left = 0
  let rest = 0
  return () => {
    if (left === 0) {
      rest = random.integer(bound)
      left = digits
    }
    const digit = rest % n
    rest = (rest - digit) / n
    left--
    return digit
  }
}
