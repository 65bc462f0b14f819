import * as tf from '@tensorflow/tfjs'
import { describe, expect, it, vi } from 'vitest'
import { einsum, multiply, sum } from '../../algebra/index.ts'
import { parameter, spread } from '../../algebra/operations.ts'
import { tracing } from '../../algebra/tensor.ts'
import { memories } from '../../memories/index.ts'
import { buildModel } from '../../model.ts'
import { INPUTS, lively, randomBatch, relativeError } from '../../testing/model-laws.ts'
import { InterpretedExecutor } from '../interpreter/executor.ts'
import { contractionOf } from '../interpreter/contraction.ts'
import { arithmeticOn } from './arithmetic.ts'
import { contractWith } from './contract.ts'
import { tfjsDevice } from './device.ts'

describe('a sum of products', () => {
  const letters: Record<string, number> = { i: 2, j: 3, k: 4, l: 5 }
  const leaf = (name: string) => parameter(name, [...name].map(letter => letters[letter]!))

  it.each(['ij,j->i', 'i,ij->j', 'ik,kj->ij', 'ikl,lkj->ij', 'ijk,ijl->ikl', 'ij,kj->ik'])('%s is a product of matrices', formula => tracing(() => {
    const [a, b] = formula.split('->')[0]!.split(',') as [string, string]
    const found = contractionOf(einsum(formula, leaf(a), leaf(b)))
    expect(found?.axes.filter(({ summed }) => summed).length).toBeGreaterThan(0)
  }))

  it('is none where a factor lacks what is summed over, or where nothing is repeated', () => tracing(() => {
    expect(contractionOf(sum(multiply(leaf('ij'), leaf('ij')), [1]))).toBeUndefined()
    expect(contractionOf(sum(multiply(leaf('ij'), spread(leaf('i'), 1, 3)), [1]))).toBeUndefined()
    expect(contractionOf(multiply(leaf('ij'), leaf('ij')))).toBeUndefined()
  }))
})

describe('products of matrices', () => {
  it.each(Object.values(memories).map(memory => ({ id: memory.id, ...memory.examples[0] })))('give what sums of products give: $id', async memory => {
    const model = buildModel({ controller: { id: 'lstm', units: 5 }, memory }, INPUTS)
    const plain = await tfjsDevice.open(model, { optimizer: { id: 'sgd' } })
    const contract = vi.fn(contractWith(tf))
    const own = new InterpretedExecutor(model, { id: 'sgd' }, { ...arithmeticOn(tf, 'cpu'), contract })
    for (const executor of [plain, own]) for (const [name, values] of lively(model, 7)) executor.write(name, values)
    for (const [size, length] of [[1, 1], [3, 5]] as const) {
      const batch = randomBatch(size, length, INPUTS, 13)
      const [found, expected] = [own.gradients(batch), plain.gradients(batch)]
      expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-6)
      for (const [name, values] of expected.gradients) expect(relativeError(found.gradients.get(name)!, values), name).toBeLessThan(1e-5)
    }
    expect(contract).toHaveBeenCalled()
  })
})
