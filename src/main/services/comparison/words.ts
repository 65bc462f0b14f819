import { MEASURES, type Bounds, type Target } from '../../../shared/comparison.ts'

/** Figures as people read them. */

/** Three significant digits: 0.0312, 12.3, 1.77e+3. */
export function figure(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e5 || size < 1e-4) return value.toExponential(2)
  return size >= 1000 ? value.toFixed(0) : trimmed(value, Math.max(0, 2 - Math.floor(Math.log10(size))))
}

/** 2.996 rounds up to 3.00: the digits before the point decide again. */
function trimmed(value: number, digits: number): string {
  const text = value.toFixed(digits)
  return digits > 0 && Math.abs(Number(text)) >= 10 ** (3 - digits) ? value.toFixed(digits - 1) : text
}

/** With its sign: +0.0312, -12.3. */
export const signed = (value: number, write: (value: number) => string = figure): string =>
  value > 0 ? `+${write(value)}` : write(value)

/** [-0.05, 0.012]; an end without bound is an infinity. */
export const range = ({ low, high }: Bounds, write: (value: number) => string = figure): string =>
  `[${low === null ? '-∞' : write(low)}, ${high === null ? '∞' : write(high)}]`

/** 0.012, or <0.001. */
export const probability = (p: number): string => (p < 0.001 ? '<0.001' : p.toFixed(3))

/** "p = 0.012", "p < 0.001". */
export const pIs = (name: string, p: number): string => (p < 0.001 ? `${name} < 0.001` : `${name} = ${probability(p)}`)

/** "1 seed", "3 seeds", "12,000 seeds". */
export const count = (n: number, noun: string): string => `${n.toLocaleString('en-US')} ${noun}${n === 1 ? '' : 's'}`

/** "cross-entropy difference on 200-400", "retention". */
export const targetName = ({ measure, bin }: Target): string =>
  bin === null ? MEASURES[measure].title : `${MEASURES[measure].title} on ${bin}`

/** " nats per symbol" or nothing. */
export const unitAfter = ({ measure }: Target): string =>
  MEASURES[measure].unit === '' ? '' : ` ${MEASURES[measure].unit}`

/** "a", "a and b", "a, b and c". */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`

/** Three decimals, or three significant digits from 100 on; ∞ for null. */
export const fixed = (value: number | null): string =>
  value === null ? '∞' : Math.abs(value) < 100 ? value.toFixed(3) : figure(value)
