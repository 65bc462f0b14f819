/** What groups are made by. */
export interface Grouping<T> {
  /** Only items of one key can be computed together. */
  keyOf(item: T): string
  lengthOf(item: T): number
  /** Cost of a step that does not depend on how many items are computed, in units of what each of them adds. */
  readonly fixed: number
  /** Items of at most this length that fit into memory. */
  most(length: number): number
}

/** Items that are best computed together, each as long as the longest of its group: a step shared saves its fixed cost, a step too many costs what it computes. */
export function groupsOf<T>(items: readonly T[], { keyOf, lengthOf, fixed, most }: Grouping<T>): T[][] {
  return [...new Set(items.map(keyOf))].flatMap(key => {
    const sorted = items.filter(item => keyOf(item) === key).sort((a, b) => lengthOf(b) - lengthOf(a))
    // best[k]: the cheapest way to group the first k items, and where its last group begins.
    const best: { cost: number; from: number }[] = [{ cost: 0, from: 0 }]
    for (let end = 1; end <= sorted.length; end++) {
      let found = { cost: Infinity, from: end - 1 }
      for (let from = end - 1; from >= 0; from--) {
        const length = lengthOf(sorted[from]!)
        if (end - from > Math.max(1, most(length))) break
        const cost = best[from]!.cost + (length + 1) * (fixed + end - from)
        if (cost < found.cost) found = { cost, from }
      }
      best.push(found)
    }
    const groups: T[][] = []
    for (let end = sorted.length; end > 0; end = best[end]!.from) groups.push(sorted.slice(best[end]!.from, end))
    return groups
  })
}
