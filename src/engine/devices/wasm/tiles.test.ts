import { expect, it } from 'vitest'
import { einsum, parameter } from '../../algebra/operations.ts'
import { tracing, type Tensor } from '../../algebra/tensor.ts'
import { NO_SLOT, rowMajor, type Storage } from '../lowering/storage.ts'
import { termOf } from '../lowering/terms.ts'
import { chooseTiles } from './tiles.ts'

/** Tiles of a sum of products of parameters, kept axes first; whole axes are summed over one by one. */
function tilesOf(formula: string, shapes: readonly (readonly number[])[], room: number): number[] {
  return tracing(() => {
    const sum = einsum(formula, ...shapes.map((shape, k) => parameter(`p${k}`, shape)))
    const input = sum.inputs[0]!
    const stored = ({ op, shape }: Tensor): Storage | undefined =>
      op.kind === 'parameter'
        ? { base: { offset: 0 }, strides: rowMajor(shape, 16), lanes: true, slot: NO_SLOT, extent: 1 }
        : undefined
    const kept = sum.shape.map((size, axis) => ({ axis, size: size as number }))
    const element = termOf(
      input,
      input.shape.map((_, axis) => ({ level: axis + 1, add: 0 })),
      { stored, extent: () => 1 },
    )
    const tiles = chooseTiles(
      element,
      [
        ...kept,
        ...input.shape.slice(kept.length).map((size, k) => ({ axis: kept.length + k, size: size as number, tile: 1 })),
      ],
      room,
    )
    return kept.map(({ axis }) => tiles.get(axis)!)
  })
}

it('a product of a matrix and a vector writes out as many results as there is room for', () => {
  expect(tilesOf('ij,j->i', [[20, 30], [30]], 12)).toEqual([12])
  expect(tilesOf('ij,j->i', [[5, 30], [30]], 12)).toEqual([5])
})

it('a product of matrices uses what it loads in two directions', () => {
  expect(
    tilesOf(
      'ij,jk->ik',
      [
        [3, 9],
        [9, 3],
      ],
      12,
    ),
  ).toEqual([3, 3])
  expect(
    tilesOf(
      'ij,jk->ik',
      [
        [9, 3],
        [3, 3],
      ],
      4,
    ),
  ).toEqual([4, 1])
})

it('an axis that both factors have is left to a loop where another is better', () => {
  expect(
    tilesOf(
      'aij,ajk->aik',
      [
        [3, 3, 9],
        [3, 9, 3],
      ],
      12,
    ),
  ).toEqual([1, 3, 3])
})

it('without room nothing is written out', () =>
  expect(
    tilesOf(
      'ij,jk->ik',
      [
        [3, 9],
        [9, 3],
      ],
      1,
    ),
  ).toEqual([1, 1]))
