import { sameShape, type Tensor } from '../../algebra/tensor.ts'
import { rowMajor, shifted, type Storage } from './storage.ts'
import { isUnitReshape } from './terms.ts'

/** Storage of one of the tensors that stand side by side in another, which is stored. @param at which of them */
export function partOf(whole: Storage, concat: Tensor, at: number): Storage {
  const { axis } = concat.op as { axis: number }
  const before = concat.inputs.slice(0, at).reduce((size, part) => size + (part.shape[axis] as number), 0)
  const stride = whole.strides[axis]!
  if (typeof stride !== 'number')
    throw new TypeError('parts of a tensor of pairs cannot be put side by side along its rows')
  return shifted(whole, before * stride)
}

/** Storage of a reshaped view of something stored row by row. */
export function reshapedStorage(tensor: Tensor, source: Storage): Storage | undefined {
  if (tensor.op.kind !== 'reshape' || isUnitReshape(tensor) || sameShape(tensor.shape, tensor.inputs[0]!.shape))
    return undefined
  const element = source.strides.at(-1) ?? 0
  return typeof element === 'number' ? { ...source, strides: rowMajor(tensor.shape, element) } : undefined
}
