import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chance } from '../../../engine/chance.ts'
import { fails } from '../../../shared/answer.ts'
import type { Comparison, Contrast, PlanSummary } from '../../../shared/comparison.ts'
import { readFigure } from '../../../shared/figure.ts'
import { compare, type ComparedRun, type ComparisonOptions } from '../compare.ts'
import { ceilingAt, floorAt, inputOf, runOf, SPEC, trivial, type Behaviour } from './testing/study.ts'

const seeds = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)
const compareRuns = (runs: readonly ComparedRun[], options: ComparisonOptions = {}): Comparison =>
  compare(inputOf(runs), { resamples: 200, ...options })
const planOf = ({ plans }: Comparison, id: string): PlanSummary => plans.find(plan => plan.id === id)!
const contrastOn = ({ contrasts }: Comparison, plan: string, bin: string | null): Contrast =>
  contrasts.find(one => one.plan === plan && one.target.bin === bin)!

/** Skill by range, from floor to ceiling, with a little of its own for each seed; losses go with it. */
const skilled =
  (skills: Readonly<Record<string, number>>, seed = 0) =>
  (length: number, bin: string): Behaviour => {
    const skill = skills[bin]! + 0.01 * Math.sin(seed)
    return {
      accuracy: floorAt(length) + skill * (ceilingAt(length) - floorAt(length)),
      loss: 0.3 - 0.2 * skill,
    }
  }
const DIVERGED = { status: 'diverged', scores: { best: [], last: [] } } as const

describe('the answer', () => {
  const found = compareRuns(
    seeds(3).flatMap(seed => [
      runOf('full', seed, skilled({ short: 0.94, middle: 0.42, long: -0.19 }, seed)),
      runOf('frozen-memory', seed, skilled({ short: 0.89, middle: 0.35, long: 0.02 }, seed + 1)),
      runOf('frozen-controller', seed, skilled({ short: 0.06, middle: 0.03, long: 0.01 }, seed)),
      runOf('classifier-only', seed, skilled({ short: 0.05, middle: 0.03, long: 0.01 }, seed)),
    ]),
  )
  it('says in a sentence a range who comes how far, and who does not beat guessing', () => {
    expect(found.answer.ranges.map(({ lead, rest }) => lead + rest)).toEqual([
      expect.stringMatching(
        /^Full training reaches the optimum, skill 0\.95; Memory frozen comes close to the optimum, skill 0\.\d+; the other two do not beat guessing\.$/,
      ),
      expect.stringMatching(
        /^Full training and Memory frozen stay under half of the way, skill 0\.43 and 0\.35; the other two do not beat guessing\.$/,
      ),
      expect.stringMatching(
        /^Nobody beats guessing, and Full training is worse than guessing: confidently wrong, skill −0\.1\d+\.$/,
      ),
    ])
    expect(found.answer.ranges.map(({ relation }) => relation)).toEqual([
      'up to 1.7 times as long',
      'up to 3.3 times as long',
      'up to 6.7 times as long',
    ])
  })
  it('opens with who learns, how far it carries and where the reference falls to the floor', () => {
    expect(found.headline).toContain('Full training and Memory frozen learn short; nobody carries it to long.')
    expect(found.headline).toContain('Full training is at the floor on long.')
    expect(found.headline).toContain('That a plan differs from Full training is not shown (3 paired seeds).')
  })
  it('places each plan on each range by the interval of its skill, unclipped', () => {
    const standing = (plan: string): string[] =>
      found.answer.cells.filter(cell => cell.plan === plan).map(cell => cell.standing)
    expect(standing('full')).toEqual(['ceiling', 'between', 'below'])
    expect(standing('frozen-memory').slice(1)).toEqual(['between', 'floor'])
    expect(standing('frozen-controller')).toEqual(['floor', 'floor', 'floor'])
    expect(found.answer.cells.find(cell => cell.plan === 'full' && cell.range === 'long')!.skill).toBeLessThan(-0.15)
    for (const cell of found.answer.cells)
      expect(cell.skill).toBe(planOf(found, cell.plan).bins[cell.range]!.skill!.mean)
  })
  it('reads ranges from short to long, as far as the reference is above the floor', () => {
    expect(found.answer.ranges.map(({ reading }) => reading)).toEqual(['read', 'read', 'stops'])
    const early = compareRuns(
      seeds(10).flatMap(seed => [
        runOf('full', seed, skilled({ short: 0.9, middle: 0.02, long: 0.5 }, seed)),
        runOf('frozen-memory', seed, skilled({ short: 0.9, middle: 0.6, long: 0.9 }, seed + 1)),
      ]),
    )
    expect(early.contrasts.filter(({ target }) => target.bin !== null).map(({ verdict }) => verdict.outcome)).toEqual([
      'open',
      'better',
      'not-reached',
    ])
    expect(contrastOn(early, 'frozen-memory', 'long').verdict.evidence).toBe('the reading stopped at middle')
  })
  it('is of a skill of .1 and .9, no other', () => {
    const standing = (skill: number): string =>
      compareRuns([runOf('full', 1, skilled({ short: skill, middle: skill, long: skill }))]).answer.cells[0]!.standing
    expect([0.11, 0.2, 0.89].map(standing)).toEqual(['between', 'between', 'between'])
    expect([0.09, 0.02, -0.02, 0.91].map(standing)).toEqual(['floor', 'floor', 'below', 'ceiling'])
  })
})

describe('a contest of failures', () => {
  it('nobody wins: both at the floor', () => {
    const found = compareRuns(
      seeds(12).flatMap(seed => [
        runOf('full', seed, skilled({ short: 0.01, middle: -0.5, long: -1 }, seed)),
        runOf('frozen-controller', seed, trivial),
      ]),
    )
    const long = contrastOn(found, 'frozen-controller', 'long')
    expect(long.probabilityOfImprovement).toBe(1)
    expect(long.test!.holmP).toBeLessThan(0.05)
    expect(long.verdict).toMatchObject({ outcome: 'void', evidence: 'both at or below the floor' })
    expect(found.headline).toContain('Nobody beats guessing on short')
    expect(found.headline).toContain('Full training is at the floor from short on.')
    expect(found.headline).not.toContain('better')
  })
  it('over 200 random studies no verdict is better or worse where both are at the floor', () => {
    const behaviour = fc.record({
      skill: fc.double({ min: -1, max: 1, noNaN: true }),
      slope: fc.double({ min: -0.6, max: 0.1, noNaN: true }),
      spread: fc.constantFrom(0, 0.01, 0.2),
      lost: fc.constantFrom('', 'diverged', 'infinite', 'missing'),
    })
    fc.assert(
      fc.property(
        fc.record({ plans: fc.array(behaviour, { minLength: 2, maxLength: 4 }), n: fc.integer({ min: 1, max: 10 }) }),
        ({ plans, n }) => {
          const runs = plans.flatMap(({ skill, slope, spread, lost }, p) =>
            seeds(n).flatMap(seed => {
              if (lost === 'missing' && seed % 3 === 0) return []
              const noise = spread * Math.sin(97 * seed + 13 * p)
              const act = skilled({
                short: skill + noise,
                middle: skill + slope + noise,
                long: skill + 2 * slope + noise,
              })
              return [
                runOf(
                  SPEC.plans[p]!.id,
                  seed,
                  (length, bin) => ({
                    ...act(length, bin),
                    ...(lost === 'infinite' && seed % 2 === 0 ? { loss: Infinity } : {}),
                  }),
                  lost === 'diverged' && seed % 2 === 1 ? DIVERGED : {},
                ),
              ]
            }),
          )
          const found = compareRuns(runs, { resamples: 40 })
          const standing = (plan: string, bin: string) =>
            found.answer.cells.find(cell => cell.plan === plan && cell.range === bin)!.standing
          for (const { plan, target, verdict } of found.contrasts) {
            if (target.bin === null) continue
            if (fails(standing(plan, target.bin)) && fails(standing(found.reference!, target.bin)))
              expect(['void', 'same']).toContain(verdict.outcome)
          }
          expect(JSON.parse(JSON.stringify(found))).toEqual(found)
        },
      ),
      { numRuns: 200 },
    )
  })
  it('of 1,000 studies in which nothing differs at most 5 % name a winner', () => {
    let named = 0
    for (let study = 0; study < 1000; study++) {
      const random = chance(study)
      const found = compareRuns(
        seeds(9).flatMap(seed =>
          ['full', 'frozen-memory'].map(plan => {
            const skill = 0.6 + 0.1 * (random.uniform() + random.uniform() + random.uniform())
            return runOf(plan, seed, skilled({ short: skill, middle: skill - 0.1, long: skill - 0.2 }))
          }),
        ),
        // A single resample makes an interval a point: the tests alone hold the claims back.
        { resamples: 1 },
      )
      if (/better|worse/.test(found.headline)) named++
    }
    expect(named).toBeLessThanOrEqual(50)
  })
})

describe('diverged', () => {
  it('all of them: said as it is', () => {
    const found = compareRuns(
      seeds(3).flatMap(seed => ['full', 'frozen-memory'].map(plan => runOf(plan, seed, trivial, DIVERGED))),
    )
    expect(found.headline).toBe('All 6 runs diverged: there is nothing to compare.')
    expect(found.notes.join()).not.toContain('not known')
    expect(found.answer.cells.map(({ standing }) => standing)).toEqual(new Array(6).fill('diverged'))
  })
  it('by its loss: over 1.5 times that of the useless predictor, whatever the status says', () => {
    const classes = 4
    const lossy = (loss: number): Comparison =>
      compareRuns(
        seeds(3).map(seed =>
          runOf('full', seed, skilled({ short: 0.9, middle: 0.9, long: 0.9 }), {
            ...(seed === 2 ? { finalLoss: loss, bestLoss: loss } : {}),
            classes,
          }),
        ),
      )
    expect(planOf(lossy(1.49 * Math.log(classes)), 'full').diverged).toEqual([])
    for (const loss of [1.51 * Math.log(classes), 1.77e30, Infinity]) {
      const found = lossy(loss)
      expect(planOf(found, 'full').diverged).toEqual([2])
      expect(planOf(found, 'full').bins.long!.accuracy).toMatchObject({ missing: [2] })
      expect(planOf(found, 'full').retention!.missing).toEqual([2])
      expect(found.answer.cells[0]).toMatchObject({ standing: 'between', scored: 2, of: 3, diverged: [2] })
    }
  })
  it('half of the runs or more place a plan, fewer do not', () => {
    const standing = (lost: number): string =>
      compareRuns(
        seeds(4).map(seed =>
          runOf('full', seed, skilled({ short: 0.6, middle: 0.6, long: 0.6 }, seed), seed <= lost ? DIVERGED : {}),
        ),
      ).answer.cells[0]!.standing
    expect([0, 1, 2, 3, 4].map(standing)).toEqual(['between', 'between', 'diverged', 'diverged', 'diverged'])
  })
  it('full training on all 8 seeds and the other on none: better', () => {
    const found = compareRuns(
      seeds(8).flatMap(seed => [
        runOf('full', seed, trivial, DIVERGED),
        runOf('frozen-memory', seed, skilled({ short: 0.9, middle: 0.8, long: 0.7 }, seed)),
      ]),
    )
    const short = contrastOn(found, 'frozen-memory', 'short')
    expect(short).toMatchObject({ mean: '-inf', median: '-inf', interval: { low: '-inf', high: '-inf' } })
    expect(short.verdict).toMatchObject({ outcome: 'better', evidence: '8 of 8 seeds better' })
    expect(found.headline).toContain('Full training diverged.')
    expect(found.headline).toContain('Memory frozen is better than Full training on short.')
  })
  it('worse on all of 10 seeds and diverged on 4: worse', () => {
    const found = compareRuns(
      seeds(10).flatMap(seed => [
        runOf('full', seed, skilled({ short: 0.9, middle: 0.8, long: 0.7 }, seed)),
        runOf(
          'frozen-memory',
          seed,
          skilled({ short: 0.6, middle: 0.5, long: 0.4 }, seed + 1),
          seed > 6 ? DIVERGED : {},
        ),
      ]),
    )
    for (const bin of ['short', 'middle', 'long']) {
      const contrast = contrastOn(found, 'frozen-memory', bin)
      expect(contrast.mean).toBe('inf')
      expect(readFigure(contrast.interval!.low)).toBeGreaterThan(0)
      expect(contrast.verdict.outcome).toBe('worse')
    }
  })
  it('perplexities beyond a number are compared by their logarithms', () => {
    const found = compareRuns(
      seeds(8).flatMap(seed => [
        runOf('full', seed, () => ({ accuracy: 0.99, loss: 800 + seed })),
        runOf('frozen-memory', seed, () => ({ accuracy: 0.99, loss: 900 + seed })),
      ]),
      { targets: [{ measure: 'perplexity', bin: 'short' }] },
    )
    expect(found.contrasts[0]!.mean).toBeCloseTo(100, 6)
    expect(found.contrasts[0]!.verdict.outcome).toBe('worse')
  })
})

describe('what is counted', () => {
  it('twins are one test, and the twin of the reference is none', () => {
    const runs = seeds(8).flatMap(seed => [
      runOf('full', seed, skilled({ short: 0.9, middle: 0.8, long: 0.7 }, seed)),
      runOf('frozen-memory', seed, skilled({ short: 0.9, middle: 0.8, long: 0.7 }, seed)),
      runOf('frozen-controller', seed, skilled({ short: 0.5, middle: 0.5, long: 0.5 }, seed + 1)),
      runOf('classifier-only', seed, skilled({ short: 0.5, middle: 0.5, long: 0.5 }, seed + 1)),
    ])
    const twins = { 'frozen-memory': 'full', 'classifier-only': 'frozen-controller' }
    const found = compare({ ...inputOf(runs), twins }, { resamples: 100 })
    expect(compareRuns(runs).family).toBe(12)
    expect(found.family).toBe(4)
    expect(contrastOn(found, 'frozen-memory', 'short').verdict).toMatchObject({
      outcome: 'same',
      evidence: 'the same training',
    })
    expect(contrastOn(found, 'classifier-only', 'short').test).toEqual(
      contrastOn(found, 'frozen-controller', 'short').test,
    )
    expect(found.notes.join()).toContain('Memory frozen is the same training as Full training')
  })
  it('speeds of one place alone make pairs, by their geometric mean', () => {
    const places = ['a', 'a', 'b']
    const found = compareRuns(
      seeds(3).flatMap(seed => [
        runOf('full', seed, skilled({ short: 0.9, middle: 0.9, long: 0.9 }), { place: 'a', stepsPerSecond: 100 }),
        runOf('frozen-memory', seed, skilled({ short: 0.9, middle: 0.9, long: 0.9 }), {
          place: places[seed - 1]!,
          stepsPerSecond: [50, 200, 900][seed - 1]!,
        }),
      ]),
    )
    expect(planOf(found, 'frozen-memory').speedup).toMatchObject({
      ratio: expect.closeTo(1, 12),
      missing: [3],
      values: [
        { seed: 1, value: expect.closeTo(0.5, 12) },
        { seed: 2, value: expect.closeTo(2, 12) },
      ],
    })
  })
  it('one seed has no interval and no verdict on growth; equal data have equal intervals', () => {
    const growing = (length: number): Behaviour => ({ accuracy: 0.99, loss: 0.1 + length / 4000 })
    const one = planOf(compareRuns([runOf('full', 1, growing)]), 'full')
    expect(one.stability!.growth).toMatchObject({ interval: null, verdict: null, seeds: 1 })
    const alike = compareRuns(
      seeds(5).flatMap(seed => [
        runOf('full', seed, skilled({ short: 0.9, middle: 0.8, long: 0.7 }, seed)),
        runOf('classifier-only', seed + 10, skilled({ short: 0.9, middle: 0.8, long: 0.7 }, seed)),
      ]),
    )
    const [a, b] = ['full', 'classifier-only'].map(id => planOf(alike, id))
    for (const bin of ['short', 'middle', 'long'])
      expect(a!.bins[bin]!.skill!.meanInterval).toEqual(b!.bins[bin]!.skill!.meanInterval)
    expect(a!.retention!.meanInterval).toEqual(b!.retention!.meanInterval)
  })
  it('growth is stable up to an exponent of 1.05, not of 1.5, and survivors do not speak for those that diverged', () => {
    const growth = (exponent: number, lost: readonly number[] = []) =>
      planOf(
        compareRuns(
          seeds(4).map(seed =>
            runOf(
              'full',
              seed,
              length => ({ accuracy: 0.99, loss: (0.01 * length ** exponent * (1 + 1e-4 * seed)) / (length + 1) }),
              lost.includes(seed) ? DIVERGED : {},
            ),
          ),
        ),
        'full',
      ).stability!.growth!
    expect(growth(1.02).verdict).toBe('stable')
    expect(growth(1.2).verdict).toBe('unstable')
    expect(growth(1.02, [2])).toMatchObject({ verdict: 'open', seeds: 3, missing: [2] })
  })
})
