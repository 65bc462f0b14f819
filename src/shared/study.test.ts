import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MOST, parseStudies } from './study.ts'
import { studyJsonSchema } from './study-schema.ts'

const base = { name: 'x', task: { id: 'marked-copy' }, plans: ['full'] }
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe('what a study may ask for', () => {
  it('is as much as can be told apart and kept', () => {
    expect(parseStudies({ ...base, seeds: MOST.seeds })[0]!.seeds).toHaveLength(MOST.seeds)
    expect(parseStudies({ ...base, seeds: numbers(MOST.seeds) })[0]!.seeds).toHaveLength(MOST.seeds)
  })
  it.each([
    ['seeds as a number', { seeds: 10_001 }, /^study\.seeds is 10001; allowed: .*at most 10000/],
    ['a list of seeds', { seeds: numbers(100_000) }, /^study\.seeds is .*at most 10000 long/],
    [
      'runs',
      {
        seeds: 10_000,
        plans: numbers(6).map(k => ({ id: `p${k}`, freeze: [] })),
      },
      /^study\.seeds is 10000; allowed: at most 50000 runs a study \(this one has 6 plans × 10000 seeds = 60000\)/,
    ],
    ['the same seed twice', { seeds: [...numbers(9_000), 7] }, /^study\.seeds is 7; allowed: each seed once/],
  ])('not more, and the field is named: %s', (_, more, message) => {
    expect(() => parseStudies({ ...base, ...more })).toThrow(message)
  })
  it('is counted over a grid, before all of it is built', () => {
    const grid = (tasks: number, seeds: number) => ({
      name: 'grid',
      tasks: numbers(tasks).map(() => ({ id: 'marked-copy' })),
      models: [{ name: 'lstm' }],
      plans: ['full'],
      seeds,
    })
    expect(parseStudies(grid(4, 10_000))).toHaveLength(4)
    expect(() => parseStudies(grid(6, 10_000))).toThrow(
      'study.seeds is 10000; allowed: at most 50000 runs a file (this one has 6 tasks × 1 models × 1 plans × 10000 seeds)',
    )
    expect(() => parseStudies(grid(1_001, 1))).toThrow('study.tasks is 1001; allowed: at most 1000 studies a file')
  })
})

describe('the form of a study file as JSON Schema', () => {
  const ids = { task: ['marked-copy'], controller: ['lstm'], memory: ['none'], optimizer: ['adam'] }
  const schema = z.fromJSONSchema(
    studyJsonSchema({
      task: ['marked-copy', 'text', 'penn-treebank', 'unmarked-reversal'],
      controller: ['lstm', 'rnn', 'gru'],
      memory: ['none'],
      optimizer: ['adam'],
    }) as Parameters<typeof z.fromJSONSchema>[0],
  )
  it('takes what the lab takes, and refuses what it refuses', () => {
    for (const sound of [base, { ...base, seeds: 3 }, { ...base, seeds: [4, 5], training: { epochs: 2 } }])
      expect(schema.safeParse(sound).success).toBe(true)
    for (const unsound of [
      { task: { id: 'marked-copy' } },
      { ...base, task: { id: 'nothing' } },
      { ...base, epochs: 3 },
      { ...base, training: { epochs: 'many' } },
      { ...base, seeds: 10_001 },
    ])
      expect(schema.safeParse(unsound).success).toBe(false)
  })
  it('names the parts that there are', () => {
    expect(JSON.stringify(studyJsonSchema(ids))).toContain('"enum":["marked-copy"]')
  })
  it('takes the studies of the lab', () => {
    const folder = join(import.meta.dirname, '..', '..', 'resources', 'presets')
    const open = z.fromJSONSchema(
      studyJsonSchema({ task: [], controller: [], memory: [], optimizer: [] }) as Parameters<
        typeof z.fromJSONSchema
      >[0],
    )
    for (const name of readdirSync(folder)) {
      const content = JSON.parse(readFileSync(join(folder, name), 'utf8')) as object
      if ('tasks' in content) expect([name, open.safeParse(content).success]).toEqual([name, true])
    }
  })
})
