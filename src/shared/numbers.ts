import { readFigure, type Figure } from './figure.ts'
import { figureText, percentText, signedText, UNKNOWN } from './number-format.ts'

/** Numbers as interface and figures write them, in the forms of `number-format`. */

export { UNKNOWN }
export type NumberFormat = 'plain' | 'whole' | 'share'

const minus = (text: string): string => text.replaceAll('-', '−')
const grouped = new Intl.NumberFormat('en-US')

/** Three significant digits: 0.0312, 12.3, 1,770, 1.8e6. */
export function short(figure: Figure | undefined, digits = 3): string {
  const size = Math.abs(readFigure(figure ?? null) ?? 0)
  if (digits === 3 || size === 0 || !Number.isFinite(size)) return figureText(figure ?? null)
  return figureText(figure!, Math.max(0, digits - 1 - Math.floor(Math.log10(size))))
}

/** 83.4 % */
export const share = (value: number | null | undefined, digits = 1): string =>
  value === null || value === undefined || Number.isNaN(value) ? UNKNOWN : percentText(value, digits)

export const whole = (value: number | null | undefined): string =>
  value === null || value === undefined || Number.isNaN(value) ? UNKNOWN : minus(grouped.format(Math.round(value)))

export const signed = (figure: Figure): string => signedText(figure)

/** A tick or reading in the format of its axis. `step`: distance between ticks, which decides the digits. */
export function formatted(value: number, format: NumberFormat = 'plain', step?: number): string {
  if (format === 'whole') return whole(value)
  const digits =
    step === undefined || step <= 0
      ? undefined
      : Math.max(0, -Math.floor(Math.log10(step * (format === 'share' ? 100 : 1)) + 1e-9))
  if (format === 'share') return digits === undefined ? share(value) : share(value, digits)
  if (digits === undefined || Math.abs(value) >= 1e6 || digits > 6) return short(value)
  return minus(value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }))
}
