import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { chance } from '../../chance.ts'
import { relativeError } from '../../testing/model-laws.ts'
import { populationOn, type Value } from './population.ts'

beforeAll(async () => {
  tf.enableProdMode()
  await tf.setBackend('cpu')
})

const SIZES: Record<string, number> = { i: 2, j: 3, k: 4, l: 5 }
const draw = chance(3)
const random = (shape: readonly number[]): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => draw.uniform() - 0.5),
    [...shape],
  )

describe('operations on all runs and examples', () => {
  const ops = populationOn(tf)
  const numbers = ({ x, shape }: Value, runs: number, examples: number): Float32Array =>
    ops.spread({ x, shape }, runs, examples).dataSync() as Float32Array

  // Runs and examples of the two factors; one where all are the same.
  const leads = [
    [
      [1, 1],
      [1, 1],
    ],
    [
      [3, 1],
      [3, 4],
    ],
    [
      [3, 4],
      [3, 1],
    ],
    [
      [3, 4],
      [3, 4],
    ],
    [
      [1, 4],
      [1, 1],
    ],
    [
      [1, 1],
      [3, 4],
    ],
    [
      [3, 4],
      [1, 1],
    ],
  ] as const
  const formulas = [
    'ij,j->i',
    'i,ij->j',
    'ik,kj->ij',
    'ikl,lkj->ij',
    'ijk,ijl->ikl',
    'ij,kj->ik',
    'i,j->ij',
    'ij,ij->i',
    'i,->i',
  ]
  it.each(formulas)('%s is the sum of products, and so is its sum over examples', formula => {
    const [factors, wanted] = formula.split('->') as [string, string]
    const [left, right] = factors.split(',') as [string, string]
    const letters = [...new Set(left + right + wanted)].sort()
    const axes = letters.map(letter => ({
      inA: left.includes(letter),
      inB: right.includes(letter),
      summed: !wanted.includes(letter),
    }))
    // Axes stand in the order of the alphabet, as a product's do.
    const ordered = (name: string): number[] => [...name].sort().map(letter => SIZES[letter]!)
    for (const [leadA, leadB] of leads) {
      const [a, b] = [random([...leadA, ...ordered(left)]), random([...leadB, ...ordered(right)])]
      const [runs, examples] = [Math.max(leadA[0], leadB[0]), Math.max(leadA[1], leadB[1])]
      const all = (x: tf.Tensor, name: string): tf.Tensor =>
        tf.reshape(x, [
          x.shape[0]!,
          x.shape[1]!,
          ...letters.map(letter => (name.includes(letter) ? SIZES[letter]! : 1)),
        ])
      const products = tf.mul(all(a, left), all(b, right))
      const summed = axes.flatMap(({ summed: is }, k) => (is ? [k + 2] : []))
      const expected = tf.broadcastTo(tf.sum(products, summed), [
        runs,
        examples,
        ...letters.filter((_, k) => !axes[k]!.summed).map(letter => SIZES[letter]!),
      ])
      const [x, y] = [ops.value(a, ordered(left)), ops.value(b, ordered(right))]
      expect(
        relativeError(numbers(ops.contract!(x, y, axes), runs, examples), expected.dataSync()),
        `${leadA.join()} × ${leadB.join()}`,
      ).toBeLessThan(1e-5)
      expect(
        relativeError(numbers(ops.contractExamples(x, y, axes), runs, 1), tf.sum(expected, 1).dataSync()),
        `${leadA.join()} × ${leadB.join()}`,
      ).toBeLessThan(1e-5)
    }
  })

  it('count what stands for several', () => {
    const repeated = ops.broadcast(ops.value(tf.tensor([2, 3], [1, 1, 2]), [2]), [0], [4, 2])
    expect(repeated.x.shape).toEqual([1, 1, 1, 2])
    expect([...numbers(ops.reduce('sum', repeated, [0]), 1, 1)]).toEqual([8, 12])
    expect([...numbers(ops.reduce('max', repeated, [0]), 1, 1)]).toEqual([2, 3])
    expect([...numbers(ops.cumulate(repeated, false), 1, 1)]).toEqual([0, 0, 2, 3, 4, 6, 6, 9])
    expect([...numbers(ops.slice(repeated, 0, 1, 2), 1, 1)]).toEqual([2, 3, 2, 3])
    expect([...numbers(ops.concat([repeated, ops.full(7, [1, 2])], 0), 1, 1)]).toEqual([2, 3, 2, 3, 2, 3, 2, 3, 7, 7])
    expect([...numbers(ops.reshape(repeated, [8]), 2, 1)]).toEqual([2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3])
  })

  it('know what nothing comes to', () => {
    const none = ops.full(0, [0, 2])
    expect([...numbers(ops.reduce('sum', none, [0]), 1, 1)]).toEqual([0, 0])
    expect([...numbers(ops.reduce('max', none, [0]), 1, 1)]).toEqual([-Infinity, -Infinity])
    expect([
      ...numbers(
        ops.contract!(none, ops.full(1, [0]), [
          { inA: true, inB: true, summed: true },
          { inA: true, inB: false, summed: false },
        ]),
        1,
        1,
      ),
    ]).toEqual([0, 0])
    expect(ops.spread(ops.unary('exp', none), 2, 3).shape).toEqual([2, 3, 0, 2])
  })
})
