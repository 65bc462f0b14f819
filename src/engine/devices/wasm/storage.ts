import type { Code } from './assembler.ts'

/** An extent known when the code is made, or read at run time from a global or a function's parameter. */
export type Extent = number | { readonly global: number } | { readonly local: number }

export function pushExtent(code: Code, extent: Extent): void {
  if (typeof extent === 'number') code.i32(extent)
  else if ('global' in extent) code.globalGet(extent.global)
  else code.get(extent.local)
}

/** Bytes from one time step's tensors to the next one's; settled when all tensors have their places. */
export interface Slot { bytes: number }
export const NO_SLOT: Slot = { bytes: 0 }

/** Where element 0 of a tensor lies at the current step: a global (or a function's parameter) plus a constant, plus a row that is known at run time. */
export interface Base {
  readonly global?: number
  readonly local?: number
  readonly offset: number
  readonly row?: { readonly global: number, readonly stride: number }
}

/** How a tensor lies in memory. */
export interface Storage {
  readonly base: Base
  /** Bytes from one element to the next, by axis. */
  readonly strides: readonly number[]
  /** One vector group (a float for each example) an element, or one float that all examples share. */
  readonly lanes: boolean
  readonly slot: Slot
  /** Rows that are there along axis 0. */
  readonly extent: Extent
}

/** Row-major strides for elements of `bytes`. The first size is not needed. */
export function rowMajor(shape: readonly (number | string)[], bytes: number): number[] {
  const strides: number[] = []
  let stride = bytes
  for (const dim of shape.toReversed()) {
    strides.unshift(stride)
    stride *= typeof dim === 'number' ? dim : 1
  }
  return strides
}

export const shifted = (storage: Storage, bytes: number): Storage => ({ ...storage, base: { ...storage.base, offset: storage.base.offset + bytes } })

/** Equal for bases whose pointers are equal; the constant offset goes into each access. */
export const baseKey = ({ global, local, row }: Base): string => `${global ?? ''}/${local ?? ''}/${row ? `${row.global}*${row.stride}` : ''}`

/** Pushes the pointer, without the constant offset. */
export function pushBase(code: Code, { global, local, row }: Base): void {
  if (global !== undefined) code.globalGet(global)
  else if (local !== undefined) code.get(local)
  else code.i32(0)
  if (row) code.globalGet(row.global).i32(row.stride).op('i32.mul').op('i32.add')
}
