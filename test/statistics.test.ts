import fc from 'fast-check'
import * as twin from 'simple-statistics'
import { expect, it } from 'vitest'
import { chance } from '../src/engine/chance.ts'
import { bootstrapInterval } from '../src/shared/statistics/bootstrap.ts'
import { mannWhitneyTest } from '../src/shared/statistics/mann-whitney.ts'
import { mean } from '../src/shared/statistics/mean.ts'
import { median } from '../src/shared/statistics/median.ts'
import { normalCdf, normalQuantile } from '../src/shared/statistics/normal.ts'
import { midranks } from '../src/shared/statistics/ranks.ts'
import { lnGamma } from '../src/shared/statistics/special-functions.ts'
import { standardDeviation, variance } from '../src/shared/statistics/standard-deviation.ts'

/** The statistics beside simple-statistics, where it has the same figure, and with the engine's own chance. */
const samples = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 30 })

it.each([
  ['mean', mean, twin.mean],
  ['median', median, twin.median],
  ['variance', variance, twin.sampleVariance],
  ['standard deviation', standardDeviation, twin.sampleStandardDeviation],
])('%s', (_, own, theirs) =>
  fc.assert(
    fc.property(samples, x => {
      expect(Math.abs(own(x)! - theirs(x))).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(theirs(x))))
    }),
  ),
)

it('ln Γ and the normal distribution, as far as their tables go', () => {
  expect(lnGamma(7.3)).toBeCloseTo(twin.gammaln(7.3), 9)
  expect(normalCdf(1.3)).toBeCloseTo(twin.cumulativeStdNormalProbability(1.3), 4)
  expect(normalQuantile(0.8)).toBeCloseTo(twin.probit(0.8), 2)
})

it('rank sums', () => {
  const a = [1, 2, 2, 7]
  const b = [2, 3, 9]
  const sum = midranks([...a, ...b])
    .slice(0, 4)
    .reduce((total, rank) => total + rank, 0)
  expect(sum).toBe(twin.wilcoxonRankSum(a, b))
  expect(mannWhitneyTest(a, b).u).toBe(sum - 10)
})

it("Mann-Whitney's p is near that of random permutations of the means on plain data", () => {
  const a = [1, 2, 3, 4, 5, 6]
  const b = [4.5, 5.5, 6.5, 7.5, 8.5, 9.5]
  expect(
    Math.abs(mannWhitneyTest(a, b).p - twin.permutationTest(a, b, 'two_side', 4000, chance(3).uniform)),
  ).toBeLessThan(0.03)
})

it("takes the engine's chance as it is: the same fork, the same interval", () => {
  const at = (name: string) => bootstrapInterval([1, 5, 2, 9, 4.3], mean, chance(1).fork(name), { resamples: 500 })
  expect(at('a')).toEqual(at('a'))
  expect(at('a')).not.toEqual(at('b'))
})
