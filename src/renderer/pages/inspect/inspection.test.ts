import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Place } from '../../shell/router.ts'
import { after, NOWHERE, queryOf, type Happening, type Looking } from './inspection.ts'

const place = (subject: string | null, query: Record<string, string> = {}): Place => ({
  page: 'inspect',
  subject,
  query,
})
const record = (id: string, epochs: readonly number[] = [0, 1, 2], best = true) =>
  ({
    run: { id },
    study: { id: id.split('.')[0]! },
    checkpoints: [...(best ? [{ which: 'best' }] : []), { which: 'last' }],
    snapshots: epochs.map(epoch => ({ epoch })),
  }) as never as Extract<Happening, { what: 'run came' }>['record']
const follow = (happenings: readonly Happening[], from = NOWHERE): Looking => happenings.reduce(after, from)
const went = (subject: string | null, query: Record<string, string> = {}): Happening => ({
  what: 'address changed',
  place: place(subject, query),
})

describe('what is looked at', () => {
  it('is what the address says, before anything is known of the run', () => {
    expect(follow([went('a.full.1', { text: '01', weights: 'last', against: 'a.full.2' })])).toEqual({
      runId: 'a.full.1',
      weights: 'last',
      second: { runId: 'a.full.2', weights: 'best' },
      string: { text: '01' },
      study: null,
    })
  })

  it('keeps string, weights and second run on the way to another run of the study, and nothing on the way to another study', () => {
    const before = follow([
      went('a.full.1', { text: '01', weights: '2', against: 'a.full.2' }),
      { what: 'run came', record: record('a.full.1') },
    ])
    expect(follow([went('a.frozen.1')], before)).toEqual({ ...before, runId: 'a.frozen.1' })
    expect(follow([went('b.full.1')], before)).toEqual({ ...NOWHERE, runId: 'b.full.1' })
    expect(follow([went('ab.full.1')], before).string).toBeNull()
  })

  it('shows weights that the run has', () => {
    const weights = (query: Record<string, string>, known: ReturnType<typeof record>): unknown =>
      follow([went('a.full.1', query), { what: 'run came', record: known }]).weights
    expect([
      weights({ weights: '2' }, record('a.full.1')),
      weights({ weights: '9' }, record('a.full.1')),
      weights({}, record('a.full.1', [], false)),
      weights({ weights: 'last' }, record('a.full.1')),
    ]).toEqual([{ epoch: 2 }, 'best', 'last', 'last'])
  })

  it('does not hear a record that comes too late', () => {
    const before = follow([went('b.full.1')])
    expect(after(before, { what: 'run came', record: record('a.full.1', [], false) })).toBe(before)
  })

  it('is found again by the address that it writes, and does not change by it', () => {
    const weights = fc.oneof(
      fc.constantFrom('best' as const, 'last' as const),
      fc.nat(50).map(epoch => ({ epoch })),
    )
    const subject = fc.record({ runId: fc.constantFrom('a.full.1', 'a.full.2', 'b.full.1'), weights })
    const string = fc.oneof(
      fc.record({ length: fc.nat(4096), seed: fc.nat(99) }),
      fc.record({ text: fc.string({ maxLength: 20 }) }),
      fc.record({ symbols: fc.array(fc.nat(9), { minLength: 1, maxLength: 20 }) }),
    )
    const happening = fc.oneof(
      subject.map((subject): Happening => ({ what: 'run chosen', subject })),
      fc.option(subject).map((subject): Happening => ({ what: 'second chosen', subject })),
      weights.map((weights): Happening => ({ what: 'weights chosen', weights })),
      string.map((string): Happening => ({ what: 'string chosen', string })),
      fc.constantFrom('a.full.1', 'b.full.1').map((id): Happening => ({ what: 'run came', record: record(id) })),
      fc.constantFrom('a.full.1', 'a.full.2', 'b.full.1').map(id => went(id)),
    )
    fc.assert(
      fc.property(string, fc.array(happening, { maxLength: 12 }), (first, happenings) => {
        const now = follow([went('a.full.1'), { what: 'string chosen', string: first }, ...happenings])
        expect(after(now, went(now.runId, queryOf(now)))).toBe(now)
        if (now.string === null) return
        const { study: _, ...again } = after(NOWHERE, went(now.runId, queryOf(now)))
        const { study: __, ...same } = now
        expect(again).toEqual(same)
      }),
    )
  })
})
