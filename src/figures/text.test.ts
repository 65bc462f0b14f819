import { createCanvas } from '@napi-rs/canvas'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logLabel, logTicks } from './log-ticks.ts'
import { clipped, inLines, textWidth, wrapped } from './text-width.ts'

describe('widths of words', () => {
  it.each([400, 600])('are never less than those of DejaVu Sans, and at most a fifth more (weight %s)', weight => {
    const context = createCanvas(1, 1).getContext('2d')
    context.font = `${weight} 100px "DejaVu Sans", sans-serif`
    for (const text of [
      'Training loss',
      'Only the classifier trained',
      '−0.025',
      '1,200',
      'nats per symbol',
      '97.3 %',
      'Größe',
      'Stack actions',
      'successive size?',
      'q0, ⊥ → q1, 1',
      '⊣ ∅ ■',
    ])
      expect([text, textWidth(text, 100, weight) / context.measureText(text).width]).toEqual([
        text,
        expect.toSatisfy((ratio: number) => ratio > 0.98 && ratio < 1.2),
      ])
  })

  const words = fc.array(
    fc.string({ minLength: 1, maxLength: 12 }).map(word => word.replaceAll(/\s/g, 'x')),
    { minLength: 1, maxLength: 9 },
  )
  it('hold in every line, and no word is lost', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 30, max: 400 }), (all, width) => {
        const text = all.join(' ')
        const lines = wrapped(text, width, 11)
        if (lines) expect(lines.join(' ')).toBe(text)
        for (const line of lines ?? inLines(text, width, 11))
          expect(textWidth(line, 11)).toBeLessThanOrEqual(width + 1e-9)
        expect(lines === null).toBe(all.some(word => textWidth(word, 11) > width))
        expect(textWidth(clipped(text, width, 11), 11)).toBeLessThanOrEqual(width)
      }),
    )
  })
})

describe('ticks of a logarithmic axis', () => {
  it.each([
    [0.6, 0.7, ['0.6', '0.62', '0.64', '0.66', '0.68', '0.7']],
    [0.62, 3, ['1', '1.5', '2', '2.5', '3']],
    [0.001, 12, ['0.001', '0.01', '0.1', '1', '10']],
    [1, 100, ['1', '2', '5', '10', '20', '50', '100']],
    [1e-9, 1e9, ['1e−9', '1e−6', '0.001', '1', '1,000', '1e6', '1e9']],
  ])('from %s to %s', (min, max, labels) => {
    expect(logTicks(min, max, 7).map(logLabel)).toEqual(labels)
  })

  it('are some, in range, as many as were asked for at most, apart, and each has a label of its own', () => {
    const exponent = fc.double({ min: -8, max: 8, noNaN: true })
    const ratio = fc.double({ min: 0.01, max: 12, noNaN: true })
    fc.assert(
      fc.property(exponent, ratio, (low, span) => {
        const [min, max] = [10 ** low, 10 ** (low + span)]
        const ticks = logTicks(min, max, 7)
        expect(ticks.length).toBeGreaterThan(1)
        expect(ticks.length).toBeLessThanOrEqual(9)
        expect(ticks.every(tick => tick >= min && tick <= max)).toBe(true)
        expect(new Set(ticks.map(logLabel)).size).toBe(ticks.length)
        const gaps = ticks.slice(1).map((tick, i) => Math.log(tick / ticks[i]!) / Math.log(max / min))
        expect(Math.min(...gaps)).toBeGreaterThan(0.09)
      }),
    )
  })

  it('of no range are none', () => {
    expect([logTicks(0, 1, 7), logTicks(2, 2, 7), logTicks(NaN, 1, 7)]).toEqual([[], [], []])
  })
})
