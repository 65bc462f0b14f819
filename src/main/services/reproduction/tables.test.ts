import { describe, expect, it } from 'vitest'
import { renderReproduction } from '../../shells/cli/comparison-table.ts'
import { cardMarkdown } from './markdown.ts'
import { reproduce } from './reproduce.ts'
import { cardNotes, cardTables, summaryOf } from './tables.ts'
import { studied } from './testing/history.ts'

const card = reproduce(
  [
    studied('count-3', 'rns-3-3', 7, (plan, seed) =>
      plan === 'frozen-memory' ? { short: 0.8, long: 0.3 + 0.01 * seed } : { short: 0.8, long: 0.6 },
    ),
    studied('unmarked-copy-different-alphabets', 'jm-3.3.3', 7, () => ({ short: 0.8, long: 0.6 })),
  ],
  [{ studyId: 'x', name: 'Half a | study', reason: 'no run has ended' }],
  { resamples: 200 },
)
const empty = reproduce([], [])

describe('the card as tables', () => {
  it('has the claims, a table for each plan, and what was run', () => {
    const [claims, full, frozen, , , studies] = cardTables(card)
    expect(claims!.rows.map(({ cells }) => cells)).toContainEqual(['retention-90', '2 of 28', '–', 'supported'])
    expect(frozen!.columns).toEqual([
      'task, model',
      'seeds',
      'val. ppl',
      'acc. 40-100',
      'acc. 100-200',
      'acc. 200-400',
      'retention',
    ])
    // Of the run with the best validation loss, seed 1, with 3 - 2 · skill wrong of each string: 1 - 2.8 / 104, 1 - 3.78 / 302, 1 - 4.76 / 632; then the median, seed 4.
    expect(frozen!.rows[0]!.cells).toEqual([
      'count-3, rns-3-3',
      '7',
      '1.04 / 1.052 (1.055)',
      '0.98 / 0.973 (0.973)',
      '0.85 / 0.987 (0.988)',
      '0.72 / 0.992 (0.993)',
      '0.73 / 1.020 (1.020)',
    ])
    expect(full!.title).toContain('Full training: published / ours')
    expect(studies!.rows.map(({ cells }) => cells)).toEqual([
      ['count-3, rns-3-3', '28 of 28', '7', '10,000', '200', '0.47', 'wasm on a processor'],
      expect.arrayContaining(['28 of 28']),
    ])
  })
  it('is the claims alone where nothing was run', () => {
    expect(cardTables(empty).map(({ title }) => title)).toEqual(['Claims of the study, by our figures'])
    expect(summaryOf(empty)).toBe('0 of 126 published cells measured, by 0 studies. Of 5 claims: 5 without an answer.')
  })
  it('says what was measured on other lengths, and that it does not count', () => {
    const short = reproduce(
      [
        studied(
          'count-3',
          'jm-10',
          3,
          () => ({ short: 0.8, long: 0.6 }),
          {},
          { data: { train: { lengths: [10, 20] } } },
        ),
      ],
      [],
      { resamples: 200 },
    )
    expect(summaryOf(short)).toBe(
      '0 of 126 published cells measured, by 0 studies. 4 were measured on other lengths (10–20 symbols, tested to 400), which does not count as the published study. Of 5 claims: 5 without an answer.',
    )
  })
  it('names what is missing, by plans where a model has some', () => {
    const part = reproduce(
      [studied('count-3', 'jm-10', 3, plan => (plan === 'full' ? { short: 0.8, long: 0.6 } : null))],
      [],
      { resamples: 200 },
    )
    expect(cardNotes(part).find(note => note.startsWith('Not run: '))).toMatch(
      /^Not run: count-3 \(lstm, jm-10 frozen-memory and frozen-controller and classifier-only, jm-3\.3\.3, jm-hidden, rns-3-3\); marked-reverse-and-copy \(all\); .*; penn-treebank \(all\)\.$/,
    )
  })
  it('names what differs from the published procedure, and what was left out', () => {
    expect(cardNotes(card)).toEqual(
      expect.arrayContaining([
        'Other than published: 7 seeds (published: 10 restarts).',
        'Left out, Half a | study: no run has ended.',
      ]),
    )
  })
})

describe('the card as text', () => {
  it('fits the terminal, with full names', () => {
    const text = renderReproduction(card, { width: 100 })
    expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
    expect(text).toContain('unmarked-copy-different-alphabets, jm-3.3.3')
    expect(text).toContain('retention-90: With frozen memory, models keep up to 90 % of their performance')
    expect(text).toMatch(/two different models/)
  })
  it('is Markdown that shows names as they are', () => {
    const text = cardMarkdown(card)
    expect(text).toContain('[arXiv:2410.03154](https://arxiv.org/abs/2410.03154)')
    expect(text).toContain('Half a \\| study')
    expect(text).toContain('| count-3, rns-3-3 | 7 |')
  })
})
