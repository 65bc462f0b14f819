/**
 * Where a logarithmic axis says numbers: at powers of ten, at 1, 2 and 5 of each, or, where the axis is too short for these, at equal steps.
 * At most `most`, and never closer than a label needs.
 */
export function logTicks(min: number, max: number, most: number): number[] {
  if (!(min > 0) || !(max > min) || !Number.isFinite(max)) return []
  const decades = powers(min, max, [1])
  const fine = powers(min, max, [1, 2, 5])
  const every = Math.ceil(decades.length / most)
  if (decades.length > 3) return fine.length <= most ? fine : decades.filter((_, i) => i % every === 0)
  return apart(fine.length > 2 ? fine : steps(min, max, most), min, max, most)
}

function powers(min: number, max: number, firsts: readonly number[]): number[] {
  const [from, to] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))]
  return Array.from({ length: to - from + 1 }, (_, i) => firsts.map(first => exact(first, from + i)))
    .flat()
    .filter(value => value >= min && value <= max)
}

function steps(min: number, max: number, most: number): number[] {
  const rough = (max - min) / Math.max(1, most - 1)
  const power = Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map(first => exact(first, power)).find(one => one >= rough)!
  const first = Math.ceil(min / step)
  return Array.from({ length: 2 * most }, (_, i) => Number(((first + i) * step).toPrecision(12))).filter(
    value => value >= min && value <= max,
  )
}

/** Of neighbours that stand too close, the first. */
function apart(values: readonly number[], min: number, max: number, most: number): number[] {
  const least = Math.log(max / min) / (most + 2)
  const kept: number[] = []
  for (const value of values) if (kept.length === 0 || Math.log(value / kept.at(-1)!) >= least) kept.push(value)
  return kept
}

/** Without the rounding of a product: 0.002, not 0.0020000000000000001. */
const exact = (first: number, exponent: number): number => Number(`${first}e${exponent}`)

const digits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 })

/** 0.001, 0.625, 10, 5,000, 2e6: no digits that say nothing. */
export const logLabel = (value: number): string =>
  value >= 1e6 || value < 1e-4
    ? String(Number(value.toPrecision(6)).toExponential())
        .replace('e+', 'e')
        .replace('-', '−')
    : digits.format(value)
