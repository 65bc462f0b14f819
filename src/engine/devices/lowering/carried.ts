import type { Shape } from '../../algebra/tensor.ts'

/** Sizes of one example's part of the state, growing axes having `rows` rows. */
export interface PartSizes {
  readonly rows: number
  readonly perRow: number
  readonly size: number
  /** Whether it is for pairs of rows, of which those with a later second one are not there. */ readonly pairs: boolean
}

export function partSizes(shape: Shape, rows: number): PartSizes {
  const growing = shape.filter(dim => typeof dim === 'string').length
  const inner = shape.reduce<number>((product, dim) => (typeof dim === 'number' ? product * dim : product), 1)
  if (growing === 0) return { rows: 1, perRow: inner, size: inner, pairs: false }
  return {
    rows,
    perRow: growing === 2 ? rows * inner : inner,
    size: growing === 2 ? rows * rows * inner : rows * inner,
    pairs: growing === 2,
  }
}
