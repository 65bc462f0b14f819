import { describe, expect, it } from 'vitest'
import { groupsOf } from './grouping.ts'

const group = (lengths: readonly number[], fixed: number, most = Infinity): number[][] =>
  groupsOf(lengths, { keyOf: () => '', lengthOf: length => length, fixed, most: () => most })
    .map(own => own.toSorted((a, b) => a - b))
    .sort((a, b) => a[0]! - b[0]!)

const cost = (groups: readonly (readonly number[])[], fixed: number): number =>
  groups.reduce((sum, own) => sum + (Math.max(...own) + 1) * (fixed + own.length), 0)

/** Every way to put items into groups. */
function* partitions(items: readonly number[]): Generator<number[][]> {
  const [first, ...rest] = items
  if (first === undefined) return yield []
  for (const groups of partitions(rest)) {
    yield [[first], ...groups]
    for (let k = 0; k < groups.length; k++) yield groups.map((own, j) => (j === k ? [first, ...own] : own))
  }
}

describe('what is computed together', () => {
  it.each([0, 1, 3, 20])('costs least of all ways to group it, a step costing as much as %i runs', fixed => {
    const lengths = [7, 40, 41, 8, 12, 80, 7]
    const best = Math.min(...[...partitions(lengths)].map(groups => cost(groups, fixed)))
    expect(cost(group(lengths, fixed), fixed)).toBe(best)
    expect(
      group(lengths, fixed)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual(lengths.toSorted((a, b) => a - b))
  })

  it('is of one length where a step costs little by itself, and all where it costs everything', () => {
    expect(group([5, 9, 5, 6], 0.1)).toEqual([[5, 5], [6], [9]])
    expect(group([5, 9, 5, 6], 1000)).toEqual([[5, 5, 6, 9]])
  })

  it('is no more than memory takes, one at least, and of one kind', () => {
    expect(
      group([5, 5, 5, 5, 5], 1000, 2)
        .map(own => own.length)
        .sort(),
    ).toEqual([1, 2, 2])
    expect(group([5, 5], 1000, 0)).toEqual([[5], [5]])
    const byKind = groupsOf(['a1', 'b1', 'a2'], {
      keyOf: item => item[0]!,
      lengthOf: () => 3,
      fixed: 10,
      most: () => 9,
    })
    expect(byKind).toEqual([['a1', 'a2'], ['b1']])
  })
})
