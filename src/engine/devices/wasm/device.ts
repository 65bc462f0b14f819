import type { LocalDevice, Tracer } from '../device.ts'
import { WasmExecutor } from './executor.ts'
import { hasFusedMultiplyAdd } from './features.ts'

/** Our own compiler to WebAssembly SIMD: nothing to install; one thread a run, and helpers for large models. */
export const wasmDevice: LocalDevice = {
  id: 'wasm',
  title: 'WebAssembly SIMD',
  state: async () => ({
    available: true,
    note: hasFusedMultiplyAdd() ? 'relaxed SIMD with fused multiply-add' : 'SIMD without fused multiply-add',
  }),
  open: async (model, { optimizer, threads }) => new WasmExecutor(model, optimizer, threads),
}

export const wasmTracer: Tracer = model => new WasmExecutor(model, { id: 'sgd' })
