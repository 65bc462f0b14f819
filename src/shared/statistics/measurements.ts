import { InputError } from '../errors.ts'

/**
 * What every function of this folder takes for granted. A measurement is a number or ±Infinity (a diverged run's loss is Infinity:
 * worse than any number). NaN is none: what it stands for is the caller's to say. Where no answer exists, the answer is `null`.
 * @throws InputError for fewer than `least` values, and for NaN
 */
export function checkMeasurements(values: readonly number[], field = 'values', least = 1): readonly number[] {
  if (values.length < least)
    throw new InputError(field, values, `at least ${least} ${least === 1 ? 'number' : 'numbers'}`)
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) throw new InputError(`${field}[${i}]`, NaN, 'a number, Infinity or -Infinity')
  }
  return values
}

/** @throws InputError for a length other than that of `a` */
export function checkPaired(a: readonly number[], b: readonly number[]): void {
  checkMeasurements(a, 'a')
  checkMeasurements(b, 'b')
  if (a.length !== b.length) throw new InputError('b', b, `as many numbers as in a, ${a.length}: pairs`)
}

/** A share, such as a confidence of 0.95. @throws InputError outside of (0, 1) */
export function checkShare(value: number, field: string): number {
  if (!(value > 0 && value < 1)) throw new InputError(field, value, 'a number above 0 and below 1')
  return value
}

export const allFinite = (values: readonly number[]): boolean => values.every(Number.isFinite)

/** A sorted copy. */
export function ascending(values: readonly number[]): number[] {
  if (values.length > 32) return Array.from(new Float64Array(values).sort())
  // Resampling sorts small samples many thousands of times: insertion is the fastest way.
  const sorted = values.slice()
  for (let i = 1; i < sorted.length; i++) {
    const value = sorted[i]!
    let at = i
    for (; at > 0 && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!
    sorted[at] = value
  }
  return sorted
}
