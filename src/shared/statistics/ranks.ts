/** Ranks from 1; equal values share the mean of their ranks (midranks), so twice a rank is a whole number. */
export function midranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => (values[i]! < values[j]! ? -1 : Number(values[i]! > values[j]!)))
  const ranks = new Array<number>(values.length)
  for (let from = 0; from < order.length;) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++
    for (let i = from; i <= to; i++) ranks[order[i]!] = (from + to) / 2 + 1
    from = to + 1
  }
  return ranks
}

/** Σ (t³ - t) over groups of t equal ranks: the correction for ties of rank statistics. */
export function tieCorrection(ranks: readonly number[]): number {
  const sizes = new Map<number, number>()
  for (const rank of ranks) sizes.set(rank, (sizes.get(rank) ?? 0) + 1)
  return [...sizes.values()].reduce((sum, t) => sum + t ** 3 - t, 0)
}
