import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getIn } from './content.ts'
import { farTimes, movedAlong, rangeOf } from './lengths.ts'

const study = (train: number[], validation: number[], bins: [number, number][]) => ({
  name: 's',
  data: { train: { strings: 5, lengths: train }, validation: { strings: 2, lengths: validation } },
  evaluation: { bins: bins.map(lengths => ({ name: lengths.join('-'), lengths, perLength: 3 })) },
})
const move = (content: ReturnType<typeof study>) => movedAlong(content, path => getIn(content, path))

describe('lengths that belong together', () => {
  it('move along with those of training, their bins with their names', () => {
    const moved = move(
      study(
        [4, 12],
        [40, 80],
        [
          [40, 80],
          [81, 160],
          [200, 400],
        ],
      ),
    )!
    expect(moved.longest).toBe(60)
    expect(moved.content).toEqual(
      study(
        [4, 12],
        [4, 12],
        [
          [4, 12],
          [13, 24],
          [30, 60],
        ],
      ),
    )
    expect(move(study([40, 80], [40, 80], [[40, 400]]))).toBeNull()
    expect(move(study([12, 4], [40, 80], [[40, 400]]))).toBeNull()
  })

  it('keep their order, stay ranges, and need no second move', () => {
    const range = fc
      .tuple(fc.nat(200), fc.nat(200))
      .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b, 1)])
    fc.assert(
      fc.property(range, range, fc.array(range, { minLength: 1, maxLength: 4 }), (train, validation, bins) => {
        const content = study(train, validation, bins)
        const moved = move(content)
        if (moved === null) return
        const ranges = (getIn(moved.content, 'evaluation.bins') as { lengths: unknown }[]).map(({ lengths }) =>
          rangeOf(lengths),
        )
        expect(ranges).not.toContain(null)
        expect(move(moved.content as typeof content)).toBeNull()
        expect(getIn(moved.content, 'data.train')).toBe(content.data.train)
      }),
      { numRuns: 300, seed: 4 },
    )
  })

  it('are far where tests are more than ten times as long as training', () => {
    expect([farTimes([4, 12], [{ lengths: [40, 400] }]), farTimes([40, 80], [{ lengths: [40, 400] }])]).toEqual([
      400 / 12,
      null,
    ])
  })
})
