import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStudy, type FreezePlan, type FreezeSpan } from '../../shared/study.ts'
import type { Batch } from '../devices/device.ts'
import { FAKE_OPTIMIZERS, fakeExecutor, fakeParameters, type FakeExecutor } from '../testing/fake-executor.ts'
import { markedCopy } from '../testing/fake-language.ts'
import { freezableNames } from './freeze-plan.ts'
import { initialWeights } from './initialise.ts'
import { trainRun } from './train.ts'

const EPOCHS = 6
const STEPS = 3
const RATE = 0.03
const CLIP = 0.8
const names = fakeParameters().map(({ name }) => name)

/** Spans bounded by epochs, so that what is frozen when can be said without the loop. */
const spans: fc.Arbitrary<FreezeSpan[]> = fc.array(fc.record({
  what: fc.constantFrom(...freezableNames(fakeParameters())),
  from: fc.oneof(fc.constant('start' as const), fc.record({ epoch: fc.nat(3) })),
  until: fc.oneof(fc.constant('end' as const), fc.record({ epoch: fc.integer({ min: 4, max: EPOCHS }) }), fc.record({ epochs: fc.integer({ min: 1, max: 3 }) })),
}), { maxLength: 5 })

function frozenInEpoch(freeze: readonly FreezeSpan[], epoch: number): Set<string> {
  const open = freeze.filter(({ from, until }) => {
    const first = from === 'start' || !('epoch' in from) ? 0 : from.epoch
    const end = until === 'end' || 'plateau' in until ? Infinity : 'epoch' in until ? until.epoch : first + until.epochs
    return epoch >= first && epoch < end
  })
  return new Set(names.filter(name => open.some(({ what }) => name === what || name.startsWith(`${String(what)}.`))))
}

async function train(freeze: FreezeSpan[], executor: FakeExecutor, optimizer: string): Promise<void> {
  const plan: FreezePlan = { id: 'random', freeze }
  const study = parseStudy({
    name: 'freezing', task: { id: 'marked-copy' }, plans: [plan],
    data: { train: { strings: 4 * STEPS, lengths: [3, 7] }, validation: { strings: 2, lengths: [3, 5] } },
    evaluation: { bins: [{ name: 'a', lengths: [3, 3], perLength: 1 }] },
    training: { batch: 4, epochs: EPOCHS, learningRate: RATE, clipNorm: CLIP, decay: null, earlyStop: null, optimizer: { id: optimizer } },
  })
  for await (const event of trainRun({ study, plan, seed: 5, executor, language: markedCopy, now: () => 0 })) {
    if (event.kind === 'epoch') {
      expect(event.frozenIntact).toBe(true)
      expect(event.frozen).toEqual(names.filter(name => frozenInEpoch(freeze, event.epoch).has(name)))
    }
  }
}

describe.each(Object.keys(FAKE_OPTIMIZERS) as (keyof typeof FAKE_OPTIMIZERS)[])('%s, random plans', optimizer => {
  it('a frozen parameter keeps its bytes, slots and count in every step; all others move', async () => {
    let frozenSteps = 0
    await fc.assert(fc.asyncProperty(spans, async freeze => {
      const executor = fakeExecutor({ optimizer })
      let step = 0
      await train(freeze, { ...executor, step(batch, options) {
        const frozen = frozenInEpoch(freeze, Math.floor(step++ / STEPS))
        const before = new Map(executor.tensors.map(tensor => [tensor, executor.read(tensor)]))
        const counts = executor.counts()
        const result = executor.step(batch, options)
        for (const [tensor, values] of before) {
          const name = tensor.slice(tensor.indexOf(':') + 1)
          if (frozen.has(name)) expect(executor.read(tensor)).toEqual(values)
          else if (tensor === name) expect(executor.read(tensor)).not.toEqual(values)
        }
        expect(executor.counts()).toEqual(Object.fromEntries(names.map(name => [name, counts[name]! + (frozen.has(name) ? 0 : 1)])))
        frozenSteps += frozen.size
        return result
      } }, optimizer)
      expect(step).toBe(EPOCHS * STEPS)
    }), { numRuns: 60 })
    expect(frozenSteps).toBeGreaterThan(1000)
  })
})

/** Adam written down once more: a record of slots for each name, and nothing that knows of plans or executors. */
function referenceAdam(freeze: readonly FreezeSpan[], batches: readonly Batch[]) {
  const weights = initialWeights(fakeParameters(), 5)
  const slots = new Map(names.map(name => [name, { mean: new Float32Array(weights.get(name)!.length), square: new Float32Array(weights.get(name)!.length), count: 0 }]))
  const differentiator = fakeExecutor()
  batches.forEach((batch, i) => {
    const frozen = frozenInEpoch(freeze, Math.floor(i / STEPS))
    for (const [name, values] of weights) differentiator.write(name, values)
    const { gradients } = differentiator.gradients(batch)
    for (const name of frozen) gradients.delete(name)
    const norms = ['controller', 'memory', 'classifier'].map(component => [...gradients].filter(([name]) => name.startsWith(component)).reduce((norm, [, gradient]) => Math.hypot(norm, ...gradient), 0))
    const norm = Math.hypot(...norms)
    const scale = norm > CLIP ? CLIP / norm : 1
    for (const [name, gradient] of gradients) {
      const slot = slots.get(name)!
      slot.count++
      gradient.forEach((derivative, k) => {
        const g = derivative * scale
        slot.mean[k] = 0.9 * slot.mean[k]! + 0.1 * g
        slot.square[k] = 0.999 * slot.square[k]! + 0.001 * g * g
        const root = Math.sqrt(slot.square[k]! / (1 - 0.999 ** slot.count))
        weights.get(name)![k]! -= RATE * slot.mean[k]! / (1 - 0.9 ** slot.count) / (root + 1e-8)
      })
    }
  })
  return { weights, slots }
}

it('any plan equals a reference Adam with named slots, to the bit', async () => {
  await fc.assert(fc.asyncProperty(spans, async freeze => {
    const executor = fakeExecutor()
    const batches: Batch[] = []
    await train(freeze, { ...executor, step(batch, options) {
      batches.push(batch)
      return executor.step(batch, options)
    } }, 'adam')
    const { weights, slots } = referenceAdam(freeze, batches)
    for (const name of names) {
      expect(executor.read(name)).toEqual(weights.get(name))
      expect(executor.read(`mean:${name}`)).toEqual(slots.get(name)!.mean)
      expect(executor.read(`square:${name}`)).toEqual(slots.get(name)!.square)
      expect(executor.counts()[name]).toBe(slots.get(name)!.count)
    }
  }), { numRuns: 500 })
})
