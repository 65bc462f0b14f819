import type { NumberFormat } from '../shared/numbers.ts'
import type { Colour, Marker } from './palette.ts'

/**
 * A figure as plain data: drawn on a canvas, read out under the cursor and written as SVG, PNG or a table from the same record.
 * Values that do not exist are NaN: a line has a gap there.
 */
export interface Figure {
  /** Names files: `learning-curves`. */
  readonly id: string
  readonly title: string
  /** What the bands and marks mean; under the figure when it is exported. */
  readonly caption?: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly Line[]
  readonly boxes?: readonly Box[]
  /** Lengths or steps set off by a ground of their own: the training range. */
  readonly shades?: readonly { readonly from: number; readonly to: number; readonly label: string }[]
  /** Moments on the x axis: something was frozen. */
  readonly marks?: readonly Mark[]
}

export interface Axis {
  readonly title: string
  readonly scale?: 'linear' | 'log'
  readonly min?: number
  readonly max?: number
  readonly format?: NumberFormat
  /** In place of numbers. */
  readonly ticks?: readonly Tick[]
  /** What is read out at these places, where that is not what stands below them. */
  readonly names?: readonly Tick[]
}

export interface Tick {
  readonly at: number
  readonly label: string
}

export type Values = ArrayLike<number>

export interface Line {
  readonly id: string
  readonly label: string
  readonly colour: Colour
  readonly x: Values
  readonly y: Values
  /** A band around the line, as long as the line. */
  readonly low?: Values
  readonly high?: Values
  readonly dash?: readonly number[]
  readonly marker?: Marker
  readonly width?: number
  /** Single runs behind a mean, drawn faint. */
  readonly members?: readonly { readonly label: string; readonly x: Values; readonly y: Values }[]
  /** Lines with the same key have one entry in the legend; default: their own id. Null: none. */
  readonly legend?: string | null
}

/** The values of a group over seeds: points, a box over their quartiles, and their mean with its interval. */
export interface Box {
  readonly id: string
  readonly label: string
  readonly colour: Colour
  readonly marker?: Marker
  /** Position on the x axis. */
  readonly x: number
  readonly values: readonly { readonly label: string; readonly value: number }[]
  readonly mean: number
  readonly interval?: readonly [number, number]
}

export interface Mark {
  readonly x: number
  readonly label: string
  readonly colour: Colour
}

/** Finite values of a figure along an axis, with what the axis itself asks for; null when there is none. */
export function extent(
  { lines, boxes = [], shades = [], ...figure }: Figure,
  along: 'x' | 'y',
): [number, number] | null {
  const axis = figure[along]
  let low = axis.min ?? Infinity
  let high = axis.max ?? -Infinity
  const take = (values: Values): void => {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      if (!Number.isFinite(value) || (axis.scale === 'log' && value <= 0)) continue
      if (value < low && axis.min === undefined) low = value
      if (value > high && axis.max === undefined) high = value
    }
  }
  for (const line of lines) {
    take(line[along])
    for (const member of line.members ?? []) take(member[along])
    if (along === 'y') for (const edge of [line.low, line.high]) if (edge) take(edge)
  }
  for (const box of boxes)
    take(
      along === 'x'
        ? [box.x - 0.5, box.x + 0.5]
        : [...box.values.map(({ value }) => value), box.mean, ...(box.interval ?? [])],
    )
  if (along === 'x') for (const { from, to } of shades) take([from, to])
  return low <= high ? [low, high] : null
}

/** Index of the value nearest to `x` among ascending values; -1 for none. */
export function nearestIndex(values: Values, x: number): number {
  let low = 0
  let high = values.length - 1
  if (high < 0) return -1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (values[middle]! <= x) low = middle
    else high = middle
  }
  return Math.abs(values[high]! - x) < Math.abs(values[low]! - x) ? high : low
}

export interface Reading {
  readonly id: string
  readonly label: string
  readonly colour: Colour
  readonly dash?: readonly number[]
  readonly x: number
  readonly y: number
  readonly low?: number
  readonly high?: number
}

/** What the lines say at `x`: each at its nearest point, if that is closer than `reach`. From the largest value. */
export function readAt({ lines }: Figure, x: number, reach = Infinity): Reading[] {
  return lines
    .flatMap(line => {
      const i = nearestIndex(line.x, x)
      if (i < 0 || Math.abs(line.x[i]! - x) > reach || Number.isNaN(line.y[i]!)) return []
      const { id, label, colour, dash } = line
      return [{ id, label, colour, dash, x: line.x[i]!, y: line.y[i]!, low: line.low?.[i], high: line.high?.[i] }]
    })
    .sort((a, b) => b.y - a.y)
}

/** Moments within `reach` of `x`, in their order. */
export const marksAt = ({ marks = [] }: Figure, x: number, reach: number): Mark[] =>
  marks.filter(mark => Math.abs(mark.x - x) <= reach)

/** Every x at which a line has a point or something is marked, ascending, each once: where the keyboard's cursor stops. */
export function stops({ lines, marks = [] }: Figure): number[] {
  const all = new Set(marks.map(({ x }) => x))
  for (const { x } of lines) for (let i = 0; i < x.length; i++) all.add(x[i]!)
  return [...all].sort((a, b) => a - b)
}

export interface LegendEntry {
  readonly key: string
  readonly label: string
  readonly colour: Colour
  readonly dash?: readonly number[]
  readonly marker?: Marker
}

/** The figure's legend, each key once, in order. */
export function legendOf({ lines, boxes = [] }: Figure): LegendEntry[] {
  const entries = new Map<string, LegendEntry>()
  for (const { legend, id, label, colour, dash, marker } of lines) {
    const key = legend === undefined ? id : legend
    if (key !== null && !entries.has(key)) entries.set(key, { key, label, colour, dash, marker })
  }
  for (const { id, label, colour, marker } of boxes)
    if (!entries.has(id)) entries.set(id, { key: id, label, colour, marker })
  return [...entries.values()]
}

/** The figure without what stands under these keys of its legend. */
export function without(figure: Figure, hidden: ReadonlySet<string>): Figure {
  if (hidden.size === 0) return figure
  return {
    ...figure,
    lines: figure.lines.filter(({ id, legend }) => !hidden.has(legend ?? id)),
    boxes: figure.boxes?.filter(({ id }) => !hidden.has(id)),
  }
}
