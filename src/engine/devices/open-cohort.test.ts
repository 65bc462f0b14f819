import { expect, it } from 'vitest'
import { buildModel } from '../model.ts'
import { INPUTS, randomBatch } from '../testing/model-laws.ts'
import { openCohort } from './open-cohort.ts'
import { wasmDevice } from './wasm/device.ts'

it('a device without cohorts has room for one run', async () => {
  const model = buildModel({ controller: { id: 'elman', units: 3 }, memory: { id: 'none' } }, INPUTS)
  const cohort = await openCohort(wasmDevice, model, { optimizer: { id: 'adam' }, runs: 40 })
  expect([cohort.size, cohort.capacity]).toEqual([0, 1])
  const executor = cohort.join()
  expect(
    (await executor.step(randomBatch(2, 3, INPUTS, 1), { learningRate: 0.1, clipNorm: null })).loss,
  ).toBeGreaterThan(0)
  expect(cohort.size).toBe(1)
  expect(() => cohort.join()).toThrow(expect.objectContaining({ code: 'cohort-full' }))
  executor.dispose()
  cohort.dispose()
})
