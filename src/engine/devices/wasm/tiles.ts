import type { Index, Term } from '../lowering/terms.ts'

/** An axis that may be written out: its size, and how many of its elements are, where that is settled. */
export interface TiledAxis {
  readonly axis: number
  readonly size: number
  readonly tile?: number
}

/**
 * How many elements of each axis are written out in the body of a reduction, so that what is loaded is used as often as possible.
 * @param term one element, with level axis + 1 along each axis
 * @param axes those without a `tile` are chosen for
 * @param room results that may be in the making at once
 */
export function chooseTiles(term: Term, axes: readonly TiledAxis[], room: number): ReadonlyMap<number, number> {
  const loads = new Map<string, readonly number[]>()
  collectLoads(term, loads)
  const open = axes.filter(({ tile }) => tile === undefined)
  let best: { cost: number; tiles: ReadonlyMap<number, number> } | undefined
  for (const tiles of candidates(open, room)) {
    const all = new Map([...axes.map(({ axis, tile = 1 }) => [axis, tile] as const), ...tiles])
    const size = (over: readonly number[]): number => over.reduce((product, axis) => product * (all.get(axis) ?? 1), 1)
    const cost = [...loads.values()].reduce((sum, own) => sum + size(own), 0) / size([...all.keys()])
    if (!best || cost < best.cost) best = { cost, tiles }
  }
  return best!.tiles
}

/** Whole axes, or a part of the last that is left; those that write out more of inner axes first. */
function candidates(axes: readonly TiledAxis[], room: number): Map<number, number>[] {
  if (axes.length === 0) return [new Map()]
  const { axis, size } = axes.at(-1)!
  const rest = axes.slice(0, -1)
  const whole =
    size <= room
      ? candidates(rest, Math.floor(room / size)).map(tiles => tiles.set(axis, size))
      : [new Map([...rest.map(other => [other.axis, 1] as const), [axis, room]])]
  return [...whole, ...candidates(rest, room).map(tiles => tiles.set(axis, 1))]
}

/** Axes that each load moves with. */
function collectLoads(term: Term, loads: Map<string, readonly number[]>, seen = new Set<Term>()): void {
  if (seen.has(term)) return
  seen.add(term)
  const axesOf = (index: readonly Index[]): number[] =>
    index.filter(({ level }) => level > 0).map(({ level }) => level - 1)
  if (term.kind === 'compute') for (const input of term.inputs) collectLoads(input, loads, seen)
  else if (term.kind === 'load') loads.set(`${term.id}:${axesOf(term.index).join()}`, axesOf(term.index))
  else if (term.kind === 'rowLoad') {
    const { at, only } = term.row
    const chosen = only ? only.asked : at
    const own = axesOf([...(chosen === 'last' ? [] : [chosen]), ...term.index])
    loads.set(`row ${term.row.id}:${own.join()}`, own)
  }
}
