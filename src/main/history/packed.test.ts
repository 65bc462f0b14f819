import fc from 'fast-check'
import { expect, it } from 'vitest'
import { packColumns, unpackColumns } from './packed.ts'

const columnOf = (length: number): fc.Arbitrary<number[]> => {
  const many = (value: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
    fc.array(value, { minLength: length, maxLength: length })
  return fc.oneof(
    many(fc.double()),
    many(fc.nat(255)),
    many(fc.nat(65_535)),
    many(fc.nat(4_294_967_295)),
    many(fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1, 256, 65_536, 2 ** 32)),
    fc
      .tuple(fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.double()), fc.integer({ min: -5, max: 50 }))
      .map(([first, step]) => Array.from({ length }, (_, i) => first + i * step)),
  )
}

it('columns come back to the bit, whichever way is the shortest', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }).chain(length => fc.tuple(fc.constant(length), fc.array(columnOf(length)))),
      ([length, columns]) => {
        const back = unpackColumns(packColumns(columns), length)
        expect(back).toHaveLength(columns.length)
        back.forEach((column, k) => column.forEach((value, i) => expect(value).toBe(columns[k]![i])))
      },
    ),
  )
})

it.each([
  ['a line of any length takes', Array.from({ length: 100 }, (_, i) => 40 + 2 * i), 17],
  ['and so does what is unknown throughout', new Array<number>(100).fill(NaN), 17],
  ['small whole numbers take a byte each', [1, 200, 3], 4],
  ['greater ones two', [1, 2000, 3], 7],
  ['or four', [1, 200_000, 3], 13],
  ['and all others eight', [0.5], 9],
])('%s', (_, values, bytes) => expect(packColumns([values])).toHaveLength(bytes))

it('what was packed in another way is not guessed at', () =>
  expect(() => unpackColumns(new Uint8Array([9, 1]), 1)).toThrow(RangeError))
