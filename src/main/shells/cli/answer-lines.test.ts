import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Answer, AnswerRange } from '../../../shared/answer.ts'
import { compare } from '../../services/compare.ts'
import { inputOf, learner, runOf, trivial } from '../../services/comparison/testing/study.ts'
import { answerLines, MOST_LINES } from './answer-lines.ts'
import { renderAnswer, renderComparison } from './comparison-table.ts'
import { GLOSSARY, glossaryText } from './glossary.ts'

const range = (title: string, lead: string, rest = '.'): AnswerRange => ({
  name: title,
  title,
  lengths: [1, 2],
  relation: '',
  lead,
  rest,
  reading: 'read',
  note: '',
})
const answer = (headline: string, ranges: AnswerRange[]): Answer => ({
  headline,
  scale: { title: 'Skill', zero: 'guessing', one: 'optimal' },
  plans: [],
  ranges,
  cells: [],
})

describe('the answer on a terminal', () => {
  it('is the headline, a line a range and where to read on; neighbours that say the same are one', () =>
    expect(
      answerLines(
        answer('Full training learns 1–9.', [
          range('1–9', 'Full training reaches the optimum', ', skill 0.99.'),
          range('10–19', 'Nobody beats guessing'),
          range('20–29', 'Nobody beats guessing'),
        ]),
        80,
        'More: compare',
      ),
    ).toEqual(
      [
        'Full training learns 1–9.',
        '1–9    Full training reaches the optimum, skill 0.99.',
        'from 10–19  Nobody beats guessing.'.replace('from 10–19  ', 'from 10–19  '),
        'More: compare',
      ].map((line, i) => (i === 1 ? line.replace('1–9    ', '1–9         ') : line)),
    ))
  it('has at most eight lines, none wider than the terminal, whatever is told', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 140 }),
        fc.string({ minLength: 1, maxLength: 500, unit: 'grapheme' }),
        fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 30 }), fc.lorem({ maxCount: 40 })), { maxLength: 12 }),
        (width, headline, told) => {
          const lines = answerLines(
            answer(
              headline,
              told.map(([title, lead]) => range(title, lead)),
            ),
            width,
            'More: compare',
          )
          expect(lines.length).toBeLessThanOrEqual(MOST_LINES)
          for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width)
          expect(lines.join('')).not.toMatch(/\p{Cc}/u)
        },
      ),
    ))
  it('ends a comparison, and is all that training ends with', () => {
    const runs = [1, 2, 3].flatMap(seed => [
      runOf('full', seed, learner(0.9, 0.1 + 0.001 * seed)),
      runOf('frozen-memory', seed, trivial),
    ])
    const comparison = compare(inputOf(runs), { resamples: 100 })
    const alone = renderAnswer(comparison, { width: 100 })
    expect(alone.split('\n').length).toBeLessThanOrEqual(MOST_LINES)
    expect(renderComparison(comparison).trimEnd().endsWith(alone)).toBe(true)
  })
  it('each word of the tables is explained', () => {
    const text = glossaryText(80)
    for (const [word] of GLOSSARY) expect(text).toContain(word)
    for (const word of ['skill', 'retention', 'g', 'P(win)', 'void', 'Holm']) expect(text).toContain(word)
    for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
  })
})
