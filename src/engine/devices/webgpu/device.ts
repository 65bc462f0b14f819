import type { Device } from '../device.ts'
import { GpuCohort } from './cohort.ts'
import { findAdapter, Gpu } from './gpu.ts'

/** Our own compiler to WebGPU's shading language, on Dawn: Vulkan, Metal or D3D12. Made for many runs at a time. */
export const webgpuDevice: Device = {
  id: 'webgpu',
  title: 'GPU (WebGPU)',
  async state() {
    const adapter = await findAdapter()
    if (typeof adapter === 'string') return { available: false, note: adapter }
    return { available: true, note: `${adapter.name}${adapter.isSoftware ? '; a processor that stands in for a GPU: meant for tests, slow' : ''}` }
  },
  async open(model, { optimizer }) {
    const cohort = await GpuCohort.open(await Gpu.open(), model, { optimizer, runs: 1 })
    return cohort.enter(() => { cohort.dispose() })
  },
  async cohort(model, options) { return GpuCohort.open(await Gpu.open(), model, options) },
}
