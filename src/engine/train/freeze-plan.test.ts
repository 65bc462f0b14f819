import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FreezeEvent } from '../../shared/run-events.ts'
import { STANDARD_PLANS, type FreezePlan, type FreezeSpan } from '../../shared/study.ts'
import { fakeParameters } from '../testing/fake-executor.ts'
import { advancePlan, freezableNames, frozenAt, planStart, resolvePlan } from './freeze-plan.ts'

const parameters = fakeParameters()
const names = parameters.map(({ name }) => name)
const MEMORY = ['memory.recall.weights', 'memory.recall.bias']
const CONTROLLER = ['controller.input.weights']

const span = (
  what: string | string[],
  from: FreezeSpan['from'] = 'start',
  until: FreezeSpan['until'] = 'end',
): FreezeSpan => ({ what, from, until })
const plan = (...freeze: FreezeSpan[]): FreezePlan => ({ id: 'p', freeze })
const resolved = (...freeze: FreezeSpan[]) => resolvePlan(plan(...freeze), parameters, 'study.plans.0')

/** Runs a plan over epochs that each say how long the validation loss has stalled before them; the cursor takes a trip through JSON. */
function play(spans: FreezeSpan[], stalls: number[]): { events: FreezeEvent[]; frozen: string[][] } {
  const p = resolved(...spans)
  let cursor = planStart(p)
  const events: FreezeEvent[] = []
  const frozen = stalls.map((stalled, epoch) => {
    const next = advancePlan(p, JSON.parse(JSON.stringify(cursor)) as typeof cursor, epoch, stalled)
    cursor = next.cursor
    events.push(...next.events)
    return names.filter(name => frozenAt(p, cursor).has(name))
  })
  return { events, frozen }
}

const said = ({ events }: { events: FreezeEvent[] }): string[] =>
  events.map(({ epoch, action, reason }) => `${epoch} ${action} ${reason}`)
const none = (count: number): number[] => Array<number>(count).fill(0)

describe('names', () => {
  it.each<[string | string[], string[]]>([
    ['memory', MEMORY],
    ['memory.recall', MEMORY],
    ['memory.recall.bias', ['memory.recall.bias']],
    [
      ['controller', 'memory.recall.bias'],
      [...CONTROLLER, 'memory.recall.bias'],
    ],
    ['embedding', []],
    [
      ['embedding', 'controller', 'memory'],
      [...CONTROLLER, ...MEMORY],
    ],
  ])('%j', (what, expected) => {
    expect(resolved(span(what)).spans[0]!.parameters).toEqual(expected)
  })

  it('an unknown one is refused with all that there are', () => {
    expect(() => resolved(span('memory'), span('memory.rec'))).toThrow(
      'study.plans.0.freeze.1.what is "memory.rec"; allowed: classifier, classifier.output, classifier.output.bias, classifier.output.weights, controller, ' +
        'controller.input, controller.input.weights, embedding, memory, memory.recall, memory.recall.bias, memory.recall.weights',
    )
    expect(() => resolved(span(['memory', 'stack']))).toThrow('study.plans.0.freeze.0.what.1 is "stack"')
    expect(freezableNames([])).toEqual(['embedding', 'memory'])
  })

  it('the standard plans suit a model without a memory', () => {
    const plain = parameters.filter(({ component }) => component !== 'memory')
    for (const standard of Object.values(STANDARD_PLANS))
      expect(() => resolvePlan(standard, plain, 'study.plans.0')).not.toThrow()
    expect(resolvePlan(STANDARD_PLANS['frozen-memory']!, plain, 'study.plans.0').spans[0]!.parameters).toEqual([])
  })

  it('a span that would end before it begins is refused', () => {
    expect(() => resolved(span('memory', { epoch: 5 }, { epoch: 5 }))).toThrow(
      'study.plans.0.freeze.0.until.epoch is 5; allowed: an epoch after 5',
    )
  })
})

describe('spans', () => {
  it('from start to end', () => {
    const played = play([span('memory')], none(3))
    expect(played.frozen).toEqual([MEMORY, MEMORY, MEMORY])
    expect(played.events).toEqual([
      { kind: 'freeze', epoch: 0, action: 'freeze', parameters: MEMORY, reason: 'memory from start' },
    ])
  })

  it('from one epoch to another', () => {
    const played = play([span('memory', { epoch: 1 }, { epoch: 3 })], none(5))
    expect(played.frozen).toEqual([[], MEMORY, MEMORY, [], []])
    expect(said(played)).toEqual(['1 freeze memory from epoch 1', '3 release memory released: epoch 3'])
  })

  it('for a number of epochs', () => {
    const played = play([span('controller', { epoch: 1 }, { epochs: 1 })], none(4))
    expect(played.frozen).toEqual([[], CONTROLLER, [], []])
    expect(said(played)).toEqual(['1 freeze controller from epoch 1', '2 release controller released: after 1 epoch'])
  })

  it('from a plateau until another, which counts from where the span began', () => {
    const played = play([span('controller', { plateau: 2 }, { plateau: 3 })], [0, 0, 1, 2, 3, 4, 5, 0])
    expect(played.frozen).toEqual([[], [], [], CONTROLLER, CONTROLLER, CONTROLLER, [], []])
    expect(said(played)).toEqual([
      '3 freeze controller: validation loss stalled for 2 epochs',
      '6 release controller released: validation loss stalled for 3 epochs',
    ])
  })

  it('a new best within the span starts that count again', () => {
    expect(
      play([span('controller', { plateau: 2 }, { plateau: 2 })], [0, 0, 1, 2, 3, 0, 1, 2]).frozen.map(
        ({ length }) => length,
      ),
    ).toEqual([0, 0, 0, 1, 1, 1, 1, 0])
  })

  it('a plateau that comes too late begins nothing', () => {
    expect(play([span('memory', { plateau: 2 }, { epoch: 2 })], [0, 0, 1, 2, 3]).events).toEqual([])
  })

  it('a span that has ended does not begin again; another does', () => {
    const played = play([span('memory', 'start', { epochs: 2 }), span('memory', { epoch: 3 })], [0, 0, 1, 2, 3])
    expect(played.frozen).toEqual([MEMORY, MEMORY, [], MEMORY, MEMORY])
    expect(said(played)).toEqual([
      '0 freeze memory from start',
      '2 release memory released: after 2 epochs',
      '3 freeze memory from epoch 3',
    ])
  })

  it('overlapping spans freeze their union, and only changes are events', () => {
    const played = play(
      [span('memory', 'start', { epoch: 2 }), span(['memory.recall.bias', 'controller'], { epoch: 1 }, { epoch: 3 })],
      none(4),
    )
    expect(played.frozen).toEqual([MEMORY, [...CONTROLLER, ...MEMORY], [...CONTROLLER, 'memory.recall.bias'], []])
    expect(played.events.map(({ epoch, action, parameters: changed }) => [epoch, action, changed])).toEqual([
      [0, 'freeze', MEMORY],
      [1, 'freeze', CONTROLLER],
      [2, 'release', ['memory.recall.weights']],
      [3, 'release', [...CONTROLLER, 'memory.recall.bias']],
    ])
  })

  it('a hand-over at one epoch is no event', () => {
    expect(said(play([span('memory', 'start', { epoch: 2 }), span('memory', { epoch: 2 })], none(4)))).toEqual([
      '0 freeze memory from start',
    ])
  })
})

it('events add up to what is frozen, and what is frozen is the union of the spans, for any plan', () => {
  const from = fc.oneof(
    fc.constant('start' as const),
    fc.record({ epoch: fc.nat(8) }),
    fc.record({ plateau: fc.integer({ min: 1, max: 3 }) }),
  )
  const until = fc.oneof(
    fc.constant('end' as const),
    fc.record({ epoch: fc.integer({ min: 9, max: 12 }) }),
    fc.record({ epochs: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ plateau: fc.integer({ min: 1, max: 3 }) }),
  )
  const spans = fc.array(fc.record({ what: fc.constantFrom(...freezableNames(parameters)), from, until }), {
    maxLength: 5,
  })
  fc.assert(
    fc.property(spans, fc.array(fc.boolean(), { minLength: 1, maxLength: 14 }), (freeze, bests) => {
      let stalled = 0
      const stalls = bests.map((best, epoch) => (stalled = epoch === 0 || best ? 0 : stalled + 1))
      const together = play(freeze, stalls)
      const alone = freeze.map(one => play([one], stalls).frozen)
      const followed = new Set<string>()
      together.frozen.forEach((frozen, epoch) => {
        for (const { action, parameters: changed } of together.events.filter(event => event.epoch === epoch)) {
          for (const name of changed) {
            expect(followed.has(name)).toBe(action === 'release')
            if (action === 'freeze') followed.add(name)
            else followed.delete(name)
          }
        }
        expect(names.filter(name => followed.has(name))).toEqual(frozen)
        expect(names.filter(name => alone.some(each => each[epoch]!.includes(name)))).toEqual(frozen)
      })
    }),
    { numRuns: 500 },
  )
})
