import type { Extent } from '../lowering/storage.ts'
import type { Index } from '../lowering/terms.ts'
import type { Triangle } from '../lowering/triangle.ts'
import type { Loop } from './addresses.ts'

/** One axis of a nest: either a loop, or elements written out at constant indices. */
export interface Piece {
  readonly loop: Loop | undefined
  readonly start: number
  readonly tile: number
}

/** A loop of whole tiles over `extent` elements, and what is left. */
export function pieces(extent: Extent, tile: number): Piece[] {
  if (typeof extent !== 'number') return [{ loop: { extent, tile: 1 }, start: 0, tile: 1 }]
  const whole = Math.floor(extent / tile) * tile
  const found: Piece[] = []
  if (whole > tile) found.push({ loop: { extent: whole, tile }, start: 0, tile })
  else if (whole === tile) found.push({ loop: undefined, start: 0, tile })
  if (extent > whole) found.push({ loop: undefined, start: whole, tile: extent - whole })
  return found
}

export const combinations = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>((all, list) => all.flatMap(head => list.map(item => [...head, item])), [[]])

/** Axes of a domain as nested loops, outermost first. */
interface Nesting {
  readonly axes: readonly number[]
  readonly chosen: readonly Piece[]
}

/** Loops of the chosen pieces, and the index of each axis, by its number, for every element written out in the body. */
export function unfold(
  nestings: readonly Nesting[],
  triangle: Triangle | undefined,
): { loops: Loop[]; elements: Index[][][] } {
  const loops: Loop[] = []
  const levels = new Map<number, number>()
  const elements = nestings.map(({ axes, chosen }) => {
    const written = chosen.map(({ loop, start, tile }, k): Index[] => {
      if (loop) {
        levels.set(axes[k]!, loops.length + 1)
        loops.push({ ...loop, ...bounds(axes[k]!, triangle, levels) })
      }
      const level = loop ? loops.length : 0
      return Array.from({ length: tile }, (_, at) => ({ level, add: start + at }))
    })
    return combinations(written).map(indices => {
      const element: Index[] = []
      axes.forEach((axis, k) => {
        element[axis] = indices[k]!
      })
      return element
    })
  })
  return { loops, elements }
}

/** The inner one of two loops over a triangle begins or ends where the outer one stands. */
function bounds(
  axis: number,
  triangle: Triangle | undefined,
  levels: ReadonlyMap<number, number>,
): Pick<Loop, 'from' | 'upTo'> {
  if (axis === triangle?.later && levels.has(triangle.earlier)) return { from: levels.get(triangle.earlier)! }
  if (axis === triangle?.earlier && levels.has(triangle.later)) return { upTo: levels.get(triangle.later)! }
  return {}
}

/** Growing axes first: what is known when the code is made can be written out inside. */
export const nested = (axes: readonly number[], extents: readonly Extent[]): number[] => [
  ...axes.filter(axis => typeof extents[axis] !== 'number'),
  ...axes.filter(axis => typeof extents[axis] === 'number'),
]
