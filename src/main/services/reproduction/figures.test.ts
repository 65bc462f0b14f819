import { expect, it } from 'vitest'
import { compare, type ComparedRun } from '../compare.ts'
import { inputOf, learner, LIMITS, runOf, trivial } from '../comparison/testing/study.ts'
import { studyFigures } from './figures.ts'

const runs: readonly ComparedRun[] = [1, 2, 3, 4].flatMap(seed => [
  runOf('full', seed, learner(0.6 + 0.01 * seed, 0.1)),
  seed === 3
    ? runOf('frozen-memory', seed, learner(0.5, 0.2), { status: 'diverged', scores: { best: [], last: [] } })
    : runOf('frozen-memory', seed, learner(0.9 - 0.02 * seed, 0.07)),
  runOf('frozen-controller', seed, trivial, seed === 4 ? { status: 'cancelled' } : {}),
])

it('are those of the comparison, to the last digit', () => {
  const whole = compare(inputOf(runs), { resamples: 300 })
  const lean = studyFigures(
    { ...inputOf(runs), limits: LIMITS.filter(({ bin }) => bin === 'short') },
    { resamples: 300 },
  )
  expect(lean.bins).toEqual(whole.bins.map(({ name, strings }) => ({ name, strings })))
  expect(lean.plans.map(({ bins: _, ...plan }) => plan)).toEqual(
    whole.plans.map(({ id, seeds, atFloor, retention }) => ({ id, seeds, atFloor, retention })),
  )
  expect(lean.plans.map(({ atFloor }) => atFloor)).toEqual([false, false, true, null])
  for (const [i, { bins }] of lean.plans.entries()) {
    for (const [bin, measures] of Object.entries(bins)) {
      for (const measure of ['accuracy', 'perplexity', 'cross-entropy'] as const)
        // A diverged run enters no mean there, and is the worst of all restarts here.
        expect(measures[measure]?.values).toEqual(
          expect.arrayContaining(whole.plans[i]!.bins[bin]![measure]?.values ?? []),
        )
    }
  }
  expect(lean.plans[1]!.bins.long!.perplexity!.values[2]).toEqual({ seed: 3, value: 'inf' })
})

it('ask for no growth law and no test, which are what a comparison takes its time for', () => {
  const names: string[] = []
  const random = (name: string) => {
    names.push(name)
    return { uniform: () => 0.5, integer: () => 0 }
  }
  studyFigures(inputOf(runs), { resamples: 10, random })
  expect(names.filter(name => /^(growth|sign-flip)/.test(name))).toEqual([])
})
