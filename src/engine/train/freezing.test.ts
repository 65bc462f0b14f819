import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FAKE_OPTIMIZERS, fakeExecutor } from '../testing/fake-executor.ts'
import { EPOCHS, equalsReference, frozenInEpoch, names, spans, STEPS, train } from '../testing/random-freezing.ts'

describe.each(Object.keys(FAKE_OPTIMIZERS) as (keyof typeof FAKE_OPTIMIZERS)[])('%s, random plans', optimizer => {
  it('a frozen parameter keeps its bytes, slots and count in every step; all others move', async () => {
    let frozenSteps = 0
    await fc.assert(
      fc.asyncProperty(spans, async freeze => {
        const executor = fakeExecutor({ optimizer })
        let step = 0
        await train(
          freeze,
          {
            ...executor,
            step(batch, options) {
              const frozen = frozenInEpoch(freeze, Math.floor(step++ / STEPS))
              const before = new Map(executor.tensors.map(tensor => [tensor, executor.read(tensor)]))
              const counts = executor.counts()
              const result = executor.step(batch, options)
              for (const [tensor, values] of before) {
                const name = tensor.slice(tensor.indexOf(':') + 1)
                if (frozen.has(name)) expect(executor.read(tensor)).toEqual(values)
                else if (tensor === name) expect(executor.read(tensor)).not.toEqual(values)
              }
              expect(executor.counts()).toEqual(
                Object.fromEntries(names.map(name => [name, counts[name]! + (frozen.has(name) ? 0 : 1)])),
              )
              frozenSteps += frozen.size
              return result
            },
          },
          optimizer,
        )
        expect(step).toBe(EPOCHS * STEPS)
      }),
      { numRuns: 60 },
    )
    expect(frozenSteps).toBeGreaterThan(500)
  })
})

it('any plan equals a reference Adam with named slots, to the bit', async () => {
  await fc.assert(fc.asyncProperty(spans, equalsReference), { numRuns: 100 })
})
