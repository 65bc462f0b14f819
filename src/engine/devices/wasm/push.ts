import type { Base, Extent, Stride } from '../lowering/storage.ts'
import type { Code } from './assembler.ts'

export function pushExtent(code: Code, extent: Extent): void {
  if (typeof extent === 'number') code.i32(extent)
  else if ('global' in extent) code.globalGet(extent.global)
  else code.get(extent.local)
}

export function pushStride(code: Code, stride: Stride): void {
  if (typeof stride === 'number') code.i32(stride)
  else code.globalGet(stride.global)
}

/** Pushes the pointer, without the constant offset. */
export function pushBase(code: Code, { global, local }: Base): void {
  if (global !== undefined) code.globalGet(global)
  else if (local !== undefined) code.get(local)
  else code.i32(0)
}
