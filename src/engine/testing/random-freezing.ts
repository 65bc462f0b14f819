import fc from 'fast-check'
import { expect } from 'vitest'
import { parseStudy, type FreezePlan, type FreezeSpan } from '../../shared/study.ts'
import type { Batch } from '../devices/device.ts'
import { freezableNames } from '../train/freeze-plan.ts'
import { initialWeights } from '../train/initialise.ts'
import { trainRun } from '../train/train.ts'
import { fakeExecutor, fakeParameters, type FakeExecutor } from './fake-executor.ts'
import { markedCopy } from './fake-language.ts'

/** Short runs of the fake executor under random freeze plans, and what they must equal. */

export const EPOCHS = 6
export const STEPS = 2
const RATE = 0.03
const CLIP = 0.8
export const names = fakeParameters().map(({ name }) => name)

/** Spans bounded by epochs, so that what is frozen when can be said without the loop. */
export const spans: fc.Arbitrary<FreezeSpan[]> = fc.array(
  fc.record({
    what: fc.constantFrom(...freezableNames(fakeParameters())),
    from: fc.oneof(fc.constant('start' as const), fc.record({ epoch: fc.nat(3) })),
    until: fc.oneof(
      fc.constant('end' as const),
      fc.record({ epoch: fc.integer({ min: 4, max: EPOCHS }) }),
      fc.record({ epochs: fc.integer({ min: 1, max: 3 }) }),
    ),
  }),
  { maxLength: 5 },
)

export function frozenInEpoch(freeze: readonly FreezeSpan[], epoch: number): Set<string> {
  const open = freeze.filter(({ from, until }) => {
    const first = from === 'start' || !('epoch' in from) ? 0 : from.epoch
    const end = until === 'end' || 'plateau' in until ? Infinity : 'epoch' in until ? until.epoch : first + until.epochs
    return epoch >= first && epoch < end
  })
  return new Set(names.filter(name => open.some(({ what }) => name === what || name.startsWith(`${String(what)}.`))))
}

/** Runs the plan through the training loop, which must say at each epoch's end what was frozen, and that it stayed so. */
export async function train(freeze: FreezeSpan[], executor: FakeExecutor, optimizer: string): Promise<void> {
  const plan: FreezePlan = { id: 'random', freeze }
  const study = parseStudy({
    name: 'freezing',
    task: { id: 'marked-copy' },
    plans: [plan],
    data: { train: { strings: 2 * STEPS, lengths: [3, 5] }, validation: { strings: 1, lengths: [3, 3] } },
    evaluation: { bins: [{ name: 'a', lengths: [3, 3], perLength: 1 }] },
    training: {
      batch: 2,
      epochs: EPOCHS,
      learningRate: RATE,
      clipNorm: CLIP,
      decay: null,
      earlyStop: null,
      optimizer: { id: optimizer },
    },
  })
  for await (const event of trainRun({ study, plan, seed: 5, executor, language: markedCopy, now: () => 0 })) {
    if (event.kind === 'epoch') {
      expect(event.frozenIntact).toBe(true)
      expect(event.frozen).toEqual(names.filter(name => frozenInEpoch(freeze, event.epoch).has(name)))
    }
  }
}

/** Adam written down once more: a record of slots for each name, and nothing that knows of plans or executors. */
function referenceAdam(freeze: readonly FreezeSpan[], batches: readonly Batch[]) {
  const weights = initialWeights(fakeParameters(), 5)
  const slots = new Map(
    names.map(name => [
      name,
      {
        mean: new Float32Array(weights.get(name)!.length),
        square: new Float32Array(weights.get(name)!.length),
        count: 0,
      },
    ]),
  )
  const differentiator = fakeExecutor()
  batches.forEach((batch, i) => {
    const frozen = frozenInEpoch(freeze, Math.floor(i / STEPS))
    for (const [name, values] of weights) differentiator.write(name, values)
    const { gradients } = differentiator.gradients(batch)
    for (const name of frozen) gradients.delete(name)
    const norms = ['controller', 'memory', 'classifier'].map(component =>
      [...gradients]
        .filter(([name]) => name.startsWith(component))
        .reduce((norm, [, gradient]) => Math.hypot(norm, ...gradient), 0),
    )
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
        weights.get(name)![k]! -= (RATE * slot.mean[k]!) / (1 - 0.9 ** slot.count) / (root + 1e-8)
      })
    }
  })
  return { weights, slots }
}

/** A run of the loop under Adam has the weights, slots and counts of the reference, to the bit. */
export async function equalsReference(freeze: FreezeSpan[]): Promise<void> {
  const executor = fakeExecutor()
  const batches: Batch[] = []
  await train(
    freeze,
    {
      ...executor,
      step(batch, options) {
        batches.push(batch)
        return executor.step(batch, options)
      },
    },
    'adam',
  )
  const { weights, slots } = referenceAdam(freeze, batches)
  for (const name of names) {
    expect(executor.read(name)).toEqual(weights.get(name))
    expect(executor.read(`mean:${name}`)).toEqual(slots.get(name)!.mean)
    expect(executor.read(`square:${name}`)).toEqual(slots.get(name)!.square)
    expect(executor.counts()[name]).toBe(slots.get(name)!.count)
  }
}
