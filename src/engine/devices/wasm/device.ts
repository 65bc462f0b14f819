import type { LocalDevice, Tracer } from '../device.ts'
import { hasRelaxedMadd, relaxedArithmetic } from './arithmetic.ts'
import { WasmExecutor } from './executor.ts'

/** Our own compiler to WebAssembly SIMD: nothing to install; one thread a run, and helpers for large models. */
export const wasmDevice: LocalDevice = {
  id: 'wasm',
  title: 'WebAssembly SIMD',
  state: async () => ({
    available: true,
    note: noteOf(),
    arithmetic: relaxedArithmetic(),
  }),
  open: async (model, { optimizer, threads, portable }) => new WasmExecutor(model, optimizer, threads, { portable }),
}

function noteOf(): string {
  if (!hasRelaxedMadd()) return 'SIMD; this runtime has no relaxed SIMD'
  return relaxedArithmetic() === 'fused'
    ? 'relaxed SIMD; a product and a sum are rounded once on this processor'
    : 'relaxed SIMD; a product and a sum are rounded twice on this processor'
}

export const wasmTracer: Tracer = model => new WasmExecutor(model, { id: 'sgd' })
