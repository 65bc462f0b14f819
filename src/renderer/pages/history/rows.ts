import type { RunGroup } from '../../../shared/contract/index.ts'

/** What stands on a line of the table: a group's heading, or the run with this index among all rows of the query. */
export type TableLine =
  | { readonly kind: 'group'; readonly group: RunGroup; readonly open: boolean }
  | { readonly kind: 'run'; readonly index: number }

export interface Lines {
  readonly count: number
  readonly at: (line: number) => TableLine
  /** The line of a run; -1 when its group is closed. */
  readonly lineOf: (index: number) => number
}

/** Lines of a table of `total` runs: headings between groups, nothing below those that are closed. */
export function linesOf(total: number, groups: readonly RunGroup[], closed: ReadonlySet<string>): Lines {
  if (groups.length === 0)
    return { count: total, at: index => ({ kind: 'run', index }), lineOf: index => (index < total ? index : -1) }
  const starts: number[] = []
  let count = 0
  for (const { key, count: runs } of groups) {
    starts.push(count)
    count += 1 + (closed.has(key) ? 0 : runs)
  }
  return {
    count,
    at(line) {
      const g = lastAtMost(starts, line)
      const group = groups[g]!
      const within = line - starts[g]! - 1
      return within < 0
        ? { kind: 'group', group, open: !closed.has(group.key) }
        : { kind: 'run', index: group.start + within }
    },
    lineOf(index) {
      const g = groups.findIndex(({ start, count: runs }) => index >= start && index < start + runs)
      return g < 0 || closed.has(groups[g]!.key) ? -1 : starts[g]! + 1 + index - groups[g]!.start
    },
  }
}

function lastAtMost(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (sorted[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}

/** Lines in sight, with some more above and below, so that scrolling shows no gaps. */
export function windowOf({
  scrollTop,
  height,
  rowHeight,
  count,
  around = 8,
}: {
  scrollTop: number
  height: number
  rowHeight: number
  count: number
  around?: number
}): { first: number; last: number } {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - around)
  const last = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + around)
  return { first: Math.min(first, Math.max(0, last)), last }
}

/** The next sorting after a click on a column's heading; with `more` the others stay. Ascending, descending, none. */
export function nextSort<C extends string>(
  sort: readonly { by: C; descending: boolean }[],
  by: C,
  more: boolean,
): { by: C; descending: boolean }[] {
  const own = sort.find(one => one.by === by)
  const others = more ? sort.filter(one => one.by !== by) : []
  if (!own || (!more && sort.length > 1)) return [...others, { by, descending: false }].slice(-4)
  if (!own.descending)
    return more ? sort.map(one => (one.by === by ? { by, descending: true } : one)) : [{ by, descending: true }]
  return others
}
