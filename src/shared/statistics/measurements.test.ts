import { expect, it } from 'vitest'
import { InputError } from '../errors.ts'
import { cliffsDelta, probabilityOfImprovement } from './dominance.ts'
import { pairedEffectSize } from './effect-size.ts'
import { interquartileMean } from './interquartile-mean.ts'
import { mannWhitneyTest } from './mann-whitney.ts'
import { mean } from './mean.ts'
import { median } from './median.ts'
import { pairedDifferences } from './paired-differences.ts'
import { pairsToExcludeZero } from './pairs-needed.ts'
import { quantile } from './quantile.ts'
import { standardDeviation, variance } from './standard-deviation.ts'
import { studentInterval } from './student-t.ts'
import { signedRankTest } from './wilcoxon.ts'

const ofOneSample = {
  mean,
  median,
  interquartileMean,
  variance,
  standardDeviation,
  studentInterval,
  pairedEffectSize,
  signedRankTest,
  pairsToExcludeZero,
  quantile: (x: number[]) => quantile(x, 0.5),
}
const ofTwoSamples = {
  cliffsDelta,
  mannWhitneyTest,
  pairedDifferences,
  probabilityOfImprovement: (a: number[], b: number[]) => probabilityOfImprovement(a, b, 'higher'),
}

it.each(Object.entries(ofOneSample))('%s refuses NaN and no values', (_, fn) => {
  expect(() => fn([1, NaN, 2])).toThrow(InputError)
  expect(() => fn([1, NaN, 2])).toThrow(/\[1\] is NaN/)
  expect(() => fn([])).toThrow(/at least 1 number/)
})

it.each(Object.entries(ofTwoSamples))('%s refuses NaN and no values in either sample', (_, fn) => {
  for (const bad of [[NaN], []]) {
    expect(() => fn(bad, [1])).toThrow(InputError)
    expect(() => fn([1], bad)).toThrow(InputError)
  }
})
