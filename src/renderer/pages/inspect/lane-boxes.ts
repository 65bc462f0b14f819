import { textWidth } from '../../../figures/text-width.ts'

/**
 * Where everything of a lane stands, in pixels from its own top left corner. The page and the tests read it from here: nothing beside a
 * lane is placed by the flow of the page, so that a name can never slip to another row.
 */

/** Width of what stands left of the cells, and the gap before these. */
export const BESIDE = 148
const GAP = 8
const INNER = BESIDE - GAP

const TITLE = { size: 12, line: 16 } as const
const NAME = { size: 10, line: 12, most: 74 } as const
const LEGEND = { size: 11, line: 14, mark: 14, gap: 8 } as const
/** Colours and what they mean stand beside one another where there is room, else one above the other. */
const SCALE = { line: 14, width: 92 } as const
const TOOL = { width: 84, line: 24 } as const

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Cells that one name stands for, from top to bottom. */
export interface NamedRows {
  readonly name: string
  readonly top: number
  readonly bottom: number
}

export interface LegendEntry {
  readonly mark: string
  readonly name: string
  readonly colour: string
}

/** What a lane has, before it is known where that stands. */
export interface LaneShape {
  readonly title: string
  /** Of its cells. */
  readonly height: number
  readonly rows?: readonly NamedRows[]
  readonly legend?: readonly LegendEntry[]
  /** What is measured and up to where: `nats, to 2.8`. */
  readonly note?: string
  /** Whether a scale says what its colours mean. */
  readonly scale?: boolean
  /** Whether there is a choice of what its cells show. */
  readonly tool?: boolean
}

export interface LaneBoxes {
  readonly height: number
  /** A line each. */
  readonly title: readonly { readonly text: string; readonly box: Box }[]
  readonly note: { readonly text: string; readonly box: Box } | null
  readonly legend: readonly (LegendEntry & { readonly box: Box })[]
  readonly scale: Box | null
  readonly tool: Box | null
  readonly rows: readonly (NamedRows & { readonly box: Box })[]
  readonly cells: { readonly y: number; readonly height: number }
}

/** Whole pixels, rather too many than too few: a browser cuts off what lacks a hair. */
export const widthOf = (text: string, size: number): number => Math.ceil(textWidth(text, size)) + 1

export function laneBoxes({ title, height, rows = [], legend = [], note, scale, tool }: LaneShape): LaneBoxes {
  const names = rows.length > 0 ? Math.min(NAME.most, Math.max(...rows.map(({ name }) => widthOf(name, NAME.size)))) : 0
  const room = INNER - (names > 0 ? names + GAP : 0)
  let y = 0
  const line = (tall: number, width = room, x = 0): Box => {
    const box = { x, y, width, height: tall }
    y += tall
    return box
  }
  const titles = wrapped(title, room).map(text => ({
    text,
    box: line(TITLE.line, Math.min(room, widthOf(text, TITLE.size))),
  }))
  const noted = note === undefined ? null : { text: note, box: line(LEGEND.line) }
  const placed = placedLegend(legend, room, titles.at(-1), noted === null, y)
  y = Math.max(y, ...placed.map(({ box }) => box.y + box.height))
  const scaled = scale ? line(room < SCALE.width ? 2 * SCALE.line : SCALE.line) : null
  const chosen = tool ? line(TOOL.line, Math.min(TOOL.width, room)) : null
  const named = rows.map(row => ({
    ...row,
    box: { x: INNER - names, y: (row.top + row.bottom - NAME.line) / 2, width: names, height: NAME.line },
  }))
  return {
    height: Math.max(y, height, ...named.map(({ box }) => box.y + box.height)),
    title: titles,
    note: noted,
    legend: placed,
    scale: scaled,
    tool: chosen,
    rows: named,
    cells: { y: 0, height },
  }
}

/** Side by side as long as there is room; a single entry beside the title, where it fits there. */
function placedLegend(
  legend: readonly LegendEntry[],
  room: number,
  last: { text: string; box: Box } | undefined,
  mayStandBeside: boolean,
  from: number,
): (LegendEntry & { box: Box })[] {
  const widths = legend.map(({ name }) => LEGEND.mark + widthOf(name, LEGEND.size))
  if (legend.length === 1 && last && mayStandBeside) {
    const x = last.box.width + LEGEND.gap
    if (x + widths[0]! <= room)
      return [{ ...legend[0]!, box: { x, y: last.box.y, width: widths[0]!, height: last.box.height } }]
  }
  let [x, y] = [0, from]
  return legend.map((entry, i) => {
    const width = Math.min(room, widths[i]!)
    if (x > 0 && x + width > room) {
      x = 0
      y += LEGEND.line
    }
    const box = { x, y, width, height: LEGEND.line }
    x += width + LEGEND.gap
    return { ...entry, box }
  })
}

/** Lines of words; one that is too long for a line stands alone, and is clipped. */
function wrapped(text: string, room: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)!} ${word}` : word
    if (lines.length > 0 && widthOf(longer, TITLE.size) <= room) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** From so many rows on names are given to groups of rows, where there are groups. */
export const MOST_NAMED = 16
const TALLEST = 420

/** Neighbours whose names begin alike, up to `→` or `:`, under that beginning. */
function groupsOf(names: readonly string[]): { name: string; count: number }[] {
  const groups: { name: string; count: number }[] = []
  for (const name of names) {
    const [, first, sign] = /^(.*?)( →|:) /.exec(name) ?? []
    const shared = first === undefined ? name : `${first}${sign!}`
    const last = groups.at(-1)
    if (last?.name === shared) last.count++
    else groups.push({ name: shared, count: 1 })
  }
  return groups
}

/** As tall as it takes to read the names of its rows; without names as tall as it looks well. */
export function heightOf(rows: number, names: readonly string[] | null, tall = 84, most = 9): number {
  const usual = Math.max(2.5, Math.min(most, tall / rows))
  const fewest = names && (names.length <= MOST_NAMED ? 1 : Math.min(...groupsOf(names).map(({ count }) => count)))
  const row = fewest === null ? usual : Math.max(usual, NAME.line / fewest)
  return Math.round(Math.min(Math.max(TALLEST, rows), rows * row))
}

/** Names of rows, all alike high: each its own, or one for each group; where there is no room for all, every second, third … one. */
export function namedRows(names: readonly string[], height: number): NamedRows[] {
  const row = height / names.length
  const groups = names.length <= MOST_NAMED ? names.map(name => ({ name, count: 1 })) : groupsOf(names)
  let at = 0
  const spans = groups.map(({ name, count }) => {
    const span = { name, top: at * row, bottom: (at + count) * row }
    at += count
    return span
  })
  let end = -Infinity
  return spans.filter(({ top, bottom }) => {
    const from = (top + bottom - NAME.line) / 2
    // A name of the edge may stand out of its own row, never over another name or above the lane.
    if (from < Math.max(end, -1) - 1e-6) return false
    end = from + NAME.line
    return true
  })
}
