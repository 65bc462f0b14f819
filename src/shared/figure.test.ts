import fc from 'fast-check'
import { expect, test } from 'vitest'
import { figuresJson, readFigure, writeFigure } from './figure.ts'

test('a figure comes back from JSON as it was, its sign too; NaN is unknown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.constantFrom(Infinity, -Infinity, null)), value => {
      const back = readFigure(JSON.parse(JSON.stringify({ value: writeFigure(value) })).value)
      if (value === null || Number.isNaN(value)) expect(back).toBeNull()
      else expect(back).toBe(value === 0 ? 0 : value)
    }),
  )
})

test('a record goes to JSON with the signs of its infinities, arrays of numbers too', () =>
  expect(JSON.parse(figuresJson({ a: -Infinity, b: [NaN, 1.5], c: Float64Array.of(Infinity, 2), d: 'x' }))).toEqual({
    a: '-inf',
    b: [null, 1.5],
    c: ['inf', 2],
    d: 'x',
  }))
