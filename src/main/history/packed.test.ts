import fc from 'fast-check'
import { expect, it } from 'vitest'
import { packNumbers, unpackNumbers } from './packed.ts'

const line = fc
  .record({ first: fc.integer({ min: 0, max: 1000 }), step: fc.integer({ min: -5, max: 50 }), length: fc.nat(100) })
  .map(({ first, step, length }) => Array.from({ length }, (_, i) => first + i * step))

it('numbers come back to the bit, whichever way is the shortest', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(fc.double()),
        fc.array(fc.nat(255)),
        fc.array(fc.nat(65_535)),
        fc.array(fc.nat(4_294_967_295)),
        fc.array(fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1, 256, 65_536, 2 ** 32)),
        line,
      ),
      values => {
        const back = unpackNumbers(packNumbers(values))
        expect(back).toHaveLength(values.length)
        back.forEach((value, i) => expect(value).toBe(values[i]))
      },
    ),
  )
})

it.each([
  ['a line of any length takes', Array.from({ length: 100 }, (_, i) => 40 + 2 * i), 21],
  ['small whole numbers take a byte each', [1, 200, 3], 4],
  ['greater ones two', [1, 2000, 3], 7],
  ['or four', [1, 200_000, 3], 13],
  ['and all others eight', [0.5, 1], 17],
])('%s', (_, values, bytes) => expect(packNumbers(values)).toHaveLength(bytes))

it('what was packed in another way is not guessed at', () =>
  expect(() => unpackNumbers(new Uint8Array([9, 1]))).toThrow(RangeError))
