import type { Tensor } from '../../algebra/tensor.ts'

/**
 * Tells of tensors whether `holds` for them and for everything that they are made of. Graphs share their nodes: each is asked once.
 * @param settled where it holds without a look at the tensor and what it is made of
 */
export function everyInput(
  holds: (tensor: Tensor) => boolean,
  settled: (tensor: Tensor) => boolean = () => false,
): (tensor: Tensor) => boolean {
  const known = new Map<Tensor, boolean>()
  const all = (tensor: Tensor): boolean => {
    const found = known.get(tensor)
    if (found !== undefined) return found
    const own = settled(tensor) || (holds(tensor) && tensor.inputs.every(all))
    known.set(tensor, own)
    return own
  }
  return all
}
