import { describe, expect, it } from 'vitest'
import { firstSentence, typeset } from './text.ts'

describe('words', () => {
  it('have minus signs before numbers, and hyphens in ranges and names', () => {
    expect(typeset('difference -1.08 [-∞, -0.130] on 161-320, jm-3.3.3, 80 % of them')).toBe(
      'difference −1.08 [−∞, −0.130] on 161-320, jm-3.3.3, 80\u00a0% of them',
    )
  })

  it('are cut after their first sentence, not at a point within a number', () => {
    expect(firstSentence('As published (arXiv:2410.03154). It takes days.')).toBe('As published (arXiv:2410.03154).')
    expect(firstSentence('No end')).toBe('No end')
  })
})
