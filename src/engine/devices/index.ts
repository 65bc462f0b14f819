import { InputError } from '../../shared/errors.ts'
import type { Device } from './device.ts'
import { wasmDevice, wasmTracer } from './wasm/device.ts'

/** TensorFlow.js is large: it is loaded when it is asked for. */
const lazyTfjs: Device = {
  id: 'tfjs',
  title: 'TensorFlow.js (plain JavaScript)',
  reference: true,
  state: async () => (await import('./tfjs/device.ts')).tfjsDevice.state(),
  open: async (model, options) => (await import('./tfjs/device.ts')).tfjsDevice.open(model, options),
}

/** So is the binding to the GPU, which is not there on every machine. */
const webgpu = async (): Promise<Device> => (await import('./webgpu/device.ts')).webgpuDevice(wasmTracer)
const lazyWebgpu: Device = {
  id: 'webgpu',
  title: 'GPU (WebGPU)',
  isolated: true,
  state: async () => (await webgpu()).state(),
  open: async (model, options) => (await webgpu()).open(model, options),
  cohort: async (model, options) => (await webgpu()).cohort!(model, options),
}

/** Every device, the default first. */
export const devices: readonly Device[] = [wasmDevice, lazyWebgpu, lazyTfjs]

export function findDevice(id: string, field = 'device'): Device {
  const found = devices.find(device => device.id === id)
  if (!found) throw new InputError(field, id, devices.map(device => device.id).join(', '))
  return found
}
