import { describe, expect, it } from 'vitest'
import { aligned } from './curves.ts'

const curve = (steps: number[], values: number[]) => ({
  from: Float64Array.from(steps),
  to: Float64Array.from(steps),
  min: Float64Array.from(values),
  max: Float64Array.from(values),
  mean: Float64Array.from(values),
})

describe('curves on common steps', () => {
  it('keep their own steps where there is room for all', () => {
    expect(aligned([curve([10, 20], [1, 2]), curve([10, 20, 30], [3, 4, 5])], 10)).toEqual({
      steps: Float64Array.of(10, 20, 30),
      values: [Float64Array.of(1, 2, NaN), Float64Array.of(3, 4, 5)],
    })
  })

  it('are put into equal spans otherwise, each span the mean of what is in it', () => {
    const steps = Array.from({ length: 100 }, (_, i) => i)
    const { steps: centres, values } = aligned([curve(steps, steps), curve([5, 15], [7, NaN])], 10)
    expect(centres).toHaveLength(10)
    expect(values[0]!.reduce((a, b) => a + b, 0) / 10).toBeCloseTo(49.5, 0)
    expect([...values[0]!]).toEqual([...values[0]!].toSorted((a, b) => a - b))
    expect([...values[1]!].map(value => (Number.isNaN(value) ? '' : value))).toEqual([7, ...new Array(9).fill('')])
  })

  it('of nothing are nothing', () => {
    expect(aligned([], 10)).toEqual({ steps: new Float64Array(), values: [] })
    expect(aligned([curve([], [])], 10)).toEqual({ steps: new Float64Array(), values: [new Float64Array()] })
    expect(aligned([curve([4], [NaN])], 10).steps).toHaveLength(0)
  })
})
