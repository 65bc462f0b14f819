import type { Picked } from '../../../shared/study.ts'
import type { Model } from '../../model.ts'
import { LockstepCohort } from '../cohort/cohort.ts'
import type { Device, Tracer } from '../device.ts'
import { Engine } from './engine.ts'
import { findAdapter, Gpu } from './gpu.ts'

/**
 * Our own compiler to WebGPU's shading language, on Dawn: Vulkan, Metal or D3D12. Made for many runs at a time.
 * @param tracer what traces single strings
 */
export const webgpuDevice = (tracer: Tracer): Device => ({
  id: 'webgpu',
  title: 'GPU (WebGPU)',
  isolated: true,
  async state() {
    const adapter = await findAdapter()
    if (typeof adapter === 'string') return { available: false, note: adapter }
    return {
      available: true,
      note: `${adapter.name}${adapter.isSoftware ? '; a processor that stands in for a GPU: meant for tests, slow' : ''}`,
    }
  },
  async open(model, { optimizer }) {
    return (await openCohort(await Gpu.open(), model, { optimizer, runs: 1, tracer })).alone()
  },
  async cohort(model, options) {
    return openCohort(await Gpu.open(), model, { ...options, tracer })
  },
})

/** @throws InputError for an unknown optimizer or an option out of range, LabError `out-of-memory` */
export async function openCohort(
  gpu: Gpu,
  model: Model,
  { optimizer, runs, tracer }: { optimizer: Picked; runs: number; tracer: Tracer },
): Promise<LockstepCohort> {
  return new LockstepCohort(model, optimizer, await Engine.open(gpu, model, optimizer, runs), tracer)
}
