import { describe, expect, it, vi } from 'vitest'
import { floorAndCeiling, floorAndCeilingByLength } from '../../engine/tasks/figures.ts'
import { parseStudy } from '../../shared/study.ts'
import { languageOf } from './check-study.ts'
import { limitsOf } from './limits.ts'

vi.mock('../../engine/tasks/figures.ts', { spy: true })

const study = (task: Record<string, unknown>, bins: unknown[]) =>
  parseStudy({ name: 'limits', task, evaluation: { bins } })

describe('floors and ceilings', () => {
  it('are known at every length that is tested', () => {
    const spec = study({ id: 'count-3' }, [
      { name: 'a', lengths: [3, 12], perLength: 1 },
      { name: 'b', lengths: [13, 40], perLength: 1, stride: 2 },
    ])
    expect(limitsOf(spec).map(({ bin, length }) => `${bin} ${length}`)).toEqual([
      'a 3',
      'a 6',
      'a 9',
      'a 12',
      'b 15',
      'b 21',
      'b 27',
      'b 33',
      'b 39',
    ])
  })

  it('of some bins are the same as among all', () => {
    const spec = study({ id: 'marked-copy' }, [
      { name: 'a', lengths: [3, 12], perLength: 1 },
      { name: 'b', lengths: [13, 40], perLength: 1 },
    ])
    const ofB = limitsOf(spec, ['b'])
    expect(ofB.length).toBeGreaterThan(0)
    expect(ofB).toEqual(limitsOf(spec).filter(({ bin }) => bin === 'b'))
  })

  it('of count-3 are those of the closed form: all but three symbols, and a string costs nothing once its length is known', () => {
    for (const { length, floorAccuracy, boundNats } of limitsOf(
      study({ id: 'count-3' }, [{ name: 'a', lengths: [40, 100], perLength: 1 }]),
    )) {
      expect(floorAccuracy).toBeCloseTo(1 - 3 / (length + 1), 12)
      expect(boundNats! + 0).toBe(0)
    }
  })

  it('pooled over a bin are those of the bin: marked copy on 40-100', () => {
    const limits = limitsOf(study({ id: 'marked-copy' }, [{ name: 'a', lengths: [40, 100], perLength: 1 }]))
    const pooled = (key: 'floorAccuracy' | 'ceilingAccuracy'): number =>
      limits.reduce((sum, limit) => sum + limit[key]! * (limit.length + 1), 0) /
      limits.reduce((sum, { length }) => sum + length + 1, 0)
    expect(Math.abs(pooled('floorAccuracy') - 0.486)).toBeLessThan(0.003)
    expect(Math.abs(pooled('ceilingAccuracy') - 0.745)).toBeLessThan(0.003)
  })

  it('of a costly task are interpolated between lengths, near those of all lengths', () => {
    const spec = study({ id: 'hardest-cfl' }, [
      { name: 'a', lengths: [40, 80], perLength: 1 },
      { name: 'b', lengths: [200, 400], perLength: 1 },
    ])
    vi.mocked(floorAndCeilingByLength).mockClear()
    const limits = limitsOf(spec).filter(({ bin }) => bin === 'a')
    const parsed = vi
      .mocked(floorAndCeilingByLength)
      .mock.calls.map(([, lengths, , { perLength }]) => lengths.reduce((sum, length) => sum + length * perLength, 0))
    // All strings of all lengths would be 627,000 symbols.
    expect(parsed.reduce((a, b) => a + b, 0)).toBeLessThan(10_000)
    const exact = floorAndCeiling(languageOf(spec), [40, 80], { perLength: 3, seed: 9 })
    const symbols = limits.reduce((sum, { length }) => sum + length + 1, 0)
    for (const key of ['floorAccuracy', 'ceilingAccuracy'] as const) {
      expect(limits.every(limit => limit[key]! > 0 && limit[key]! < 1)).toBe(true)
      expect(
        Math.abs(limits.reduce((sum, limit) => sum + limit[key]! * (limit.length + 1), 0) / symbols - exact[key]!),
      ).toBeLessThan(0.03)
    }
    expect(limits[0]!.boundNats).toBeNull()
  })

  it('are the same every time', () => {
    const spec = study({ id: 'dyck' }, [{ name: 'a', lengths: [10, 40], perLength: 1 }])
    expect(limitsOf(spec)).toEqual(limitsOf(spec))
  })
})
