import type { Figure, Line, Values } from '../../figures/figure.ts'

/** Half-lives to choose from, in shares of the steps shown; 0: none. */
export const HALF_LIVES = [0, 0.005, 0.01, 0.02, 0.05, 0.1] as const
export type HalfLife = (typeof HALF_LIVES)[number]

export const isHalfLife = (value: unknown): value is HalfLife => HALF_LIVES.some(one => one === value)

/**
 * A figure with its lines and bands averaged along x, each line as it was faint behind it.
 * @param halfLife in shares of the longest line's range: at that distance a point weighs half
 */
export function smoothed(figure: Figure, halfLife: number): Figure {
  const range = Math.max(0, ...figure.lines.map(({ x }) => (x.length > 0 ? x[x.length - 1]! - x[0]! : 0)))
  if (halfLife <= 0 || range === 0) return figure
  const note = `Lines and bands are averaged along the ${figure.x.title || 'x axis'}: ${(halfLife * 100).toLocaleString('en-US')} % of the range away a point weighs half. Faint: as measured.`
  return {
    ...figure,
    caption: [figure.caption, note].filter(text => text !== undefined).join(' '),
    lines: figure.lines.map(line => smoothedLine(line, halfLife * range)),
  }
}

function smoothedLine(line: Line, halfLife: number): Line {
  const { x, y, low, high, label, members = [] } = line
  const mean = (values: Values): Float64Array => exponentialMean(x, values, halfLife)
  return {
    ...line,
    y: mean(y),
    ...(low && high ? { low: mean(low), high: mean(high) } : {}),
    members: [...members, { label, x, y }],
  }
}

/**
 * At each x the mean of all finite values, weighted by 2^(-distance / halfLife): looking both ways, so that what changes is not seen later
 * than it happened. Where a value is not finite the mean is NaN, so that gaps stay gaps.
 * @param x ascending
 */
export function exponentialMean(x: Values, y: Values, halfLife: number): Float64Array {
  const n = x.length
  const sums = new Float64Array(n)
  const weights = new Float64Array(n)
  for (const backwards of [false, true]) {
    let [sum, weight] = [0, 0]
    for (let k = 0; k < n; k++) {
      const i = backwards ? n - 1 - k : k
      const decay = k === 0 ? 0 : 2 ** (-Math.abs(x[i]! - x[backwards ? i + 1 : i - 1]!) / halfLife)
      sum *= decay
      weight *= decay
      // Itself once only: on the way there.
      sums[i]! += sum
      weights[i]! += weight
      if (!Number.isFinite(y[i]!)) continue
      sum += y[i]!
      weight += 1
      if (backwards) continue
      sums[i]! += y[i]!
      weights[i]! += 1
    }
  }
  return sums.map((sum, i) => (Number.isFinite(y[i]!) ? sum / weights[i]! : Number.NaN))
}
