import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunRow } from '../contract/runs.ts'
import type { LabError } from '../errors.ts'
import { FLAGS, SEARCH_FIELDS } from './fields.ts'
import { matcher, namesArchived } from './match.ts'
import { parseSearch } from './parse.ts'

const NOW = new Date('2026-08-10T12:00').getTime()
const DAY = 86_400_000

const run = (fields: Partial<RunRow> = {}): RunRow => ({
  id: 'abcd.frozen-memory.3',
  studyId: 'abcd',
  studyName: 'First look',
  planId: 'frozen-memory',
  planTitle: 'Memory frozen',
  seed: 3,
  status: 'finished',
  error: null,
  learningRate: 0.005,
  epochs: 20,
  stepsPerEpoch: 100,
  epochsDone: 20,
  step: 2000,
  bestEpoch: 17,
  bestLoss: 0.4,
  trainLoss: 0.41,
  frozenIntact: true,
  arithmetic: null,
  queuedAt: 0,
  startedAt: NOW - 3 * DAY,
  endedAt: NOW - DAY,
  seconds: 5400,
  starred: false,
  archived: false,
  note: 'odd, "bad" seed',
  tags: ['paper', 'fig 2'],
  taskId: 'marked-reversal',
  controllerId: 'lstm',
  memoryId: 'superposition-stack',
  firstAccuracy: 0.9,
  lastAccuracy: 0.75,
  diverged: false,
  retention: 0.75 / 0.9,
  lastDifference: 0.01,
  ...fields,
})

const found = (search: string, fields?: Partial<RunRow>): boolean => matcher(parseSearch(search, NOW))(run(fields))

describe('a search', () => {
  it.each([
    '',
    '   ',
    'plan:frozen-memory task:marked-reversal retention>0.8',
    'PLAN:Frozen-Memory',
    'plan:full,frozen-memory',
    'plan:frozen-*',
    'plan:*mem*',
    'plan:"Memory frozen"',
    '-plan:full',
    'status:finished,running',
    'tag:paper tag:"fig 2"',
    'seed:3',
    'seed=3',
    'seed:1..5',
    'seed:..3',
    'seed:3..',
    'seed!=4',
    'loss<0.5',
    'loss<=4e-1',
    'loss>-1',
    'time>1h',
    'time<1.6h',
    'time:5400',
    'ended>2d',
    'ended<12h',
    'started>=2026-08-07',
    'started<2026-08-08',
    'started>2026-08-07T11:59',
    'is:over',
    '-is:starred',
    'note:"BAD"',
    'note:odd,',
    'study:"first look"',
    'study:first*',
    'first',
    '"first look"',
    'fig',
    '-nothing',
    'memory:super*stack',
    'run:abcd.*.3',
    '-',
    'frozen-',
  ])('%j finds the run', search => expect(found(search)).toBe(true))

  it.each([
    'plan:frozen',
    'plan:full',
    '-plan:frozen-*',
    'plan:frozen-memory loss>1',
    'tag:pap',
    'seed:4',
    'seed:4..',
    'seed:1..2',
    'loss>0.4',
    'loss<0.4',
    'time>2h',
    'ended>12h',
    'started<2026-08-07',
    'is:starred',
    'is:broken',
    'note:"bad seeds"',
    'second',
    '"look first"',
    '-first',
    'memory:*stack*stack',
    'plan:frozen-memory*memory',
  ])('%j does not find the run', search => expect(found(search)).toBe(false))

  it('finds nothing by a number that a run does not have, whichever way it is compared', () => {
    expect(found('retention>0', { retention: null })).toBe(false)
    expect(found('retention<=0', { retention: null })).toBe(false)
    expect(found('-retention>0', { retention: null })).toBe(true)
  })

  it.each([
    ['plam:full', 'At character 1: there is no field plam; there are plan, task'],
    ['a  loss>x', 'At character 4: loss takes a number, not x'],
    ['plan>3', 'At character 1: plan has no order; write plan:value'],
    ['plan:', 'plan: needs a value'],
    ['is:red', 'is: takes starred, archived'],
    ['a "b', 'At character 3: a quotation mark without its partner'],
    ['time>5y', '90s, 10m, 1.5h'],
    ['ended>yesterday', 'a day such as'],
    ['loss>', 'needs a value'],
    ['seed:1..2..3', 'seed takes a number'],
    ['ended>2026-13-45', 'a day such as'],
  ])('%j is refused: %s', (search, message) => {
    expect(() => parseSearch(search, NOW)).toThrow(
      expect.objectContaining({ code: 'bad-search', message: expect.stringContaining(message) }),
    )
  })

  it('says where its parts stand', () => {
    expect(parseSearch('  plan:full -"a b"').map(({ start, end, negated }) => [start, end, negated])).toEqual([
      [2, 11, false],
      [12, 18, true],
    ])
  })

  it('throws nothing but bad-search, and is quick, whatever is typed', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '"',
        '\\',
        '-',
        ':',
        '..',
        '*',
        ',',
        'plan:',
        'loss>',
        'is:',
        ' ',
        ...SEARCH_FIELDS.map(({ name }) => `${name}:`),
        ...FLAGS.map(({ name }) => `is:${name}`),
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), pieces => {
        try {
          matcher(parseSearch(pieces.join(''), NOW))(run())
        } catch (error) {
          expect((error as LabError).code).toBe('bad-search')
        }
      }),
      { numRuns: 500 },
    )
    // A pattern that is tried in every way would not come to an end.
    const stars = `plan:${'*a'.repeat(900)}`
    expect(found(stars, { planId: 'a'.repeat(2000) })).toBe(true)
    expect(found(stars, { planId: `${'a'.repeat(2000)}b` })).toBe(false)
  })

  it('knows when it speaks of archived runs', () => {
    expect(namesArchived(parseSearch('is:archived'))).toBe(true)
    expect(namesArchived(parseSearch('-is:archived'))).toBe(true)
    expect(namesArchived(parseSearch('is:starred'))).toBe(false)
  })
})
