import { expect, it } from 'vitest'
import { fakeParameters } from '../testing/fake-executor.ts'
import type { Initial, ParameterInfo } from '../parameters.ts'
import { initialWeights } from './initialise.ts'

const parameter = (name: string, initial: Initial, shape = [100, 60]): ParameterInfo => ({
  name,
  component: 'memory',
  shape,
  initial,
})
const drawn = (initial: Initial): Float32Array =>
  initialWeights([parameter('memory.a.b', initial)], 5).get('memory.a.b')!

it.each<[string, Initial, number]>([
  ['uniform', { kind: 'uniform', bound: 0.1 }, 0.1],
  // The multi-stack action layer of the main study, hidden size 20 (DuSell & Chiang 2020).
  ['Xavier', { kind: 'xavier', gain: 1, fanIn: 20, fanOut: 3 }, 0.5108],
  ['Xavier for tanh', { kind: 'xavier', gain: 5 / 3, fanIn: 20, fanOut: 3 }, 0.8513],
])('%s fills its interval evenly', (_, initial, bound) => {
  const values = drawn(initial)
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length
  expect(largest / bound).toBeGreaterThan(0.999)
  expect(largest / bound).toBeLessThan(1.0002)
  expect(Math.abs(mean / bound)).toBeLessThan(0.03)
  expect(variance / (bound ** 2 / 3)).toBeCloseTo(1, 1)
})

it('a constant is that constant', () => {
  expect(new Set(drawn({ kind: 'constant', value: 0.25 }))).toEqual(new Set([0.25]))
})

it('one more parameter moves no other, nor does their order', () => {
  const parameters = fakeParameters()
  const before = initialWeights(parameters, 9)
  const after = initialWeights(
    [parameter('memory.extra.weights', { kind: 'uniform', bound: 1 }), ...parameters.toReversed()],
    9,
  )
  for (const [name, values] of before) expect(after.get(name)).toEqual(values)
  expect(after.size).toBe(before.size + 1)
})

it('seeds and names give different values', () => {
  const uniform: Initial = { kind: 'uniform', bound: 1 }
  const weights = initialWeights([parameter('memory.a.b', uniform), parameter('memory.a.c', uniform)], 1)
  expect(weights.get('memory.a.b')).not.toEqual(weights.get('memory.a.c'))
  expect(initialWeights([parameter('memory.a.b', uniform)], 2).get('memory.a.b')).not.toEqual(weights.get('memory.a.b'))
})
