import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FreezePlan, FreezeSpan } from '../../shared/study.ts'
import { fakeParameters } from '../testing/fake-executor.ts'
import { advancePlan, frozenAt, planStart, resolvePlan } from './freeze-plan.ts'
import { sameTraining } from './same-training.ts'
import { endBefore, stalledFor, type BestEpoch } from './schedules.ts'

const parameters = fakeParameters()
const names = [...new Set(parameters.flatMap(({ name, component }) => [component, name])), 'memory']
const EPOCHS = 6

const small = fc.integer({ min: 1, max: EPOCHS + 1 })
const span: fc.Arbitrary<FreezeSpan> = fc.record({
  what: fc.oneof(fc.constantFrom(...names), fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 })),
  from: fc.oneof(
    fc.constant('start' as const),
    fc.record({ epoch: fc.integer({ min: 0, max: EPOCHS + 1 }) }),
    fc.record({ plateau: small }),
  ),
  until: fc.oneof(
    fc.constant('end' as const),
    fc.record({ epochs: small }),
    fc.record({ plateau: small }),
    fc.record({ epoch: fc.constant(EPOCHS + 2) }),
  ),
})
const freeze = fc.array(span, { maxLength: 3 })
const plansOf = (...plans: FreezeSpan[][]): FreezePlan[] => plans.map((freeze, i) => ({ id: `p${i}`, freeze }))

/** What is frozen in each epoch that a run with these validation losses has. */
function frozenIn(plan: FreezePlan, losses: readonly number[], earlyStop: { patience: number } | null): string[] {
  const resolved = resolvePlan(plan, parameters, 'plan')
  let cursor = planStart(resolved)
  let best: BestEpoch | null = null
  const frozen: string[] = []
  for (let epoch = 0; endBefore(epoch, { epochs: EPOCHS, earlyStop } as never, best) === null; epoch++) {
    ;({ cursor } = advancePlan(resolved, cursor, epoch, stalledFor(epoch, best)))
    frozen.push([...frozenAt(resolved, cursor)].sort().join())
    const loss = losses[epoch]!
    if (loss < (best?.loss ?? Infinity)) best = { epoch, loss }
  }
  return frozen
}

/** All orders in which the epochs' losses can fall and rise, as far as a stall can tell them apart. */
const HISTORIES = Array.from({ length: 2 ** EPOCHS }, (_, bits) =>
  Array.from({ length: EPOCHS }, (_, epoch) => ((bits >> epoch) & 1 ? -epoch : 100)),
)

describe('sameTraining', () => {
  it('takes plans for the same exactly where no course of the losses tells them apart, but for some that wait for a plateau', () => {
    let found = 0
    fc.assert(
      fc.property(freeze, freeze, fc.option(fc.record({ patience: small })), (a, b, earlyStop) => {
        const plans = plansOf(a, b)
        const same = sameTraining(plans, parameters, { epochs: EPOCHS, earlyStop }).size > 0
        const waits = [...a, ...b].some(
          ({ from, until }) => (from !== 'start' && 'plateau' in from) || (until !== 'end' && 'plateau' in until),
        )
        if (!same && waits) return
        const alike = HISTORIES.every(
          losses =>
            frozenIn(plans[0]!, losses, earlyStop).join(';') === frozenIn(plans[1]!, losses, earlyStop).join(';'),
        )
        found += Number(same)
        expect(same).toBe(alike)
      }),
      { numRuns: 400, seed: 7 },
    )
    expect(found).toBeGreaterThan(20)
  })

  it('sees through other words for the same', () => {
    const start = { from: 'start', until: 'end' } as const
    const [first] = parameters
    const groups = (...spans: FreezeSpan[][]): [string, string][] => [
      ...sameTraining(plansOf(...spans), parameters, { epochs: 10, earlyStop: { patience: 3 } }),
    ]
    expect(
      groups(
        [],
        [{ what: 'embedding', ...start }],
        [{ what: first!.name, from: { epoch: 10 }, until: 'end' }],
        [{ what: first!.name, from: { plateau: 3 }, until: 'end' }],
      ),
    ).toEqual([
      ['p1', 'p0'],
      ['p2', 'p0'],
      ['p3', 'p0'],
    ])
    expect(
      groups(
        [{ what: first!.name, ...start }],
        [
          { what: first!.name, from: 'start', until: { epoch: 4 } },
          { what: first!.name, from: { epoch: 4 }, until: { epochs: 20 } },
        ],
        [{ what: first!.name, from: 'start', until: { plateau: 3 } }],
        [{ what: first!.name, from: 'start', until: { plateau: 2 } }],
      ),
    ).toEqual([
      ['p1', 'p0'],
      ['p2', 'p0'],
    ])
  })
})
