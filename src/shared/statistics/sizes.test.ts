import { expect, it } from 'vitest'
import { pairedEffectSize } from './effect-size.ts'
import { mean } from './mean.ts'
import { signFlipTest } from './sign-flip.ts'
import { standardDeviation } from './standard-deviation.ts'
import { testRandomness } from './testing/test-randomness.ts'

it.each([1e-300, 1e-160, 1, 1e155, 1e300])('differences of size %d have the effect and the p of their shape', size => {
  const differences = [1, 2, 3, 2.5].map(d => d * size)
  expect(pairedEffectSize(differences)!.g).toBeCloseTo(pairedEffectSize([1, 2, 3, 2.5])!.g, 10)
  expect(standardDeviation(differences)! / size).toBeCloseTo(standardDeviation([1, 2, 3, 2.5])!, 10)
  expect(signFlipTest(differences, testRandomness(1)).p).toBe(0.125)
})
it('the mean of sizes whose sum is beyond a number is theirs', () =>
  expect(mean([1.5e308, 1e308])).toBeCloseTo(1.25e308, -295))
