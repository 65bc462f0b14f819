import { describe, expect, it } from 'vitest'
import { parseStudy, type TrainingSpec } from '../../shared/study.ts'
import {
  clipNormOf,
  decayed,
  endBefore,
  FIRST_DECAY,
  initialLearningRate,
  stalledFor,
  type DecayCursor,
} from './schedules.ts'

const training = (change: Record<string, unknown> = {}): TrainingSpec =>
  parseStudy({ name: 's', task: { id: 't' }, training: change }).training

describe('the first learning rate', () => {
  it('is the one that is given', () => {
    expect(initialLearningRate(training({ learningRate: 0.005 }), 3)).toBe(0.005)
  })

  it('or is log-uniform over seeds, within the range', () => {
    const spec = training({ learningRate: { logUniform: [5e-4, 1e-2] } })
    const places = Array.from(
      { length: 2000 },
      (_, seed) => Math.log(initialLearningRate(spec, seed) / 5e-4) / Math.log(20),
    )
    const quarters = [0, 1, 2, 3].map(
      quarter => places.filter(place => place >= quarter / 4 && place < (quarter + 1) / 4).length,
    )
    expect(quarters.reduce((sum, count) => sum + count)).toBe(2000)
    expect(quarters.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0)).toBeLessThan(16.27)
    expect(initialLearningRate(spec, 5)).toBe(initialLearningRate(spec, 5))
  })
})

describe('the norm at which gradients are clipped', () => {
  it('is given, none, or drawn as the learning rate is, but apart from it', () => {
    expect([clipNormOf(training({ clipNorm: 0.25 }), 3), clipNormOf(training({ clipNorm: null }), 3)]).toEqual([
      0.25,
      null,
    ])
    const range = { logUniform: [0.0112, 1.12] }
    const spec = training({ clipNorm: range, learningRate: range })
    const seeds = Array.from({ length: 50 }, (_, seed) => seed)
    const norms = seeds.map(seed => clipNormOf(spec, seed)!)
    expect([Math.min(...norms) >= 0.0112, Math.max(...norms) <= 1.12, new Set(norms).size]).toEqual([true, true, 50])
    expect(norms).toEqual(seeds.map(seed => clipNormOf(spec, seed)))
    expect(seeds.every(seed => norms[seed] !== initialLearningRate(spec, seed))).toBe(true)
  })
})

function trace(values: number[], decay: NonNullable<TrainingSpec['decay']>, start: number): number[] {
  let rate = start
  let cursor: DecayCursor = FIRST_DECAY
  return values.map(value => {
    ;({ learningRate: rate, cursor } = decayed(decay, JSON.parse(JSON.stringify(cursor)) as DecayCursor, rate, value))
    return rate
  })
}

describe('decay on a plateau, as ReduceLROnPlateau does it', () => {
  it('waits for more than `patience` epochs, then counts anew', () => {
    const flat = [2, 2, 2, 2, 2, 2, 2, 2]
    expect(trace(flat, { factor: 0.5, patience: 2, threshold: 1e-4 }, 1)).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25])
    expect(trace([2, 2, 2], { factor: 0.5, patience: 0, threshold: 1e-4 }, 1)).toEqual([1, 0.5, 0.25])
  })

  it('has a relative threshold: 1e-4 of the best, and slow gains that stay under it do not count', () => {
    const decay = { factor: 0.1, patience: 1, threshold: 1e-2 }
    expect(trace([100, 99.5, 99.1], decay, 1)).toEqual([1, 1, 0.1])
    expect(trace([100, 99.5, 98.9, 98, 97.95], decay, 1)).toEqual([1, 1, 1, 1, 0.1])
    expect(trace([100, 99, 98.9], decay, 1)).toEqual([1, 1, 1])
  })

  it('an improvement sets the count back', () => {
    expect(trace([5, 6, 6, 4, 4, 4, 4], { factor: 0.5, patience: 2, threshold: 0 }, 8)).toEqual([8, 8, 8, 8, 8, 8, 4])
  })

  it('an infinite value is no improvement', () => {
    expect(trace([Infinity, Infinity, 3], { factor: 0.5, patience: 1, threshold: 0 }, 1)).toEqual([1, 0.5, 0.5])
  })

  it('leaves a rate alone when the change would be below 1e-8', () => {
    expect(trace([1, 1], { factor: 0.9, patience: 0, threshold: 0 }, 9e-8)).toEqual([9e-8, 9e-8])
    expect(trace([1, 1], { factor: 0.5, patience: 0, threshold: 0 }, 9e-8)).toEqual([9e-8, 4.5e-8])
  })
})

describe('the end of a run', () => {
  it('comes after all epochs, or after `patience` epochs without a new best', () => {
    const spec = training({ epochs: 30, earlyStop: { patience: 10 } })
    expect(endBefore(0, spec, null)).toBeNull()
    expect(endBefore(13, spec, { epoch: 3, loss: 1 })).toBeNull()
    expect(endBefore(14, spec, { epoch: 3, loss: 1 })).toBe('stopped-early')
    expect(endBefore(30, spec, { epoch: 29, loss: 1 })).toBe('finished')
    expect(endBefore(29, training({ epochs: 30, earlyStop: null }), { epoch: 0, loss: 1 })).toBeNull()
  })

  it('counts epochs since the best', () => {
    expect(stalledFor(0, null)).toBe(0)
    expect(stalledFor(1, { epoch: 0, loss: 1 })).toBe(0)
    expect(stalledFor(6, { epoch: 2, loss: 1 })).toBe(3)
  })
})
