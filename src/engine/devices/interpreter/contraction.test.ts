import { describe, expect, it } from 'vitest'
import { einsum, multiply, sum } from '../../algebra/index.ts'
import { parameter, spread } from '../../algebra/operations.ts'
import { tracing } from '../../algebra/tensor.ts'
import { contractionOf } from './contraction.ts'

describe('a sum of products', () => {
  const letters: Record<string, number> = { i: 2, j: 3, k: 4, l: 5 }
  const leaf = (name: string) =>
    parameter(
      name,
      [...name].map(letter => letters[letter]!),
    )

  it.each(['ij,j->i', 'i,ij->j', 'ik,kj->ij', 'ikl,lkj->ij', 'ijk,ijl->ikl', 'ij,kj->ik'])(
    '%s is a product of matrices',
    formula =>
      tracing(() => {
        const [a, b] = formula.split('->')[0]!.split(',') as [string, string]
        const found = contractionOf(einsum(formula, leaf(a), leaf(b)))
        expect(found?.axes.filter(({ summed }) => summed).length).toBeGreaterThan(0)
      }),
  )

  it('is none where a factor lacks what is summed over, or where nothing is repeated', () =>
    tracing(() => {
      expect(contractionOf(sum(multiply(leaf('ij'), leaf('ij')), [1]))).toBeUndefined()
      expect(contractionOf(sum(multiply(leaf('ij'), spread(leaf('i'), 1, 3)), [1]))).toBeUndefined()
      expect(contractionOf(multiply(leaf('ij'), leaf('ij')))).toBeUndefined()
    }))
})
