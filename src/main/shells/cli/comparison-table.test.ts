import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare } from '../../services/compare.ts'
import { inputOf, learner, runOf, SPEC, trivial } from '../../services/comparison/testing/study.ts'
import { renderComparison } from './comparison-table.ts'

const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
const runs = seeds.flatMap(seed => [
  runOf('full', seed, learner(0.6, 0.1 + 0.002 * (seed % 3))),
  runOf('frozen-memory', seed, learner(0.9, 0.07 + 0.003 * (seed % 2))),
  runOf('frozen-controller', seed, trivial),
  runOf('classifier-only', seed, trivial),
])
const comparison = compare(inputOf(runs), {
  resamples: 400,
  targets: [
    { measure: 'cross-entropy-difference', bin: 'long' },
    { measure: 'accuracy', bin: 'long' },
  ],
})
const text = renderComparison(comparison)
const longest = (rendered: string): number => Math.max(...rendered.split('\n').map(line => [...line].length))

describe('the table', () => {
  it('fits 100 columns', () => {
    expect(longest(text)).toBeLessThanOrEqual(100)
    expect(longest(text)).toBeGreaterThan(80)
  })
  it('with three bins is one block, its columns aligned at their right ends', () => {
    const lines = text.split('\n')
    const start = lines.findIndex(line => line.startsWith('Accuracy, share of symbols'))
    const table = lines.slice(start + 1, start + 8)
    expect(table[0]).toMatch(/^plan +short +middle +long$/)
    expect(table.map(line => line.slice(0, 27).trimEnd())).toEqual([
      'plan',
      'Full training',
      'Memory frozen',
      'Controller frozen',
      'Only the classifier trained',
      'floor: trivial predictor',
      'ceiling: optimal predictor',
    ])
    for (const line of table) expect(line).toHaveLength(table[0]!.length)
    const end = table[0]!.indexOf('short') + 'short'.length
    for (const line of table.slice(1)) expect(line.slice(end - 1, end + 1)).toMatch(/[\d\]] /)
  })
  it('says headline, unit, verdicts and notes', () => {
    const flat = text.replace(/\s+/g, ' ')
    expect(flat).toContain(`weights of the best validation epoch ${comparison.headline}`)
    expect(flat).toContain('Cross-entropy difference, nats per symbol, mean [95 % interval]')
    for (const { verdict } of comparison.contrasts) expect(flat).toContain(`- ${verdict.text}`)
    for (const note of comparison.notes) expect(flat).toContain(`- ${note}`)
  })
  it('in colour is the same text', () => {
    const coloured = renderComparison(comparison, { colour: true })
    expect(coloured).toContain('\u001b[32mMemory frozen')
    expect(coloured.replace(new RegExp('\u001b\\[\\d+m', 'g'), '')).toBe(text)
    expect(text).not.toContain('\u001b')
  })
  it('fits any width, bin names and titles of any length: blocks go on below', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 140 }),
        fc
          .string({ minLength: 1, maxLength: 60, unit: 'grapheme-ascii' })
          .filter(title => title.trim() !== '' && !/\S{40}/.test(title)),
        (width, title) => {
          const rendered = renderComparison(
            { ...comparison, plans: comparison.plans.map(plan => ({ ...plan, title })) },
            { width },
          )
          expect(longest(rendered)).toBeLessThanOrEqual(width)
        },
      ),
      { numRuns: 30 },
    ))
  it('says of how many runs a figure is where some have none', () => {
    const lost = runs.map(run =>
      run.runId === 'classifier-only-2' ? { ...run, status: 'diverged' as const, scores: { best: [], last: [] } } : run,
    )
    expect(renderComparison(compare(inputOf(lost), { resamples: 20 }))).toMatch(
      /Only the classifier trained +0\.94\d+ \[0\.\d+, 0\.\d+\], 7 of 8/,
    )
  })
  it('repeats the plans in each block of a table too wide', () => {
    const narrow = renderComparison(comparison, { width: 60 })
    const accuracy = narrow.slice(narrow.indexOf('Accuracy'), narrow.indexOf('Skill'))
    expect(accuracy.match(/^Memory frozen/gm)!.length).toBe(3)
    expect(accuracy.match(/^plan +(short|middle|long)$/gm)).toHaveLength(3)
  })
  it('lets no title steer the terminal', () => {
    const spec = {
      ...SPEC,
      name: 'x\u001b[2Jy\n\u009b31mz',
      plans: SPEC.plans.map(plan => ({ ...plan, title: `${plan.id}\r\u001b]0;t\u0007` })),
    }
    const rendered = renderComparison(compare({ ...inputOf(runs.slice(0, 8)), spec }, { resamples: 50 }))
    expect(rendered.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    expect(rendered.startsWith('x [2Jy 31mz: weights')).toBe(true)
  })
  it('of nothing is short', () =>
    expect(renderComparison(compare(inputOf([])))).toBe(
      'count-3 · jm-hidden: weights of the best validation epoch\n\nNo run counts yet.\n',
    ))
})
