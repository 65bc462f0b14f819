import { wasmTracer } from '../../wasm/device.ts'
import { webgpuDevice as tracedBy } from '../device.ts'

export const webgpuDevice = tracedBy(wasmTracer)
