import type { LocalDevice } from '../device.ts'
import { WasmExecutor } from './executor.ts'
import { hasFusedMultiplyAdd } from './features.ts'

/** Our own compiler to WebAssembly SIMD: one thread a run, nothing to install. */
export const wasmDevice: LocalDevice = {
  id: 'wasm',
  title: 'WebAssembly SIMD',
  state: async () => ({ available: true, note: hasFusedMultiplyAdd() ? 'relaxed SIMD with fused multiply-add' : 'SIMD without fused multiply-add' }),
  open: async (model, { optimizer }) => new WasmExecutor(model, optimizer),
}
