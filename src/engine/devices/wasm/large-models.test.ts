import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { reachable } from '../../algebra/tensor.ts'
import { reverse, type Model } from '../../model.ts'
import { float64 } from '../../testing/float64.ts'
import { largeBatch, largeMasks, largeModel, withLargeWeights, type LargeCase } from '../../testing/large-models.ts'
import { randomBatch, relativeError } from '../../testing/model-laws.ts'
import type { Executor } from '../device.ts'
import { InterpretedExecutor } from '../interpreter/executor.ts'
import { WasmExecutor } from './executor.ts'
import { linearKind } from '../lowering/linear.ts'
import { STEPS_TOGETHER } from './outer-product.ts'

/** What the compiler makes by kernels of their own. */
function kindsIn({ graph, ...model }: Model): Set<string> {
  const reversed = reverse({ graph, ...model }, new Set(model.parameters.map(({ name }) => name)))
  const roots = [
    ...graph.next.values(),
    graph.nats,
    ...reversed.step.states.values(),
    ...reversed.output.states.values(),
  ]
  return new Set(reachable(roots).flatMap(tensor => linearKind(tensor) ?? []))
}

const CASES: readonly (readonly [string, LargeCase])[] = [
  ['a vocabulary of 1,003, 37 units, 7 strings', { symbols: 1003, units: 37, size: 7, length: 4 }],
  ['one string', { symbols: 517, units: 18, size: 1, length: 5 }],
  ['17 strings of one symbol, in two blocks', { symbols: 259, units: 35, size: 17, length: 1 }],
  ['more steps than are worked on together', { symbols: 130, units: 64, size: 2, length: 2 * STEPS_TOGETHER + 3 }],
  ['sums of more than one block', { symbols: 37, units: 261, size: 3, length: 2 }],
  ['words with an embedding', { symbols: 411, units: 33, size: 5, length: 9, text: { tied: false } }],
  [
    'words with a tied embedding',
    { symbols: 103, units: 34, size: 3, length: STEPS_TOGETHER + 1, text: { tied: true } },
  ],
  ['one word at a time', { symbols: 211, units: 34, size: 2, length: 1, text: { tied: false } }],
  [
    'two layers and a stack',
    { symbols: 131, units: 65, layers: 2, size: 5, length: 6, memory: { id: 'superposition-stack' } },
  ],
]

describe.each(CASES)('a large model, %s', (_, given) => {
  const model = largeModel(given)
  const open = (): [Executor, Executor] => [
    withLargeWeights(new WasmExecutor(model, { id: 'sgd' })),
    withLargeWeights(new InterpretedExecutor(model, { id: 'sgd' }, float64)),
  ]
  const batch = largeBatch(given)

  it('agrees with the float64 interpretation', () => {
    const [compiled, reference] = open()
    const [scores, judged] = [compiled.evaluate(batch), reference.evaluate(batch)]
    expect(relativeError(scores.nats, judged.nats)).toBeLessThan(1e-5)
    expect([...scores.correct]).toEqual([...judged.correct])
    const [found, expected] = [compiled.gradients(batch), reference.gradients(batch)]
    expect(relativeError([found.loss], [expected.loss])).toBeLessThan(1e-5)
    for (const [name, values] of expected.gradients)
      expect(relativeError(found.gradients.get(name)!, values), name).toBeLessThan(1e-4)
    if (!given.text) return
    expect(relativeError(scores.predictions!.nats, judged.predictions!.nats)).toBeLessThan(1e-5)
    const next = { ...batch, masks: largeMasks(model, batch), carried: scores.carried! }
    for (const [name, values] of reference.gradients(next).gradients)
      expect(relativeError(compiled.gradients(next).gradients.get(name)!, values), name).toBeLessThan(1e-4)
  })

  it('is made by the kernels for large products', () => {
    expect(kindsIn(model)).toContain('product')
  })
})

it('reads the weights that one-hot symbols pick, instead of multiplying by them', () => {
  expect([...kindsIn(largeModel({ symbols: 1003, units: 37, size: 1, length: 1 }))].sort()).toEqual([
    'gather',
    'product',
  ])
  expect([...kindsIn(largeModel({ symbols: 3, units: 10, size: 1, length: 1 }))]).toEqual([])
})

describe('a large model', () => {
  const given: LargeCase = { symbols: 403, units: 41, size: 9, length: 7 }
  const model = largeModel(given)
  const batch = randomBatch(given.size, given.length, given.symbols, 5)

  it('traces what the float64 interpretation traces', () => {
    const [compiled, reference] = [
      withLargeWeights(new WasmExecutor(model, { id: 'sgd' })),
      withLargeWeights(new InterpretedExecutor(model, { id: 'sgd' }, float64)),
    ]
    const [found, expected] = [compiled.trace(batch.symbols.slice(0, 7)), reference.trace(batch.symbols.slice(0, 7))]
    for (const [name, { data }] of Object.entries(expected))
      expect(relativeError(found[name]!.data, data), name).toBeLessThan(1e-4)
  })

  it('trains each component alone as it trains all together', () => {
    const executor = withLargeWeights(new WasmExecutor(model, { id: 'sgd' }))
    const all = executor.gradients(batch).gradients
    for (const component of ['controller', 'classifier']) {
      const own = model.parameters.filter(info => info.component === component).map(({ name }) => name)
      executor.setTrainable(new Set(own))
      const found = executor.gradients(batch).gradients
      expect([...found.keys()]).toEqual(own)
      for (const name of own) expect(relativeError(found.get(name)!, all.get(name)!), name).toBeLessThan(1e-5)
    }
  })

  it('goes on from copied weights with the same bits', () => {
    const train = (executor: Executor, from: number, steps: number): void => {
      for (let step = from; step < from + steps; step++)
        executor.step(randomBatch(9, 5 + step, 403, step), { learningRate: 0.01, clipNorm: 1 })
    }
    const whole = withLargeWeights(new WasmExecutor(model, { id: 'adam' })),
      cut = withLargeWeights(new WasmExecutor(model, { id: 'adam' })),
      resumed = new WasmExecutor(model, { id: 'adam' })
    train(whole, 0, 6)
    train(cut, 0, 3)
    for (const tensor of cut.tensors) resumed.write(tensor, cut.read(tensor))
    resumed.setCounts(cut.counts())
    train(resumed, 3, 3)
    for (const tensor of whole.tensors) expect(resumed.read(tensor), tensor).toEqual(whole.read(tensor))
  })

  it.each([
    ['a large model', 403, 41],
    ['a small model', 3, 20],
  ])('%s: the same bits whichever of the two compilers made the code', (_, symbols, units) => {
    const digest = (flag: string): string =>
      execFileSync(
        process.execPath,
        [flag, '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', digestScript(symbols, units)],
        { encoding: 'utf8' },
      )
    expect(digest('--liftoff-only')).toMatch(/^[0-9a-f]{64}$/)
    expect(digest('--no-liftoff')).toBe(digest('--liftoff-only'))
  })
})

/** Prints a digest of all tensors after three updates. */
function digestScript(symbols: number, units: number): string {
  const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)
  return `
    import { createHash } from 'node:crypto'
    import { buildModel } from ${module('../../model.ts')}
    import { initialWeights } from ${module('../../train/initialise.ts')}
    import { WasmExecutor } from ${module('./executor.ts')}
    const model = buildModel({ controller: { id: 'lstm', units: ${units} }, memory: { id: 'none' } }, ${symbols})
    const executor = new WasmExecutor(model, { id: 'adam' })
    for (const [name, values] of initialWeights(model.parameters, 1)) executor.write(name, values)
    const batch = { size: 9, length: 7, symbols: Int32Array.from({ length: 63 }, (_, k) => 7919 * k % ${symbols}) }
    for (let step = 0; step < 3; step++) executor.step(batch, { learningRate: 0.01, clipNorm: 1 })
    const hash = createHash('sha256')
    for (const tensor of executor.tensors) hash.update(executor.read(tensor))
    process.stdout.write(hash.digest('hex'))
  `
}
