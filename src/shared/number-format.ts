import { readFigure, type Figure } from './figure.ts'

/**
 * How figures are written, everywhere: digits by the width of the interval (0.94 [0.88, 0.99]; 0.017 [0.006, 0.026]), without one three
 * significant digits; minus sign −; powers of ten as 1.6e12; thousands with a comma; shares in percent beside percent; unknown –.
 */

export const MINUS = '−'
export const UNKNOWN = '–'

/** Ends of an interval, as numbers or as they come out of JSON. */
export interface Ends {
  readonly low: Figure
  readonly high: Figure
}

/** From here on, and below `SMALL`, a power of ten is clearer than digits. */
const LARGE = 1e5
const SMALL = 1e-4

/** Digits after the point that an interval of this width deserves: its width then spans 5 to 50 of the last place. At least 2, as far as the size of the figure does not make them idle. */
export function decimalsOf({ low, high }: Ends, size = 0): number {
  const [from, to] = [readFigure(low), readFigure(high)]
  const width = from === null || to === null ? Infinity : to - from
  const least = size < 10 ? 2 : size < 100 ? 1 : 0
  if (!(width > 0) || !Number.isFinite(width)) return Math.max(least, significantDecimals(size))
  // Nobody reads more than four digits of a figure, however sure it is.
  const most = size === 0 ? 6 : significantDecimals(size) + 1
  return Math.min(6, Math.max(least, Math.min(most, Math.ceil(-Math.log10(width / 5) - 1e-9))))
}

/** Digits after the point that leave three significant ones. */
function significantDecimals(size: number): number {
  if (size === 0 || size >= 1000) return 0
  const decimals = Math.min(100, Math.max(0, 2 - Math.floor(Math.log10(size))))
  // 2.996 rounds up to 3.00: the digits before the point decide again.
  return decimals > 0 && Number(size.toFixed(decimals)) >= 10 ** (3 - decimals) ? decimals - 1 : decimals
}

/** 0.0312, −12.3, 1,770, 1.6e12; ∞, −∞, – where unknown. */
export function figureText(figure: Figure, decimals?: number): string {
  const value = readFigure(figure)
  if (value === null || Number.isNaN(value)) return UNKNOWN
  if (value < 0) return `${MINUS}${sizeText(-value, decimals)}`
  return sizeText(value, decimals)
}

function sizeText(size: number, decimals: number | undefined): string {
  if (size === Infinity) return '∞'
  if (size === 0) return decimals === undefined ? '0' : (0).toFixed(decimals)
  if (size >= LARGE || (decimals === undefined && size < SMALL)) return powerText(size)
  const text = size.toFixed(decimals ?? significantDecimals(size))
  // What is not nothing does not read as nothing.
  if (Number(text) === 0) return size < SMALL ? powerText(size) : firstDigit(size)
  const [whole, rest] = text.split('.')
  const grouped = Number(whole).toLocaleString('en-US')
  return rest === undefined ? grouped : `${grouped}.${rest}`
}

const firstDigit = (size: number): string => Number(size.toPrecision(1)).toFixed(Math.ceil(-Math.log10(size) - 1e-9))

const powerText = (size: number): string => size.toExponential(1).replace('e+', 'e').replace('e-', `e${MINUS}`)

/** With its sign: +0.0312, −12.3. */
export function signedText(figure: Figure, decimals?: number): string {
  const value = readFigure(figure)
  return value !== null && value > 0 ? `+${figureText(figure, decimals)}` : figureText(figure, decimals)
}

/** [−0.05, 0.012] */
export const intervalText = (ends: Ends, decimals?: number): string =>
  `[${figureText(ends.low, decimals)}, ${figureText(ends.high, decimals)}]`

/** The figure with its interval, in the interval's digits: 0.94 [0.88, 0.99]; −1.08 [−1.88, −0.13]. */
export function withInterval(
  figure: Figure,
  ends: Ends | null,
  { signed = false, decimals }: { signed?: boolean; decimals?: number } = {},
): string {
  const write = signed ? signedText : figureText
  if (ends === null) return write(figure, decimals)
  const digits = decimals ?? decimalsOf(ends, sizeOf(figure, ends))
  return `${write(figure, digits)} ${intervalText(ends, digits)}`
}

/** The digits of a figure that stands without the interval that it has. */
export const figureWithin = (figure: Figure, ends: Ends | null): string =>
  figureText(figure, ends === null ? undefined : decimalsOf(ends, sizeOf(figure, ends)))

function sizeOf(figure: Figure, { low, high }: Ends): number {
  const sizes = [figure, low, high]
    .map(readFigure)
    .map(value => (value === null || !Number.isFinite(value) ? 0 : Math.abs(value)))
  return sizes[0]! > 0 ? sizes[0]! : Math.max(...sizes)
}

/** 46.2 %; a difference of shares: +5.3 points. */
export const percentText = (share: Figure, decimals = 1): string =>
  share === null ? UNKNOWN : `${figureText(scaled(share), decimals)} %`
export const pointsText = (difference: Figure, decimals = 1): string =>
  `${signedText(scaled(difference), decimals)} points`

function scaled(share: Figure): Figure {
  return typeof share === 'number' ? share * 100 : share
}

/** 0.012, or < 0.001. */
export const probabilityText = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3))

/** "p = 0.012", "p < 0.001". */
export const probabilityIs = (name: string, p: number): string =>
  p < 0.001 ? `${name} < 0.001` : `${name} = ${probabilityText(p)}`

/** "1 seed", "3 seeds", "12,000 seeds". */
export const countText = (n: number, noun: string): string =>
  `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`

/** "a", "a and b", "a, b and c". */
export const listText = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`

/** A range's name as it is read: 10-40 as 10–40. */
export const rangeName = (name: string): string => name.replace(/(\d)-(?=\d)/g, '$1–')
