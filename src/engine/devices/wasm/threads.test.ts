import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { chance } from '../../chance.ts'
import { buildModel, type Model } from '../../model.ts'
import { testThreads, withHelpers, type TestThreads } from '../../testing/helper-threads.ts'
import { deviceLaws, INPUTS, lively, randomBatch } from '../../testing/model-laws.ts'
import type { Batch, Executor } from '../device.ts'
import { WasmExecutor } from './executor.ts'

const open: Executor[] = []
afterEach(() => {
  for (const executor of open.splice(0)) executor.dispose()
})

/** An executor whose helpers are there, if it wants any. */
async function opened(
  model: Model,
  threads: TestThreads,
  optimizer = 'adam',
  patience?: number,
): Promise<WasmExecutor> {
  const executor = new WasmExecutor(model, { id: optimizer }, threads, { patience })
  open.push(executor)
  for (const [name, values] of lively(model, 3))
    executor.write(
      name,
      values.map(value => 0.3 * value),
    )
  return withHelpers(executor, threads)
}

interface Case {
  readonly symbols: number
  readonly units: number
  readonly size: number
  readonly length: number
  readonly layers?: number
  readonly memory?: { id: string }
  readonly text?: { tied: boolean }
}

const CASES: readonly (readonly [string, Case])[] = [
  ['a vocabulary that no number of threads divides', { symbols: 1999, units: 33, size: 7, length: 5 }],
  [
    'words with a tied embedding, in two blocks',
    { symbols: 1031, units: 66, size: 18, length: 9, text: { tied: true } },
  ],
  [
    'words with an embedding, more steps than are worked on together',
    { symbols: 701, units: 97, size: 3, length: 51, text: { tied: false } },
  ],
  [
    'a large controller with a stack, few symbols',
    { symbols: 3, units: 131, size: 5, length: 7, memory: { id: 'superposition-stack' } },
  ],
  ['two large layers', { symbols: 5, units: 130, layers: 2, size: 9, length: 4 }],
]

function modelOf({ symbols, units, layers = 1, memory = { id: 'none' }, text }: Case): Model {
  return buildModel(
    { controller: { id: 'lstm', units, layers }, memory, ...(text ? { embedding: text, dropout: 0.2 } : {}) },
    text ? { words: symbols } : symbols,
  )
}

function batchOf({ size, length, symbols, text }: Case, { masks }: Model, seed: number): Batch {
  const batch = randomBatch(size, length, symbols, seed)
  if (!text) return batch
  const draw = chance(seed)
  return {
    ...batch,
    next: randomBatch(size, 1, symbols, seed + 1).symbols,
    masks: new Map(
      masks.map(({ name, width }) => [
        name,
        Float32Array.from({ length: size * (length + 1) * width }, () => (draw.uniform() < 0.2 ? 0 : 1.25)),
      ]),
    ),
  }
}

/** All that some steps and evaluations leave behind. */
function train(executor: Executor, given: Case, from: number, to: number): unknown[] {
  const seen: unknown[] = []
  for (let step = from; step < to; step++) {
    const batch = batchOf(given, executor.model, 10 * step)
    if (step === 2)
      executor.setTrainable(
        new Set(
          executor.model.parameters.filter(({ component }) => component !== 'controller').map(({ name }) => name),
        ),
      )
    seen.push(executor.step(batch, { learningRate: 0.01, clipNorm: 1 }), executor.evaluate(batch))
  }
  return seen
}

const stateOf = (executor: Executor): unknown => [
  executor.tensors.map(tensor => [tensor, executor.read(tensor)]),
  executor.counts(),
]

describe.each(CASES)('%s', (_, given) => {
  const model = modelOf(given)

  it('trains and evaluates to the same bits on 1, 2 and 3 threads, and on as many as there are at the time', async () => {
    const alone = new WasmExecutor(model, { id: 'adam' })
    for (const [name, values] of lively(model, 3))
      alone.write(
        name,
        values.map(value => 0.3 * value),
      )
    const expected = train(alone, given, 0, 4),
      end = stateOf(alone)
    for (const numbers of [[1], [2], [3], [4, 1, 3, 2]]) {
      let asked = 0
      const threads = testThreads(() => numbers[asked++ % numbers.length]!)
      const executor = await opened(model, threads)
      expect(threads.workers.length).toBe(numbers[0]! - 1)
      let worked = 0
      for (const worker of threads.workers)
        worker.on('message', () => {
          worked++
        })
      expect(train(executor, given, 0, 4)).toEqual(expected)
      expect(stateOf(executor)).toEqual(end)
      if (threads.workers.length > 0) await expect.poll(() => worked).toBeGreaterThan(0)
    }
  })

  it('goes on from a checkpoint made with 2 threads, on 1 and on 3', async () => {
    const whole = await opened(model, testThreads(2))
    train(whole, given, 0, 2)
    const saved = new Map(whole.tensors.map(tensor => [tensor, whole.read(tensor)])),
      counts = whole.counts()
    const expected = train(whole, given, 2, 4)
    for (const most of [1, 3]) {
      const resumed = await opened(model, testThreads(most))
      for (const [tensor, values] of saved) resumed.write(tensor, values)
      resumed.setCounts(counts)
      expect(train(resumed, given, 2, 4)).toEqual(expected)
      expect(stateOf(resumed)).toEqual(stateOf(whole))
    }
  })
})

describe('with two threads', () => {
  const large = buildModel(
    { controller: { id: 'lstm', units: 130 }, memory: { id: 'superposition-stack', widths: [3] } },
    INPUTS,
  )
  deviceLaws(
    'a large model',
    large,
    model => opened(model, testThreads(2)),
    async model => new WasmExecutor(model, { id: 'adam' }),
  )
})

describe('helper threads', () => {
  const [, given] = CASES[1]!
  const model = modelOf(given)
  const step = (executor: Executor): unknown =>
    executor.step(batchOf(given, executor.model, 1), { learningRate: 0.01, clipNorm: 1 })

  it('are not started, and no memory is shared, for a small model', async () => {
    const threads = testThreads(4)
    const small = buildModel({ controller: { id: 'lstm', units: 20 }, memory: { id: 'superposition-stack' } }, 3)
    const executor = new WasmExecutor(small, { id: 'adam' }, threads)
    executor.step(randomBatch(10, 60, 3, 1), { learningRate: 0.01, clipNorm: 1 })
    expect(threads.workers).toEqual([])
    expect(executor.sharesMemory).toBe(false)
  })

  it('are started when more are allowed, and idle when fewer are', async () => {
    let most = 1
    const threads = testThreads(() => most)
    const executor = await opened(model, threads)
    expect([executor.sharesMemory, threads.workers.length]).toEqual([true, 0])
    most = 2
    await withHelpers(executor, threads)
    expect(threads.workers.length).toBe(1)
    most = 1
    let worked = false
    threads.workers[0]!.on('message', () => {
      worked = true
    })
    step(executor)
    await new Promise(resolve => {
      setTimeout(resolve, 50)
    })
    expect([worked, threads.workers.length]).toEqual([false, 1])
  })

  it('end with the executor', async () => {
    const threads = testThreads(3)
    const executor = await opened(model, threads)
    step(executor)
    const ended = Promise.all(threads.workers.map(worker => once(worker, 'exit')))
    executor.dispose()
    await ended
  })

  it.each([
    ['dying-helper.ts', 'that end in the middle of a step'],
    ['failing-helper.ts', 'whose work throws'],
  ])('%s: those %s make it fail, and all that follows', async file => {
    const threads = testThreads(2, file)
    const executor = await opened(model, threads, 'adam', 1)
    expect(() => step(executor)).toThrow(expect.objectContaining({ code: 'helper-lost' }))
    expect(() => executor.evaluate(batchOf(given, model, 1))).toThrow(expect.objectContaining({ code: 'helper-lost' }))
  })

  it('that end between two steps make the next one fail', async () => {
    const threads = testThreads(3)
    const executor = await opened(model, threads)
    step(executor)
    await threads.workers[1]!.terminate()
    expect(() => step(executor)).toThrow('A helper thread of this run ended before its work was done.')
  })

  it('that never come up are done without', () => {
    const threads = testThreads(2, 'silent-helper.ts')
    const executor = new WasmExecutor(model, { id: 'adam' }, threads)
    open.push(executor)
    expect(() => step(executor)).not.toThrow()
  })
})
