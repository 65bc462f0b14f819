import { add, concat, constant, constantOf } from './operations.ts'
import type { Shape, Tensor } from './tensor.ts'

/** The sum of several contributions; zero-padded parts of one axis that do not overlap are put side by side instead of added. */
export function accumulate(contributions: readonly Tensor[]): Tensor {
  const parts = contributions.map(paddedPart)
  if (
    contributions.length > 1 &&
    parts.every(part => part !== undefined) &&
    parts.every(part => part.axis === parts[0]!.axis)
  ) {
    const sorted = parts.toSorted((a, b) => a.start - b.start)
    if (sorted.every((part, k) => k === 0 || sorted[k - 1]!.end <= part.start))
      return sideBySide(sorted, contributions[0]!.shape)
  }
  return contributions.reduce((a, b) => add(a, b))
}

interface PaddedPart {
  x: Tensor
  axis: number
  start: number
  end: number
}

function paddedPart({ op, inputs }: Tensor): PaddedPart | undefined {
  if (op.kind !== 'concat') return undefined
  const filled = inputs.filter(input => constantOf(input) !== 0)
  if (filled.length !== 1) return undefined
  const x = filled[0]!
  const width = (input: Tensor): number => input.shape[op.axis] as number
  const start = inputs.slice(0, inputs.indexOf(x)).reduce((size, input) => size + width(input), 0)
  return { x, axis: op.axis, start, end: start + width(x) }
}

function sideBySide(sorted: readonly PaddedPart[], shape: Shape): Tensor {
  const { axis } = sorted[0]!
  const pieces: Tensor[] = []
  let at = 0
  const zerosUpTo = (end: number): void => {
    if (end > at)
      pieces.push(
        constant(
          0,
          shape.map((dim, k) => (k === axis ? end - at : dim)),
        ),
      )
    at = end
  }
  for (const part of sorted) {
    zerosUpTo(part.start)
    pieces.push(part.x)
    at = part.end
  }
  zerosUpTo(shape[axis] as number)
  return concat(pieces, axis)
}
