import { InputError } from '../errors.ts'

/**
 * Holm's step-down correction (Holm 1979): adjusted p-values, in the order given. Rejecting those at most α keeps the chance of any false
 * rejection in the family at most α, whatever the dependence between tests.
 */
export function holm(ps: readonly number[]): number[] {
  ps.forEach((p, i) => {
    if (!(p >= 0 && p <= 1)) throw new InputError(`p[${i}]`, p, 'a number from 0 to 1')
  })
  const adjusted = new Array<number>(ps.length)
  let largest = 0
  ps.map((_, i) => i)
    .sort((i, j) => ps[i]! - ps[j]!)
    .forEach((i, done) => {
      largest = Math.max(largest, Math.min(1, ps[i]! * (ps.length - done)))
      adjusted[i] = largest
    })
  return adjusted
}
