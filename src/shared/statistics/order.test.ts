import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placeRank } from './order.ts'

describe('a rank', () => {
  it('holds what it holds after sorting, and the others stay on their side of it', () => {
    const value = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 1, Infinity, -Infinity))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 80 }), fc.nat(), fc.nat(), (values, a, b) => {
        const placed = Float64Array.from(values)
        const sorted = placed.toSorted()
        const ranks = [a % values.length, b % values.length]
        for (const rank of ranks) placeRank(placed, rank)
        for (const rank of ranks) {
          expect(placed[rank]! + 0).toBe(sorted[rank]! + 0)
          expect(
            placed.subarray(0, rank).every(other => other <= placed[rank]!) &&
              placed.subarray(rank).every(other => other >= placed[rank]!),
          ).toBe(true)
        }
        expect(placed.toSorted()).toEqual(sorted)
      }),
    )
  })
})
