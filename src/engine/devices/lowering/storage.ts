/** An extent known when the code is made, or read at run time from a global or a function's parameter. */
export type Extent = number | { readonly global: number } | { readonly local: number }

/** Bytes from one element to the next; with a second growing axis they are known only at run time. */
export type Stride = number | { readonly global: number }

export const strideKey = (stride: Stride): string =>
  typeof stride === 'number' ? `${stride}` : `global${stride.global}`

/** Bytes from one time step's tensors to the next one's; settled when all tensors have their places. */
export interface Slot {
  bytes: number
}
export const NO_SLOT: Slot = { bytes: 0 }

/** Where element 0 of a tensor lies at the current step: a global (or a function's parameter) plus a constant. */
export interface Base {
  readonly global?: number
  readonly local?: number
  readonly offset: number
}

/** How a tensor lies in memory. */
export interface Storage {
  readonly base: Base
  /** By axis. */
  readonly strides: readonly Stride[]
  /** One vector group (a float for each example) an element, or one float that all examples share. */
  readonly lanes: boolean
  readonly slot: Slot
  /** Rows that are there along axis 0. */
  readonly extent: Extent
  /** Of pairs of rows, only those are there whose second row is not later than the first; the others are zero. */
  readonly triangular?: boolean
}

/** Row-major strides for elements of `bytes`; a growing axis lies outside of all others. */
export function rowMajor(shape: readonly (number | string)[], bytes: number): number[] {
  const strides = shape.map(() => 0)
  let stride = bytes
  const place = (wanted: (dim: number | string) => boolean): void => {
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const dim = shape[axis]!
      if (!wanted(dim)) continue
      strides[axis] = stride
      if (typeof dim === 'number') stride *= dim
    }
  }
  place(dim => typeof dim === 'number')
  place(dim => typeof dim !== 'number')
  return strides
}

export const shifted = (storage: Storage, bytes: number): Storage => ({
  ...storage,
  base: { ...storage.base, offset: storage.base.offset + bytes },
})

/** Equal for bases whose pointers are equal; the constant offset goes into each access. */
export const baseKey = ({ global, local }: Base): string => `${global ?? ''}/${local ?? ''}`
